"""Reading "2", "la segunda" or a typed title as a choice from what was offered last."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from lola.models.offline.nlu.amounts import spelled_digit
from lola.models.offline.nlu.places import COUNTRIES
from lola.models.offline.nlu.text import Word, is_near, keys_of

Item = TypeVar("Item")

_ORDINALS = {
    "primer": 1, "primera": 1, "primero": 1, "first": 1, "1ra": 1, "segunda": 2, "segundo": 2,
    "second": 2, "tercera": 3, "tercer": 3, "tercero": 3, "third": 3, "cuarta": 4, "cuarto": 4,
    "fourth": 4, "quinta": 5, "quinto": 5, "fifth": 5, "sexta": 6, "sexto": 6, "sixth": 6,
    "septima": 7, "septimo": 7, "seventh": 7, "octava": 8, "octavo": 8, "eighth": 8,
    "ultima": -1, "ultimo": -1, "last": -1,
}  # fmt: skip
_FILLERS = frozenset(
    {"la", "el", "lo", "los", "las", "the", "opcion", "option", "numero", "number", "quiero",
     "prefiero", "please", "por", "favor", "con", "en", "de", "i", "want", "ill", "take", "one",
     "esa", "ese", "#", "si", "yes", "ok", "a", "para", "to"}
)  # fmt: skip
_GENERIC = frozenset(
    {"banco", "bank", "de", "del", "la", "el", "los", "las", "sa", "s", "and", "y", "the", "of",
     *(name for row in COUNTRIES.values() for line in row["names"] for name in line.split("|"))}
)  # fmt: skip
_PREFIX = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Named(Generic[Item]):
    """Something with a name to choose by. `keys` are the words of the name that tell it apart."""

    name: str
    keys: tuple[str, ...]
    item: Item


def named(name: str, item: Item) -> Named[Item]:
    """Give a thing its name to choose by."""
    words = keys_of(name.rstrip("…"))
    telling = tuple(key for key in words if key not in _GENERIC)
    return Named(name=name, keys=telling or words, item=item)


def chosen(words: Sequence[Word], options: Sequence[str]) -> str:
    """Answer the option that a whole line means; empty when it means none of them."""
    said = tuple(word.key for word in words)
    titles = {option: keys_of(option.rstrip("…")) for option in options}
    for option, keys in titles.items():
        if keys and said == keys:
            return option
    position = _position(tuple(key for key in said if key not in _FILLERS) or said)
    if position and abs(position) <= len(options):
        return options[position - 1 if position > 0 else -1]
    text = " ".join(said)
    if len(text) >= _PREFIX:
        near = [
            option
            for option, keys in titles.items()
            if " ".join(keys).startswith(text) or is_near(text, " ".join(keys))
        ]
        return near[0] if len(near) == 1 else ""
    return ""


def pick(
    words: Sequence[Word], things: Iterable[Named[Item]], *, whole: bool = False
) -> Item | None:
    """Answer the one thing that a line names, however loosely; None when none or several fit.

    `whole`: nothing was asked, so that all telling words of the name must be there.
    """
    said = frozenset(word.key for word in words)
    best: list[tuple[int, Named[Item]]] = []
    for thing in things:
        heard = [key for key in thing.keys if key in said or _is_misspelled(key, said)]
        if whole and len(heard) < len(thing.keys):
            continue
        if any(key == thing.keys[0] or len(key) > _PREFIX for key in heard):
            best.append((len(heard), thing))
    top = max((hits for hits, _ in best), default=0)
    winners = [thing for hits, thing in best if hits == top]
    return winners[0].item if len(winners) == 1 else None


def _is_misspelled(key: str, said: Iterable[str]) -> bool:
    return len(key) > _PREFIX and any(word[0] == key[0] and is_near(word, key) for word in said)


def _position(said: tuple[str, ...]) -> int:
    if len(said) != 1:
        return 0
    key = said[0]
    if key.isdecimal() and key.isascii() and len(key) <= 2:
        return int(key)
    return _ORDINALS.get(key, 0) or spelled_digit(key)
