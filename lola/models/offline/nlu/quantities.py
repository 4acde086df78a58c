"""Numbers in a line of a sender: digits in any local spelling, number words, and both mixed.

Reads values only, by the grammar that the output guard uses too (`lola.text.number_grammar`); what
a number counts is for the caller. What can be said in two ways keeps both values.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lola.models.offline.nlu.text import Word
from lola.text.folding import unaccented
from lola.text.number_digits import readings
from lola.text.number_grammar import Token, read_number
from lola.text.number_table import (
    ARTICLES,
    HALVES,
    INFORMAL,
    JOINERS,
    MANY,
    OPENED_BY_ARTICLE,
    PAIR_LINKS,
    PAIRS,
    POINTS,
    SCALES,
    VALUES,
)

_KNOWN = frozenset(
    {*VALUES, *SCALES, *MANY, *JOINERS, *POINTS, *PAIRS, *PAIR_LINKS, *HALVES, *ARTICLES}
)
_MAX_RUN = 24
_MAX_BEHIND_SCALE = 3
_CENTS = Decimal("0.01")
# A transfer is larger, so "two fifty" is no two and a half.
_SMALLEST_SAID_IN_GROUPS = 10
_GLUED_SCALES = {"k": "thousand", "m": "million", "mm": "million"}
_MOST_DECIMALS = 2
_ZEROS = str.maketrans("oO", "00")
_DIGIT_MARKS = re.compile(r"[.,]")
_NOT_DIGITS = re.compile(r"[^\d.,]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number and where it ends. `values` holds each value it may have, the likelier one first.

    `factor` is the scale that it was said with after a number of its own: 1000 in "3 mil".
    `dictated`: digits said one by one, as a telephone number is.
    """

    values: tuple[Decimal, ...] = ()
    end: int = 0
    factor: int = 1
    dictated: bool = False


def parse_digits(text: str) -> tuple[Decimal, ...]:
    """Return what digits with local separators may mean; empty when they are no number.

    A group of three is thousands, because amounts have at most two decimals: `2,500` `1.500,50`
    `1'500` `1 500` `0.500`. Groups and two decimals after the same sign are read as such:
    `1,500,00`.
    """
    cleaned = text.strip(".,").translate(_ZEROS)
    if not cleaned.isascii() and not _NOT_DIGITS.sub("", cleaned).isascii():
        return ()
    grouped = _NOT_DIGITS.search(cleaned) is not None
    plain = _NOT_DIGITS.sub("", cleaned)
    if grouped and re.fullmatch(r"\d{1,15}[.,]\d{3}", plain):
        # Behind one group a sign with three digits is a group too: `1'500,000`.
        return (Decimal(_DIGIT_MARKS.sub("", plain)),)
    found = sorted(readings(plain), reverse=True)
    # Three decimals are no amount of money when the digits can be thousands.
    found = [value for value in found if _decimals(value) <= _MOST_DECIMALS] or found
    if not found and re.fullmatch(r"\d{1,3}(?:[.,]\d{3}){1,4}[.,]\d{2}", plain):
        found = [Decimal(f"{_DIGIT_MARKS.sub('', plain[:-3])}.{plain[-2:]}")]
    return tuple(found)


def read_quantity(words: Sequence[Word], start: int) -> Quantity:
    """Return the number above zero that starts at `start`; without values when there is none."""
    run = _run(words, start)
    if not run:
        return Quantity(end=start)
    leading: Sequence[Token] = (run[0],)
    if words[start].is_number:
        written = words[start].raw
        leading = _scaled_digits(written) if len(run) > 1 else parse_digits(written)
    found = [read_number((token, *run[1:])) for token in leading]
    if not found or not found[0].used:
        return Quantity(end=start + 1 if words[start].is_number else start)
    first = found[0]
    values = dict.fromkeys(value for reading in found for value in reading.values if value > 0)
    end = start + first.used
    return Quantity(
        values=_likely(tuple(values)),
        end=end,
        factor=_factor(run, first.used),
        dictated=bool(first.digits) and first.used > 1,
    )


def with_cents(value: Decimal, cents: Decimal) -> Decimal | None:
    """Return an amount with the cents said behind it; None when they cannot be cents."""
    if value % 1 or cents % 1 or not 0 < cents < 100:
        return None
    return value + cents * _CENTS


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _scaled_digits(written: str) -> tuple[Decimal, ...]:
    """Return what digits in front of a scale may mean: "2.5 mil", but "1.500 millones" too."""
    plain = _NOT_DIGITS.sub("", written.strip(".,"))
    return tuple(sorted(readings(plain), reverse=True)) or parse_digits(written)


def _likely(values: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
    if len(values) < 2:
        return values
    return tuple(item for item in values if item >= _SMALLEST_SAID_IN_GROUPS) or values


def _factor(run: Sequence[Token], used: int) -> int:
    last = run[used - 1]
    return SCALES.get(last, 1) if used > 1 and isinstance(last, str) else 1


def _run(words: Sequence[Word], start: int) -> list[Token]:
    """Return the number words and numbers from `start` that only spaces or hyphens separate."""
    run: list[Token] = []
    for at in range(start, min(len(words), start + _MAX_RUN)):
        word = words[at]
        if run and word.breaks:
            break
        if word.is_number:
            behind_scale = bool(run) and run[-1] in SCALES and not word.is_hyphenated
            behind_point = bool(run) and run[-1] in POINTS and at > start + 1
            short = word.raw.isdecimal() and len(word.raw) <= _MAX_BEHIND_SCALE
            scaled = at + 1 < len(words) and not _is_below(words[at + 1], run)
            if run and not (short and (behind_point or (behind_scale and not scaled))):
                break
            if run:
                run.append(Decimal(word.raw))
                continue
            run.append(word.raw)
            if not _goes_on_behind_digits(words, at + 1):
                break
            continue
        formal = _formal(word)
        if formal not in _KNOWN or not (run or _may_begin(words, at, formal)):
            break
        run.append(formal)
    return run


def _is_below(word: Word, run: Sequence[Token]) -> bool:
    """Return whether a word is no scale, or a smaller one than the last: "2 millones 500 mil"."""
    last = run[-1] if run else ""
    before = SCALES.get(last, 0) if isinstance(last, str) else 0
    return SCALES.get(_formal(word), 0) < max(before, 1)


def _goes_on_behind_digits(words: Sequence[Word], at: int) -> bool:
    if at >= len(words) or words[at].breaks:
        return False
    return _formal(words[at]) in {*SCALES, *POINTS, *JOINERS}


def _may_begin(words: Sequence[Word], at: int, formal: str) -> bool:
    """Return whether a word can be the first of a number; the Spanish "a" is none."""
    if formal in JOINERS or formal in POINTS or formal in PAIR_LINKS or formal in MANY:
        return False
    if words[at].key in INFORMAL and formal in SCALES:
        return False
    if formal in ARTICLES and formal not in VALUES:
        return at + 1 < len(words) and _formal(words[at + 1]) in OPENED_BY_ARTICLE
    return True


def _formal(word: Word) -> str:
    """Return a number word as the table has it: slang, misspellings and `2k` undone."""
    raw = unaccented(word.raw)
    if word.glued and raw in _GLUED_SCALES:
        return _GLUED_SCALES[raw]
    return INFORMAL.get(word.key, word.key)
