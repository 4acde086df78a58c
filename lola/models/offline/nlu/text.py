"""A sender's line as words for comparing: no accents, no case, chat spelling undone.

Each word keeps how and where it was written, so that names and accounts stay as the sender spelled
them. The comparable form is never shown.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from lola.models.offline.lexicon import table
from lola.text.folding import unaccented
from lola.text.number_slips import parted

SPELLING: dict[str, str] = table("spelling")["words"]
ABBREVIATIONS = table("abbreviations")
_APOSTROPHES = "'’‘ʼ´`"
_SHORT = "|".join(sorted(ABBREVIATIONS["names"], key=len, reverse=True))
_MONEY = "|".join(sorted(ABBREVIATIONS["money"], key=len, reverse=True))
_TOKEN = re.compile(
    # `1 500`, `1'500.00`: groups of three, with nothing else in digits behind them.
    rf"\d{{1,3}}(?:[ \u00a0\u2009\u202f{_APOSTROPHES}]\d{{3}}){{1,4}}(?!\d)"
    r"(?:[.,]\d{1,3}){0,4}(?!\d|[ .,'’-]\d)"
    # `2OO`: letters for zeros.
    r"|\d{1,4}[oO]{2,6}(?![^\W_])"
    r"|\d+(?:[.,]\d+)*"
    # `M.N.`, `J.R.`, then `Ma.`, `E.`, and `Lps.`, `S/` in front of a number.
    r"|(?:[^\W\d_]\.){2,}"
    rf"|(?i:{_SHORT})\.(?=\s?[^\W\d_])|[A-ZÁÉÍÓÚÑÜ]\.(?=\s?[^\W\d_])"
    rf"|(?i:{_MONEY})\.(?=\s?\d)|[sSbB]/\.?(?=\s?\d)"
    rf"|[^\W\d_]+(?:[{_APOSTROPHES}][^\W\d_]+)*|[^\w\s]"
)
_KEPT_SIGNS = frozenset("$€₡#%👍👌✅")
_UNSPELLED = str.maketrans("", "", f"{_APOSTROPHES}.")
_LONG = 8
_VOWELS = str.maketrans("", "", "aeiou")
_HYPHENS = frozenset("-\u2010\u2011\u2012\u2013")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word. `breaks`: a comma, full stop or the like precedes it. `glued`: no space does.

    `gap` is what is written between the word before and this one.
    """

    raw: str
    key: str
    start: int
    end: int
    breaks: bool = False
    glued: bool = False
    gap: str = ""

    @property
    def is_number(self) -> bool:
        """Return whether the word is written in digits."""
        return self.raw[0].isdigit()

    @property
    def is_letters(self) -> bool:
        """Return whether the word is letters only, apart from apostrophes and full stops."""
        return self.raw.translate(_UNSPELLED).isalpha()

    @property
    def is_hyphenated(self) -> bool:
        """Return whether a hyphen alone joins it to the word before."""
        return self.gap in _HYPHENS


def keys_of(text: str) -> tuple[str, ...]:
    """Return the comparable words of a text."""
    return tuple(word.key for word in split(text))


@lru_cache(maxsize=2_000)
def split(text: str) -> tuple[Word, ...]:
    """Return the words of a line; punctuation is kept only as `breaks`.

    Cached, because names and titles are compared again with each line.
    """
    words: list[Word] = []
    breaks = False
    end = -1
    for match in _TOKEN.finditer(text):
        raw = match.group()
        if not raw[0].isalnum() and raw not in _KEPT_SIGNS:
            breaks = breaks or raw not in _APOSTROPHES + "-_\u2010\u2011"
            continue
        key = unaccented(raw)
        if not raw[0].isdigit():
            key = _STRETCHED.sub(r"\1", key).translate(_UNSPELLED)
        if raw.isalpha() and (parts := parted(key)) is not None:
            words += _parted(match, len(parts[0]), words, breaks=breaks, end=end)
            breaks, end = False, match.end()
            continue
        words.append(
            Word(
                raw=raw,
                key=SPELLING.get(key, key),
                start=match.start(),
                end=match.end(),
                breaks=breaks and bool(words),
                glued=match.start() == end,
                gap=text[max(end, 0) : match.start()] if words else "",
            )
        )
        breaks, end = False, match.end()
    return tuple(words)


def _parted(
    match: re.Match[str], length: int, before: list[Word], *, breaks: bool, end: int
) -> list[Word]:
    """Return the two words of a number and a scale that were written as one: "cincomil"."""
    cut = match.start() + length
    spans = ((match.start(), cut), (cut, match.end()))
    return [
        Word(
            raw=match.string[start:stop],
            key=unaccented(match.string[start:stop]),
            start=start,
            end=stop,
            breaks=breaks and bool(before) and start < cut,
            gap=match.string[max(end, 0) : start] if before and start < cut else "",
        )
        for start, stop in spans
    ]


def is_misspelled_as(word: str, other: str) -> bool:
    """Return whether a word is one slip away from another, or the same without some vowels."""
    if is_near(word, other) or (len(other) >= _LONG and other in word):
        return True
    if len(word) < 5 or word[0] != other[0]:
        return False
    letters = iter(other)
    same_consonants = word.translate(_VOWELS) == other.translate(_VOWELS)
    return same_consonants and all(letter in letters for letter in word)


def is_near(word: str, other: str) -> bool:
    """Return whether two words of five letters or more differ by at most one typing slip."""
    if word == other:
        return True
    if min(len(word), len(other)) < 5 or abs(len(word) - len(other)) > 1 or word[0] != other[0]:
        return False
    start = next((i for i, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), None)
    if start is None:
        return True
    one, two = word[start:], other[start:]
    swapped = len(one) > 1 and one[:2] == two[1::-1] and one[2:] == two[2:]
    return swapped or one[1:] == two[1:] or one == two[1:] or one[1:] == two
