"""Compares a turn with what a scenario expects of it, and says what was got instead."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lola.testing.scenario_steps import Expectation
from lola.testing.simulated_sender import TurnReport
from lola.text.folding import unaccented

CLIP = 300
Loc = tuple[str | int, ...]
"""Keys and positions that lead from a step, or from the scenario, to an expectation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One expectation that does not hold. `loc` leads from the step to it, as in the file."""

    expected: str
    got: str
    loc: Loc = ()

    def __str__(self) -> str:
        return f"expected {self.expected}, got {self.got}"


def text_of(report: TurnReport) -> str:
    """Return everything that was said in a turn, as texts are compared."""
    return unaccented(_said(report))


def compare(expect: Expectation, report: TurnReport) -> list[Difference]:
    """Return every way in which a turn differs from what was expected."""
    return [*_facts(expect, report), *_texts(expect, report), *_lists(expect, report)]


def _facts(expect: Expectation, report: TurnReport) -> Iterator[Difference]:
    links = sum(len(reply.links) for reply in report.replies)
    pairs = (
        ("route", expect.route, report.route),
        ("language", expect.language, report.language),
        ("links", expect.links, links),
    )
    for name, want, have in pairs:
        if want not in {None, have}:
            yield _difference(f"{name} {want}", str(have), name)
    if expect.silent and report.replies:
        yield _difference("silence", _quoted(report), "silent")
    if not (expect.silent or report.replies):
        yield Difference(expected="a reply", got="none", loc=("expect",))


def _texts(expect: Expectation, report: TurnReport) -> Iterator[Difference]:
    said = text_of(report)
    for position, text in enumerate(expect.says):
        if unaccented(text) not in said:
            yield _difference(f"to read {text!r}", _quoted(report), "says", position)
    for position, text in enumerate(expect.never_says):
        if unaccented(text) in said:
            yield _difference(f"not to read {text!r}", _quoted(report), "never_says", position)


def _lists(expect: Expectation, report: TurnReport) -> Iterator[Difference]:
    titles = [title for reply in report.replies for _, title in reply.options]
    offered = {unaccented(title) for title in titles}
    for position, title in enumerate(expect.options):
        if unaccented(title) not in offered:
            yield _difference(f"option {title!r}", listed(titles), "options", position)
    for position, name in enumerate(expect.tools):
        if name not in report.tools:
            yield _difference(f"tool {name}", listed(report.tools), "tools", position)
    for position, name in enumerate(expect.no_tools):
        if name in report.tools:
            yield _difference(f"no tool {name}", listed(report.tools), "no_tools", position)
    for position, wanted in enumerate(expect.passages):
        if not any(item.startswith(wanted) for item in report.passages):
            got = listed(report.passages)
            yield _difference(f"passage {wanted}", got, "passages", position)


def _difference(expected: str, got: str, *loc: str | int) -> Difference:
    return Difference(expected=expected, got=got, loc=("expect", *loc))


def _said(report: TurnReport) -> str:
    return "\n".join(reply.text for reply in report.replies)


def _quoted(report: TurnReport) -> str:
    text = " ".join(_said(report).split())
    if not text:
        return "silence"
    return repr(text if len(text) <= CLIP else f"{text[:CLIP]}…")


def listed(names: Sequence[str]) -> str:
    """Return names as a failure shows them."""
    return ", ".join(names) or "none"
