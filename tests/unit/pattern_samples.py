"""Texts on which a pattern takes long: its own beginnings, and what its repeats can take, repeated.

They are made from the parsed pattern. No text has to match; most almost do.
"""

import re
from collections.abc import Iterable, Iterator
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_CHARACTERS = " \t\n-0aA.,(*_#[/:@|'>`+\"$"
_PAIRS = ("a ", "1 ", "a-", "1,", "1.", "- ", "\n ", "a.", "a1", "no ", "ab\n")
_FILLERS = (" ", "a", "0", "-", "\t", "(")
_READINGS = 4
_MOST_CUTS = 24
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
_CATEGORIES = {
    op.CATEGORY_DIGIT: r"\d", op.CATEGORY_NOT_DIGIT: r"\D", op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S", op.CATEGORY_WORD: r"\w", op.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip

Cuts = dict[tuple[str, str], None]
"""For each repeat of a pattern: a text that leads up to it, and one that it repeats."""


def hostile_texts(pattern: re.Pattern[str], length: int) -> tuple[str, ...]:
    """Return the texts for a pattern, each about `length` characters long."""
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    cuts: Cuts = {}
    samples = [_sample(tree, reading, cuts) for reading in range(_READINGS)]
    return tuple(dict.fromkeys((*_repeated(samples, length), *_pumped(cuts, length))))


def _repeated(samples: Iterable[str], length: int) -> Iterator[str]:
    for part in (*_CHARACTERS, *_PAIRS):
        yield _fill(part, length)
        yield f"#{_fill(part, length)}\x01"
    for sample in filter(None, samples):
        for part in (sample, sample[:-1] or sample, f"{sample} ", f"{sample[:-1]} "):
            yield _fill(part, length)


def _pumped(cuts: Cuts, length: int) -> Iterator[str]:
    for before, body in list(cuts)[:_MOST_CUTS]:
        for filler in dict.fromkeys((body or "a", *_FILLERS, f"{body} ")):
            yield f"{before}a{_fill(filler, length)}\x01"
            yield f"{before}{_fill(filler, length)}\x01"
            yield _fill(before + filler, length)


def _fill(part: str, length: int) -> str:
    return (part * (length // len(part) + 1))[:length]


def _sample(  # noqa: C901 - one branch for each kind of node
    tree: Iterable[tuple[Any, Any]], reading: int, cuts: Cuts, text: str = ""
) -> str:
    """Return `text` with what the tree can match; `reading` chooses among its branches."""
    for code, value in tree:
        if code is op.LITERAL:
            text += chr(value)
        elif code in (op.ANY, op.NOT_LITERAL):
            text += "a"
        elif code is op.IN:
            text += _character(value)
        elif code is op.BRANCH:
            text = _sample(value[1][reading % len(value[1])], reading, cuts, text)
        elif code is op.SUBPATTERN:
            text = _sample(value[3], reading, cuts, text)
        elif code is op.ATOMIC_GROUP:
            text = _sample(value, reading, cuts, text)
        elif code in _REPEATS:
            fewest, most, body = value
            if most >= 3:
                cuts[text, _sample(body, reading, {})] = None
            for _ in range(max(fewest, 1 - reading % 2)):
                text = _sample(body, reading, cuts, text)
    return text


def _character(items: list[tuple[Any, Any]]) -> str:
    """Return a character of a set."""
    first = next((chr(value) for code, value in items if code is op.LITERAL), "a")
    return next((one for one in f"a0 -._Z,/@${first}" if _is_in(items, ord(one))), first)


def _is_in(items: list[tuple[Any, Any]], number: int) -> bool:
    found = False
    for code, value in items:
        if code is op.LITERAL:
            found |= number == value
        elif code is op.RANGE:
            found |= value[0] <= number <= value[1]
        elif code is op.CATEGORY:
            found |= bool(re.match(_CATEGORIES[value], chr(number)))
    return found != any(code is op.NEGATE for code, _ in items)
