"""Numbers that are spelled out, in Spanish and English, replaced by digits (docs/safety.md G6).

Each replacement is marked, because a small number in words is less of a claim than the same number
in digits: "dos opciones" against "2 opciones". Decimals after "punto", "coma" or "point" are read,
and so are digits said one by one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lola.text.folding import unaccented
from lola.text.number_table import FOREIGN, JOINERS, POINTS, SCALES, VALUES

MARK = "\ue000"
"""A private character in front of digits that were words."""

_HUNDRED = "hundred"
_MAX_RUN = 24
_WORD = re.compile(r"[^\W\d_]+")
_IDIOM = re.compile(r"(?<!\s)\s++(?:gracias|disculpas|perdones)\b", re.IGNORECASE)
_MIN_SINGLE_DIGITS = 3
# "por" as it may be written, with accents as characters of their own.
_POR = 12


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    text: str


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
        run = _run(words, index, text, foreign)
        number, used = _number(run)
        if not used or _is_idiom(text, words[index], words[index + used - 1]):
            index += max(used, 1)
            continue
        first, last = words[index], words[index + used - 1]
        parts += text[position : first.start], f"{MARK}{number}"
        position = last.end
        index += used
    return "".join((*parts, text[position:]))


def _run(words: Sequence[_Word], index: int, text: str, foreign: frozenset[str]) -> list[str]:
    """Return the folded words from `index` that only spaces or hyphens separate."""
    run: list[str] = []
    end = words[index].start
    for word in words[index : index + _MAX_RUN]:
        known = word.text in VALUES or word.text in SCALES
        linking = word.text in JOINERS or word.text in POINTS
        if word.text in foreign or not (known or linking):
            break
        if text[end : word.start].strip(" -\u00a0"):
            break
        run.append(word.text)
        end = word.end
    return run


def _number(run: Sequence[str]) -> tuple[str, int]:
    """Return the number that `run` starts with and how many words it took."""
    single = _single_digits(run)
    value, used = _whole(run)
    whole = str(value)
    if single and (len(single) >= _MIN_SINGLE_DIGITS or used == 0):
        whole, used = single, len(single)
    if not used or used + 1 >= len(run) or run[used] not in POINTS:
        return whole, used
    rest = run[used + 1 :]
    decimals = _single_digits(rest)
    if len(decimals) <= 1:
        value, more = _whole(rest)
        decimals, taken = (str(value), more) if more else ("", 0)
    else:
        taken = len(decimals)
    return (f"{whole}.{decimals}", used + 1 + taken) if taken else (whole, used)


def _single_digits(run: Sequence[str]) -> str:
    digits = ""
    for word in run:
        value = VALUES.get(word, 10)
        if value > 9:
            break
        digits += str(value)
    return digits


def _whole(run: Sequence[str]) -> tuple[int, int]:
    total = current = used = 0
    smallest_scale = 10**9
    for position, word in enumerate(run):
        if word in JOINERS:
            following = run[position + 1] if position + 1 < len(run) else ""
            if not used or not _joins(word, current, total, following):
                break
            continue
        if word == _HUNDRED:
            if not 1 <= current < 10:
                break
            current *= 100
        elif word in SCALES:
            scale = SCALES[word]
            if scale >= smallest_scale or (total and not current):
                break
            total += max(current, 1) * scale
            current, smallest_scale = 0, scale
        else:
            value = VALUES.get(word)
            if value is None or not _fits(value, current, started=used > 0, total=total):
                break
            current += value
        used = position + 1
    return total + current, used


def _fits(value: int, current: int, *, started: bool, total: int) -> bool:
    """Return whether `value` may follow: a unit after round tens, tens after round hundreds."""
    if not started or (total and not current):
        return True
    if value == 0 or current == 0:
        return False
    if value < 10:
        return current % 10 == 0 and current % 100 != 10
    return value < 100 and current % 100 == 0


def _joins(word: str, current: int, total: int, following: str) -> bool:
    value = VALUES.get(following)
    if value is None or value == 0:
        return False
    if JOINERS[word] == "es":
        return current % 100 >= 30 and current % 10 == 0 and value < 10
    behind_hundred = current > 0 and current % 100 == 0
    return (behind_hundred or (total > 0 and current == 0)) and value < 100


def _is_idiom(text: str, first: _Word, last: _Word) -> bool:
    """Return whether it is "mil gracias", "por ciento" or the scale after the 5 of "5 mil"."""
    if _IDIOM.match(text, last.end):
        return True
    end = first.start
    while end and text[end - 1].isspace():
        end -= 1
    if first.text == "ciento" and unaccented(text[max(0, end - _POR) : end]).endswith("por"):
        return True
    return first.text in SCALES and first is last and text[max(0, end - 1) : end].isdigit()
