"""Numbers that are spelled out, in Spanish and English, turned into digits (safety.md G6).

Each one is replaced where it stands and marked, so that whoever reads the digits knows that words
stood there: "dos opciones" is less of a claim than "2 opciones". Decimals after "punto", "coma" or
"point" are read; so are digits said one by one.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from lola.text.word_lists import words

MARK = "\ue000"
"""A private character in front of digits that were words."""

_SPANISH = {
    **dict(zip(
        words(
        "cero un dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
        "dieciseis diecisiete dieciocho diecinueve veinte veintiun veintidos veintitres "
        "veinticuatro veinticinco veintiseis veintisiete veintiocho veintinueve"
    ),
        range(30), strict=True,
    )),
    "uno": 1, "una": 1, "veintiuno": 21, "veintiuna": 21, "cien": 100, "ciento": 100,
    **dict(zip(
        words(
        "treinta cuarenta cincuenta sesenta setenta ochenta noventa"
    ),
        range(30, 100, 10), strict=True,
    )),
    **{
        f"{stem}t{ending}": value
        for ending in ("os", "as")
        for stem, value in zip(
            words(
        "doscien trescien cuatrocien quinien seiscien setecien ochocien novecien"
    ),
            range(200, 1000, 100), strict=True,
        )
    },
}  # fmt: skip
_ENGLISH = {
    **dict(zip(
        words(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen"
    ),
        range(20), strict=True,
    )),
    **dict(zip(
        words(
        "twenty thirty forty fifty sixty seventy eighty ninety"
    ),
        range(20, 100, 10), strict=True,
    )),
}  # fmt: skip
_SCALES = {"mil": 1000, "thousand": 1000, "millon": 10**6, "millones": 10**6, "million": 10**6}
# Words of one language that mean something else in the other.
_FALSE_FRIENDS = {"es": frozenset({"ten", "one"}), "en": frozenset({"once", "un", "mil"})}
_JOINERS = frozenset({"y", "and"})
_POINTS = frozenset({"punto", "coma", "point"})
_WORD = re.compile(r"[^\W\d_]+")
_IDIOM = re.compile(r"\s+(?:gracias|disculpas|perdones)\b", re.IGNORECASE)
_FEWEST_SINGLE_DIGITS = 3


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    text: str


def digits_for_words(text: str, language: str) -> str:
    """Answer the text with every spelled number as `MARK` and digits."""
    words = [
        _Word(match.start(), match.end(), _fold(match.group())) for match in _WORD.finditer(text)
    ]
    strange = _FALSE_FRIENDS.get(language, frozenset())
    parts: list[str] = []
    position = index = 0
    while index < len(words):
        run = _run(words, index, text, strange)
        number, used = _number(run)
        if not used or _is_idiom(text, words[index], words[index + used - 1]):
            index += max(used, 1)
            continue
        first, last = words[index], words[index + used - 1]
        parts += text[position : first.start], f"{MARK}{number}"
        position = last.end
        index += used
    return "".join((*parts, text[position:]))


def _run(words: Sequence[_Word], index: int, text: str, strange: frozenset[str]) -> list[str]:
    """Answer the folded words from `index` that only spaces or hyphens separate."""
    run: list[str] = []
    end = words[index].start
    for word in words[index : index + 24]:
        known = word.text in _SPANISH or word.text in _ENGLISH or word.text in _SCALES
        linking = word.text in _JOINERS or word.text in _POINTS or word.text == "hundred"
        if word.text in strange or not (known or linking):
            break
        if text[end : word.start].strip(" -\u00a0"):
            break
        run.append(word.text)
        end = word.end
    return run


def _number(run: Sequence[str]) -> tuple[str, int]:
    """Answer the number that `run` starts with and how many words it took."""
    single = _single_digits(run)
    value, used = _whole(run)
    whole = str(value)
    if single and (len(single) >= _FEWEST_SINGLE_DIGITS or used == 0):
        whole, used = single, len(single)
    if not used or used + 1 >= len(run) or run[used] not in _POINTS:
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
        value = _SPANISH.get(word, _ENGLISH.get(word, 10))
        if value > 9:
            break
        digits += str(value)
    return digits


def _whole(run: Sequence[str]) -> tuple[int, int]:
    total = current = used = 0
    smallest_scale = 10**9
    for position, word in enumerate(run):
        if word in _JOINERS:
            following = run[position + 1] if position + 1 < len(run) else ""
            if not used or not _joins(word, current, total, following):
                break
            continue
        if word == "hundred":
            if not 1 <= current < 10:
                break
            current *= 100
        elif word in _SCALES:
            scale = _SCALES[word]
            if scale >= smallest_scale or (total and not current):
                break
            total += max(current, 1) * scale
            current, smallest_scale = 0, scale
        else:
            value = _SPANISH.get(word, _ENGLISH.get(word))
            if value is None or not _fits(value, current, started=used > 0, total=total):
                break
            current += value
        used = position + 1
    return total + current, used


def _fits(value: int, current: int, *, started: bool, total: int) -> bool:
    """Whether `value` may follow: a unit behind round tens, tens behind round hundreds."""
    if not started or (total and not current):
        return True
    if value == 0 or current == 0:
        return False
    if value < 10:
        return current % 10 == 0 and current % 100 != 10
    return value < 100 and current % 100 == 0


def _joins(word: str, current: int, total: int, following: str) -> bool:
    value = _SPANISH.get(following, _ENGLISH.get(following))
    if value is None or value == 0:
        return False
    if word == "y":
        return current % 100 >= 30 and current % 10 == 0 and value < 10
    behind_hundred = current > 0 and current % 100 == 0
    return (behind_hundred or (total > 0 and current == 0)) and value < 100


def _is_idiom(text: str, first: _Word, last: _Word) -> bool:
    """Whether it is "mil gracias", "por ciento", or the scale that belongs to the 5 of "5 mil"."""
    if _IDIOM.match(text, last.end):
        return True
    before = text[: first.start].rstrip()
    if first.text == "ciento" and _fold(before).endswith("por"):
        return True
    return first.text in _SCALES and first is last and before[-1:].isdigit()


def _fold(word: str) -> str:
    plain = unicodedata.normalize("NFD", word.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
