"""Titles of choices, spelled exactly as the tools' own options, so that taps keep their ids."""

from collections.abc import Iterable, Sequence

from lola.channel.labels import label_options
from lola.models.offline.dialogue.facts import Entry


def titles(names: Iterable[str]) -> tuple[str, ...]:
    """Return short, unique titles, one for each name."""
    pairs = ((str(position), name) for position, name in enumerate(names))
    return tuple(option.title for option in label_options(pairs))


def recipient_titles(people: Sequence[Entry]) -> tuple[tuple[str, Entry], ...]:
    """Pair each saved person with a title; equal names get a number."""
    return tuple(zip(titles(map(person_name, people)), people, strict=True))


def person_name(person: Entry) -> str:
    """Return a saved person's name on one line."""
    full = f"{person.get('first_name', '')} {person.get('last_name', '')}".strip()
    return full or str(person.get("name", "")) or "-"
