"""A person's name and its parts: given names, surnames, particles, initials, and its spelling.

A name stays as the sender wrote it; only all-small or all-capital spelling is corrected. Spanish
has one or two given names and one or two surnames: a list of common given names tells them apart.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from lola.models.offline.lexicon import table
from lola.models.offline.nlu.text import Word

NAMES = table("names")
GIVEN = frozenset(NAMES["given"])
PARTICLES = frozenset(NAMES["particles"])
DEVOTIONS = frozenset(NAMES["devotions"])
SHORT_GIVEN = frozenset(NAMES["short_given"])
LINKS = frozenset({"y", "i", "e"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonName:
    """A name. Either part may be empty: a lone given name, or a surname alone."""

    first: str = ""
    last: str = ""

    @property
    def full(self) -> str:
        """Both parts on one line."""
        return f"{self.first} {self.last}".strip()


def is_initial(word: Word) -> bool:
    """Return whether a word is initials or an abbreviation with its full stop: `E.`, `Ma.`."""
    return word.raw.endswith(".") and word.is_letters


def split_name(words: Sequence[Word]) -> PersonName:
    """Divide the words of a name into given names and surnames."""
    units = _units(words)
    given = 1
    while given < len(units) and _is_given(units[given]):
        given += 1
    if len(units) <= 2:
        cut = 1
    elif len(units) == 3:
        cut = min(given, 2)
    else:
        last = 1 if is_single_letter(units[given - 1][-1]) else 2
        cut = min(max(given, 2), max(len(units) - last, 2))
    shouted = _has_one_case(words)
    return PersonName(
        first=spelled([word for unit in units[:cut] for word in unit], recased=shouted),
        last=spelled([word for unit in units[cut:] for word in unit], recased=shouted),
    )


def _units(words: Sequence[Word]) -> list[list[Word]]:
    """Join what is one name: `de la Cruz`, `Paz y Miño`, `López-Ruiz`."""
    units: list[list[Word]] = [[]]
    for at, word in enumerate(words):
        if at and units[-1] == [] and (word.is_hyphenated or is_link(words, at)):
            units.pop()
        units[-1].append(word)
        if word.key not in PARTICLES and not is_link(words, at):
            units.append([])
    return [unit for unit in units if unit]


def _is_given(unit: Sequence[Word]) -> bool:
    word = unit[-1]
    devoted = len(unit) > 1 and unit[0].key in PARTICLES and word.key in DEVOTIONS
    return word.key in GIVEN or devoted or word.key in SHORT_GIVEN or is_single_letter(word)


def is_single_letter(word: Word) -> bool:
    """Return whether a word is one capital letter, with or without a full stop."""
    return len(word.key) == 1 and word.raw[0].isupper()


def is_link(words: Sequence[Word], at: int) -> bool:
    """Return whether a word is the "y" between the two parts of one surname."""
    if not 0 < at < len(words) - 1 or words[at].key not in LINKS or is_initial(words[at]):
        return False
    return words[at].raw.islower() or words[at - 1].raw.isupper()


def _has_one_case(words: Sequence[Word]) -> bool:
    return all(word.raw.islower() for word in words) or all(word.raw.isupper() for word in words)


def spelled(words: Sequence[Word], *, recased: bool | None = None) -> str:
    """Return the words of a name as they are shown; `recased` when the whole name has one case."""
    written = [unicodedata.normalize("NFC", word.raw) for word in words]
    if _has_one_case(words) if recased is None else recased:
        written = [
            raw.lower() if _is_small(words, at) else _capital(raw) for at, raw in enumerate(written)
        ]
    name = written[0] if written else ""
    for word, raw in zip(words[1:], written[1:], strict=True):
        name += f"{word.gap}{raw}" if word.is_hyphenated else f" {raw}"
    return name


def _is_small(words: Sequence[Word], at: int) -> bool:
    """Return whether a word of a name has no capital; in front of a hyphen it has: `Mc-Nab`."""
    joined = at + 1 < len(words) and words[at + 1].is_hyphenated
    return words[at].key in PARTICLES | LINKS and not is_initial(words[at]) and not joined


def _capital(raw: str) -> str:
    """Return a word in small letters with a capital first, also behind one letter: D'Angelo."""
    lower = raw.lower()
    if len(lower) > 3 and not lower[1].isalnum() and lower[2].isalpha():
        return f"{lower[0].upper()}{lower[1]}{lower[2:].capitalize()}"
    return lower[0].upper() + lower[1:]
