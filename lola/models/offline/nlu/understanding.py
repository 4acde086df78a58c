"""What a message means, as one result: an intent for each sentence, and the values it holds.

It depends on nothing that was said before. What is not understood is a result as well.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lola.models.offline.nlu.classifier import guess
from lola.models.offline.nlu.reading import Reading, read

UNKNOWN = "unknown"
_SENTENCE = re.compile(r"[^.!?\n…]+[.!?\n…]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What one sentence wants: the message from `start` up to `end`, and how sure that is."""

    label: str
    confidence: float
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """All that a message means: its sentences in order, and its values as the readers give them."""

    intents: tuple[Intent, ...]
    values: Reading

    @property
    def is_unknown(self) -> bool:
        """Return whether no sentence was understood."""
        return all(intent.label == UNKNOWN for intent in self.intents)

    def has(self, label: str) -> bool:
        """Return whether a sentence has this intent."""
        return any(intent.label == label for intent in self.intents)


def understand(text: str) -> Understanding:
    """Return what a message means, without what was asked before it."""
    return Understanding(intents=tuple(_intents(text)), values=read(text))


def _intents(text: str) -> Iterator[Intent]:
    for match in _SENTENCE.finditer(text):
        sentence = match.group().strip()
        if not any(char.isalnum() for char in sentence):
            continue
        found = guess(sentence)
        yield Intent(
            label=UNKNOWN if found is None else found.label,
            confidence=0.0 if found is None else found.confidence,
            start=match.start(),
            end=match.end(),
        )
