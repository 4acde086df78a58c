"""Destinations and payout methods in a line of words.

A place the sender is *in* or sends *from* is not a destination. One typing slip is allowed in names
of countries, none in cities, which are too close to people's names.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lola.models.offline.lexicon import table
from lola.models.offline.nlu.phrases import PhraseBook
from lola.models.offline.nlu.text import Word, is_near

COUNTRIES = table("countries")
_BOOK = PhraseBook({code: (*row["names"], *row["cities"]) for code, row in COUNTRIES.items()})
_SINGLE = {
    name: code
    for code, row in COUNTRIES.items()
    for line in row["names"]
    for name in line.split("|")
    if " " not in line and len(name) > 5
}
_METHODS = PhraseBook(table("methods"))
_MIN_MISSPELLED = 5
_ORIGIN = frozenset({"desde", "from", "vivo", "estoy", "live"})
_NEAR_ORIGIN = frozenset({"en", "in", "aqui", "de", "the", "los", "im", "i", "am"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A country that was named, by word positions; `city` when one of its cities named it.

    `negated`: "no a México".
    """

    code: str
    start: int
    end: int
    negated: bool = False
    city: str = ""


def find_places(words: Sequence[Word]) -> tuple[Place, ...]:
    """Return the destinations that were named, in order."""
    places = [
        Place(
            code=found.label,
            start=found.start,
            end=found.end,
            negated=_said_before(words, found.start, {"no", "not"}),
            city=_city(words[found.start : found.end], found.label),
        )
        for found in _BOOK.longest(words)
        if not _is_origin(words, found.start)
    ]
    return tuple(places or _misspelled(words))


def _city(words: Sequence[Word], code: str) -> str:
    """Return the words as they were written when they are a city of the country; else empty."""
    is_city = " ".join(word.key for word in words) in COUNTRIES[code]["cities"]
    return " ".join(word.raw for word in words) if is_city else ""


def account_label(country: str, language: str) -> str:
    """Return what a bank account number is called in a country; empty without a special name."""
    return str(COUNTRIES.get(country, {}).get(f"account_{language}", ""))


def find_methods(words: Sequence[Word]) -> tuple[str, ...]:
    """Return the payout methods that were named and not ruled out, in order, without repeats."""
    methods: dict[str, None] = {}
    for found in _METHODS.longest(words):
        if not _said_before(words, found.start, {"no", "not"}):
            methods.setdefault(found.label)
    return tuple(methods)


def _misspelled(words: Sequence[Word]) -> list[Place]:
    for at, word in enumerate(words):
        if len(word.key) >= _MIN_MISSPELLED and not _is_origin(words, at):
            for name, code in _SINGLE.items():
                if name[0] == word.key[0] and is_near(word.key, name):
                    return [Place(code=code, start=at, end=at + 1)]
    return []


def _said_before(words: Sequence[Word], at: int, wanted: set[str]) -> bool:
    """Return whether one of the wanted words comes shortly before, in the same clause."""
    for back in range(1, 4):
        if at - back < 0 or (words[at - back + 1].breaks):
            return False
        if words[at - back].key in wanted:
            return True
        if words[at - back].key not in {"a", "en", "to", "in", "para", "por", "con", "es", "the"}:
            return False
    return False


def _is_origin(words: Sequence[Word], at: int) -> bool:
    for back in range(1, 4):
        if at - back < 0:
            return False
        key = words[at - back].key
        if key in _ORIGIN or (key == "im" and back > 1):
            return True
        if key not in _NEAR_ORIGIN:
            return False
    return False
