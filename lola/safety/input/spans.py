"""A stretch of text that a recogniser found, and how it is replaced.

Recognisers read a text whose digits were folded to ASCII (`cards.fold_digits`), so positions are
those of the text as it was written.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One found value, from `start` to `end`; `mark` takes its place."""

    start: int
    end: int
    mark: str


def of_matches(matches: Iterable[re.Match[str]], mark: str, group: int | str = 0) -> Iterator[Span]:
    """Yield a span for what `group` of each match holds."""
    for match in matches:
        yield Span(start=match.start(group), end=match.end(group), mark=mark)


def apart(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the spans in order; of two that overlap the first, or longer, one is kept."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.start, -one.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return tuple(kept)


def replaced(text: str, spans: Iterable[Span]) -> str:
    """Return the text with the marks in place of the values."""
    parts: list[str] = []
    position = 0
    for span in apart(spans):
        parts += text[position : span.start], span.mark
        position = span.end
    return "".join((*parts, text[position:]))
