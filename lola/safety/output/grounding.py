"""Grounding: each figure and each claim needs a source of this turn (docs/safety.md G6, G9).

Sources are this turn's tool results, the session's typed draft and tickets, approved passages and,
for echoing only, the sender's own words. Values must be equal; nothing is rounded, and a sum that
the model made itself is no source. Pure.
"""

from lola.safety.output.claims import unsupported_claims
from lola.safety.output.completions import is_bare_completion
from lola.safety.output.figures import figures_in
from lola.safety.output.findings import Finding
from lola.safety.output.known import Known
from lola.safety.output.matching import is_grounded
from lola.safety.output.sources import Sources, items_of

__all__ = ["Sources", "check"]


def check(reply: str, sources: Sources, language: str) -> tuple[Finding, ...]:
    """Return what the reply says without a source: claims first, then figures."""
    known = Known(tuple(items_of(sources, language)))
    claims = (
        Finding(
            guard="claims",
            excerpt=claim.excerpt,
            why=f"no result of this turn supports this ({claim.kind})",
        )
        for claim in unsupported_claims(reply, sources)
    )
    bare = (
        (
            Finding(
                guard="claims", excerpt=reply, why="it does not say what was done, nor who did it"
            ),
        )
        if is_bare_completion(reply, sources)
        else ()
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
    return (*claims, *bare, *figures)
