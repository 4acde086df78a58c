"""What a line means, as one result: an intent for each sentence, and the values it holds.

What is not understood is a result as well: a sentence with the label `unknown`.
"""

from dataclasses import dataclass
from typing import Literal

from lola.models.offline.nlu.long_numbers import LongNumber
from lola.models.offline.nlu.money import Amount
from lola.models.offline.nlu.name_parts import PersonName
from lola.models.offline.nlu.text import Word

UNKNOWN = "unknown"
SAYS_LITTLE = frozenset({"trade", "request", "sent_before", "period", "arrival"})
Kind = Literal["amount", "place", "method", "person", "relation", "number"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What one sentence wants: the text from `start` up to `end`, and how sure that is."""

    label: str
    confidence: float
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A value that a grammar found: the text from `start` up to `end`, and how sure that is.

    A confidence below 1 means that the words may stand for something else, such as a number
    without a currency.
    """

    kind: Kind
    confidence: float
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """What a line means. `choice` is the offered option it stands for; `text` is what was read.

    `sentences` are the classifier's labels, `intents` what the dialogue goes by: the labels, and
    the phrases that agree with them or tell more.
    """

    text: str
    words: tuple[Word, ...]
    sentences: tuple[Intent, ...] = ()
    intents: frozenset[str] = frozenset()
    entities: tuple[Entity, ...] = ()
    question: bool = False
    choice: str = ""
    amount: Amount | None = None
    currency: str = ""
    countries: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    name: PersonName | None = None
    relation: str = ""
    number: LongNumber | None = None
    item: str = ""
    city: str = ""
    alias: str = ""

    def has(self, *intents: str) -> bool:
        """Return whether the line shows any of these intents."""
        return any(intent in self.intents for intent in intents)
