"""Destinations and payout methods in a line of words.

A place the sender is *in* or sends *from* is not a destination. One typing slip is allowed in names
of countries, none in cities, which are too close to people's names.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lola.models.offline.lexicon import table
from lola.models.offline.nlu.name_parts import GIVEN
from lola.models.offline.nlu.phrases import Found, PhraseBook
from lola.models.offline.nlu.text import Word, is_misspelled_as, is_near

COUNTRIES = table("countries")
_BOOK = PhraseBook({code: (*row["names"], *row["cities"]) for code, row in COUNTRIES.items()})
_SINGLE = {
    name: code
    for code, row in COUNTRIES.items()
    for line in row["names"]
    for name in line.split("|")
    if " " not in line and len(name) > 5
}
_DOUBTFUL = {name: code for code, row in COUNTRIES.items() for name in row.get("also_surnames", ())}
_WHEN_ASKED = {name: code for code, row in COUNTRIES.items() for name in row.get("when_asked", ())}
_METHODS = PhraseBook(table("methods"))
_METHOD_SLIPS = {
    word: method for method, lines in table("methods").items() for line in lines
    for word in line.split("|") if " " not in line and "*" not in word and len(word) >= 8
}  # fmt: skip
_MIN_MISSPELLED = 5
_LONGEST_ANSWER = 4
_HOME = "US"
_ORIGIN = frozenset(
    {"desde", "from", "vivo", "vivimos", "estoy", "estamos", "live", "living", "trabajo", "work",
     "resido", "radico", "soy", "somos", "ando"}
)  # fmt: skip
# English verbs that say where the sender is only with "I" or "we".
_OF_ANYBODY = frozenset({"work", "live"})
_OURSELVES = frozenset({"i", "we", "and", "currently", "now"})
_NEAR_ORIGIN = frozenset(
    {"en", "in", "aqui", "aca", "here", "de", "the", "los", "im", "i", "am", "el", "la", "estado",
     "state", "ciudad", "city", "of"}
)  # fmt: skip
_STREETS = frozenset({"calle", "avenida", "av", "ave", "colonia", "col", "barrio", "street"})
_TO = frozenset({"a", "para", "pa", "to", "hasta", "hacia"})
_IN = frozenset({"en", "in", "estado", "state"})
_FILLERS = frozenset({*_TO, *_IN, "de", "es", "pues", "por", "favor", "please", "el", "la", "its"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A country that was named, by word positions; `city` when one of its cities named it.

    `negated`: "no a México". `is_origin`: where the sender is, or a place in the country that
    transfers come from.
    """

    code: str
    start: int
    end: int
    negated: bool = False
    city: str = ""
    is_origin: bool = False


def find_places(words: Sequence[Word]) -> tuple[Place, ...]:
    """Return the destinations that were named, in order."""
    return tuple(place for place in find_mentions(words) if not place.is_origin)


def find_mentions(words: Sequence[Word], *, asked: bool = False) -> tuple[Place, ...]:
    """Return every place that was named, also where the sender is. `asked`: for the country."""
    places = [
        Place(
            code=found.label,
            start=found.start,
            end=found.end,
            negated=_said_before(words, found.start, {"no", "not"}),
            city=_city(words[found.start : found.end], found.label),
            is_origin=_is_origin(words, found.start) or _is_home(words, found, asked=asked),
        )
        for found in _BOOK.longest(words)
        if not _is_in_a_name(words, found.start)
    ]
    places += _also_surnames(words, places, asked=asked)
    if all(place.is_origin for place in places):
        taken = {at for place in places for at in range(place.start, place.end)}
        places += _misspelled(words, taken)
    return tuple(places)


def _is_home(words: Sequence[Word], found: Found, *, asked: bool) -> bool:
    """Return whether a place of the sending country is only told: "somos de Nuevo México"."""
    aimed = found.start > 0 and words[found.start - 1].key in _TO
    return found.label == _HOME and not (aimed or asked)


def _is_in_a_name(words: Sequence[Word], start: int) -> bool:
    """Return whether a place is part of a person's name: "María de los Ángeles"."""
    if not start or words[start].breaks:
        return False
    before = words[start - 1].key
    devoted = words[start].key in {"los", "las"} and before == "de"
    return devoted and start > 1 and words[start - 2].key in GIVEN


def _also_surnames(words: Sequence[Word], places: Sequence[Place], *, asked: bool) -> list[Place]:
    """Return places that are names of people too, where the words around leave no doubt."""
    taken = {at for place in places for at in range(place.start, place.end)}
    alone = all(word.key in _FILLERS | {*_DOUBTFUL, *_WHEN_ASKED} for word in words)
    found: list[Place] = []
    for at, word in enumerate(words):
        code = _DOUBTFUL.get(word.key) or _WHEN_ASKED.get(word.key) if at not in taken else None
        if code is None or (word.key in _WHEN_ASKED and not (asked and alone)):
            continue
        before = words[at - 1].key if at and not word.breaks else ""
        named = at + 1 < len(words) and not words[at + 1].breaks and words[at + 1].raw.istitle()
        if (asked and alone) or (before in _IN | _TO and not named):
            origin = _is_origin(words, at)
            found.append(
                Place(code=code, start=at, end=at + 1, city=word.raw, is_origin=origin)
                if word.key in _DOUBTFUL
                else Place(code=code, start=at, end=at + 1, is_origin=origin)
            )
    return found


def _city(words: Sequence[Word], code: str) -> str:
    """Return the words as they were written when they are a city of the country; else empty."""
    is_city = " ".join(word.key for word in words) in COUNTRIES[code]["cities"]
    return " ".join(word.raw for word in words) if is_city else ""


def account_label(country: str, language: str) -> str:
    """Return what a bank account number is called in a country; empty without a special name."""
    return str(COUNTRIES.get(country, {}).get(f"account_{language}", ""))


def find_methods(words: Sequence[Word]) -> tuple[str, ...]:
    """Return the payout methods that were named and not ruled out, in order, without repeats."""
    methods = dict.fromkeys(found.label for found in find_method_words(words))
    return tuple(methods or _misspelled_method(words))


def find_method_words(words: Sequence[Word]) -> tuple[Found, ...]:
    """Return the phrases that name a payout method and are not ruled out."""
    return tuple(
        found
        for found in _METHODS.longest(words)
        if not _said_before(words, found.start, {"no", "not"})
    )


def _misspelled_method(words: Sequence[Word]) -> dict[str, None]:
    """Return the method whose word was mistyped, when the line is little more: "efctivo"."""
    if len(words) > _LONGEST_ANSWER:
        return {}
    found = (
        method
        for word in words
        for known, method in _METHOD_SLIPS.items()
        if word.key not in GIVEN and is_misspelled_as(word.key, known)
    )
    return dict.fromkeys(found)


def _misspelled(words: Sequence[Word], taken: Collection[int]) -> list[Place]:
    for at, word in enumerate(words):
        if at in taken or word.key in GIVEN:
            continue
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
    if at and words[at - 1].key in _STREETS and not words[at].breaks:
        return True
    for back in range(1, 4):
        if at - back < 0:
            return False
        key = words[at - back].key
        if key in _OF_ANYBODY and words[max(0, at - back - 1)].key not in _OURSELVES:
            # "Does OXXO work in Guatemala?" is about the place to pay in.
            return False
        if key in _ORIGIN or (key == "im" and back > 1):
            return True
        if key not in _NEAR_ORIGIN:
            return False
    return False
