"""Finds which of several named things a line means: an offered option, a bank, a person.

`lola.text.choices` reads positions and whole titles; this adds what forgives typing slips.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from lola.models.offline.nlu.places import COUNTRIES
from lola.models.offline.nlu.text import Word, is_near, keys_of
from lola.text.choices import chosen_index

Item = TypeVar("Item")

_GENERIC = frozenset(
    {"banco", "bank", "de", "del", "la", "el", "los", "las", "sa", "s", "and", "y", "the", "of",
     *(name for row in COUNTRIES.values() for line in row["names"] for name in line.split("|"))}
)  # fmt: skip
_MIN_PREFIX = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Named(Generic[Item]):
    """A thing with a name to choose by. `keys` are the words of the name that tell it apart."""

    name: str
    keys: tuple[str, ...]
    item: Item


def named(name: str, item: Item) -> Named[Item]:
    """Pair a thing with the name to choose it by."""
    words = keys_of(name.rstrip("…"))
    telling = tuple(key for key in words if key not in _GENERIC)
    return Named(name=name, keys=telling or words, item=item)


def chosen(words: Sequence[Word], options: Sequence[str]) -> str:
    """Return the option that a whole line means; empty when it means none of them."""
    said = tuple(word.key for word in words)
    titles = [keys_of(option.rstrip("…")) for option in options]
    index = chosen_index(said, titles)
    if index is not None:
        return options[index]
    text = " ".join(said)
    if len(text) < _MIN_PREFIX:
        return ""
    near = {
        option
        for option, keys in zip(options, titles, strict=True)
        if " ".join(keys).startswith(text) or is_near(text, " ".join(keys))
    }
    return near.pop() if len(near) == 1 else ""


def pick(
    words: Sequence[Word], things: Iterable[Named[Item]], *, whole: bool = False
) -> Item | None:
    """Return the one thing that a line names, however loosely; None when none or several fit.

    `whole`: nothing was asked, so all distinguishing words of the name must be there.
    """
    said = frozenset(word.key for word in words)
    best: list[tuple[int, Named[Item]]] = []
    for thing in things:
        matched = [key for key in thing.keys if key in said or _is_misspelled(key, said)]
        if whole and len(matched) < len(thing.keys):
            continue
        if any(key == thing.keys[0] or len(key) > _MIN_PREFIX for key in matched):
            best.append((len(matched), thing))
    top = max((hits for hits, _ in best), default=0)
    winners = [thing for hits, thing in best if hits == top]
    return winners[0].item if len(winners) == 1 else None


def _is_misspelled(key: str, said: Iterable[str]) -> bool:
    return len(key) > _MIN_PREFIX and any(word[0] == key[0] and is_near(word, key) for word in said)
