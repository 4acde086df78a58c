"""Numbers that are spelled out, in Spanish and English, replaced by digits (docs/safety.md G6).

Each replacement is marked, because a small number in words is less of a claim than the same number
in digits: "dos opciones" against "2 opciones". Digits beside a word for thousands or millions are
read with it, and what can be said in two ways keeps both readings.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lola.text.folding import unaccented
from lola.text.number_digits import readings
from lola.text.number_grammar import Reading, Token, read_number
from lola.text.number_table import (
    ARTICLES,
    FOREIGN,
    HALVES,
    JOINERS,
    MANY,
    PAIR_LINKS,
    PAIRS,
    POINTS,
    SCALES,
    VALUES,
)

MARK = "\ue000"
"""A private character in front of digits that were words."""
ALSO = "\ue001"
"""A private character between two readings of the same words."""

_MAX_RUN = 24
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_IDIOM = re.compile(
    r"(?<!\s)\s++(?:(?:de|of)\s++)?(?:gracias|disculpas|perdones|thanks|apologies)\b", re.IGNORECASE
)
_KNOWN = frozenset(
    {*VALUES, *SCALES, *MANY, *JOINERS, *POINTS, *PAIRS, *PAIR_LINKS, *HALVES, *ARTICLES}
)
_GROUPED_FROM = 1_000_000
_PER = frozenset({"cien", "ciento", "mil"})


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    text: str

    @property
    def is_digits(self) -> bool:
        """Return whether it is written in digits."""
        return self.text[0].isdigit()


def digits_for_words(text: str, language: str) -> str:
    """Return the text with every spelled number as `MARK` and digits."""
    words = [
        _Word(match.start(), match.end(), unaccented(match.group()))
        for match in _WORD.finditer(text)
    ]
    foreign = FOREIGN.get(language, frozenset())
    parts: list[str] = []
    position = index = 0
    while index < len(words):
        found = _read(_run(words, index, text, foreign))
        if not found.used or _is_idiom(text, words, index, found.used):
            index += max(found.used, 1)
            continue
        first, last = words[index], words[index + found.used - 1]
        parts += text[position : first.start], MARK, _written(found)
        position = last.end
        index += found.used
    return "".join((*parts, text[position:]))


def _read(run: Sequence[str]) -> Reading:
    """Return the number at the beginning, in each reading of its leading digits."""
    if not run:
        return Reading()
    leading: Sequence[Token] = sorted(readings(run[0])) if run[0][0].isdigit() else (run[0],)
    rest: list[Token] = [Decimal(word) if word[0].isdigit() else word for word in run[1:]]
    found = [read_number((token, *rest)) for token in leading]
    if not found:
        return Reading()
    values = dict.fromkeys(value for reading in found for value in reading.values)
    return Reading(values=tuple(values), used=found[0].used, digits=found[0].digits)


def _run(words: Sequence[_Word], index: int, text: str, foreign: frozenset[str]) -> list[str]:
    """Return the folded words from `index` that only spaces or hyphens separate."""
    run: list[str] = []
    end = words[index].start
    for at in range(index, min(len(words), index + _MAX_RUN)):
        word = words[at]
        if text[end : word.start].strip(" -\u00a0"):
            break
        if word.is_digits:
            after_scale = bool(run) and run[-1] in SCALES and word.text.isdecimal()
            if not (_is_scaled(words, at, text) and not run) and not (
                after_scale and len(word.text) <= 3
            ):
                break
        elif word.text in foreign or word.text not in _KNOWN:
            break
        run.append(word.text)
        end = word.end
    return run


def _is_scaled(words: Sequence[_Word], at: int, text: str) -> bool:
    """Return whether a scale follows the digits at `at`: the 5 of "5 mil"."""
    if at + 1 >= len(words) or words[at + 1].text not in SCALES:
        return False
    return not text[words[at].end : words[at + 1].start].strip()


def _written(found: Reading) -> str:
    return found.digits or ALSO.join(map(_plain, found.values))


def _plain(value: Decimal) -> str:
    """Return digits; millions in groups, so that they do not look like an account number."""
    if value % 1:
        return f"{value:,f}" if value >= _GROUPED_FROM else f"{value:f}"
    return f"{int(value):,}" if value >= _GROUPED_FROM else str(int(value))


def _is_idiom(text: str, words: Sequence[_Word], index: int, used: int) -> bool:
    """Return whether it is "mil gracias", "por ciento", or "por mil" behind a number."""
    first, last = words[index], words[index + used - 1]
    if _IDIOM.match(text, last.end):
        return True
    if first.text not in _PER or index < 1 or words[index - 1].text != "por":
        return False
    before = words[index - 2] if index > 1 else None
    return first.text != "mil" or (
        before is not None and (before.is_digits or before.text in VALUES)
    )
