"""Grounding: each figure and each claim needs a source of this turn (docs/safety.md G6, G9).

Sources are this turn's tool results, the session's typed draft and tickets, approved passages and,
for echoing only, the sender's own words. Values must be equal; nothing is rounded, and a sum that
the model made itself is no source. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from lola.safety.output.claims import day_claims_in, free_claims_in, unsupported_claims
from lola.safety.output.figures import figures_in, normal_form
from lola.safety.output.findings import Finding
from lola.safety.output.known import Item, Known
from lola.safety.output.matching import is_grounded
from lola.safety.output.sources import Sources, items_of

__all__ = ["Sources", "check"]


def check(reply: str, sources: Sources, language: str) -> tuple[Finding, ...]:
    """Return what the reply says without a source: claims first, then figures."""
    results = (*sources.tool_results, *sources.facts)
    items = tuple(items_of(sources, language))
    known = Known(items)
    claims = (
        Finding(
            guard="claims",
            excerpt=claim.excerpt,
            why=f"nothing in the results says that anything was {claim.family}",
        )
        for claim in unsupported_claims(reply, results, sources.passages)
    )
    figures = (
        Finding(
            guard="numbers",
            excerpt=figure.excerpt,
            why="this figure is in no result, draft or approved text with this meaning",
        )
        for figure in figures_in(reply, language)
        if not is_grounded(figure, known)
    )
    return (*claims, *_free(reply, sources, items), *_days(reply, sources), *figures)


def _free(reply: str, sources: Sources, items: Iterable[Item]) -> Iterator[Finding]:
    """Yield a claim of no fee without a fee of zero or an approved text that says the same."""
    phrases = free_claims_in(reply)
    is_zero = any("fee" in item.roles and Decimal(0) in item.figure.values for item in items)
    if phrases and not is_zero and not any(map(free_claims_in, sources.passages)):
        yield Finding(guard="numbers", excerpt=phrases[0], why="no result says that it is free")


def _days(reply: str, sources: Sources) -> Iterator[Finding]:
    approved = normal_form(
        "\n".join((*sources.passages, *_strings(sources.tool_results)))
    ).casefold()
    for day in day_claims_in(reply):
        if day.casefold() not in approved:
            yield Finding(guard="numbers", excerpt=day, why="no result says when it happens")


def _strings(value: object) -> Iterator[str]:
    match value:
        case Mapping():
            for item in value.values():
                yield from _strings(item)
        case list() | tuple():
            for item in value:
                yield from _strings(item)
        case str():
            yield value
        case _:
            return
