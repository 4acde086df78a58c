"""The values of an understood line as entities: their kind, their place, and how sure each is."""

from collections.abc import Iterator, Sequence

from lola.models.offline.nlu.name_parts import PersonName
from lola.models.offline.nlu.names import relation_at
from lola.models.offline.nlu.places import Place, find_method_words
from lola.models.offline.nlu.text import Word, split
from lola.models.offline.nlu.understanding import Entity, Kind, Understanding

SURE, LIKELY, UNSURE = 1.0, 0.7, 0.5


def entities_of(meaning: Understanding, places: Sequence[Place]) -> Iterator[Entity]:
    """Yield the values of a line with their places in it, and how sure each is."""
    words = meaning.words

    def entity(kind: Kind, start: int, end: int, confidence: float) -> Entity:
        return Entity(
            kind=kind, confidence=confidence, start=words[start].start, end=words[end - 1].end
        )

    if (amount := meaning.amount) is not None:
        sure = UNSURE if amount.others else SURE if amount.firm else LIKELY
        yield entity("amount", amount.start, amount.end, sure)
    for place in places:
        yield entity("place", place.start, place.end, SURE)
    for found in find_method_words(words):
        yield entity("method", found.start, found.end, SURE)
    if meaning.relation:
        at = relation_at(words)
        yield entity("relation", at, at + 1, SURE)
    if (number := meaning.number) is not None:
        sure = SURE if number.kind else LIKELY
        yield Entity(kind="number", confidence=sure, start=number.start, end=number.end)
    if meaning.name is not None and (span := _span_of(meaning.name, words)):
        yield entity("person", *span, SURE if meaning.name.last else LIKELY)


def _span_of(name: PersonName, words: Sequence[Word]) -> tuple[int, int] | None:
    """Return the words that a name was written with."""
    parts = {word.key for word in split(name.full)}
    at = [place for place, word in enumerate(words) if word.key in parts]
    return (at[0], at[-1] + 1) if at else None
