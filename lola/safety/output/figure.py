"""One figure of a text, as the reader of figures finds it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from lola.safety.output.figure_context import PLAIN, Said
from lola.safety.output.figure_words import Role

Kind = Literal["number", "percent", "duration", "multiple", "date", "time", "digits", "reference"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure as it is written in a text.

    `values` are its possible readings: amounts; seconds for a duration; minutes of the day for a
    time; `tokens` are the spelling of digits and references and the possible days of a date.
    `currencies` are the ISO codes that fit what was written; empty when none was. `is_money` says
    that a sign or currency was written. `before` and `after` are the words around, up to the next
    figures, and `said` is how the sentence speaks.
    """

    kind: Kind
    excerpt: str
    values: frozenset[Decimal] = frozenset()
    tokens: frozenset[str] = frozenset()
    currencies: frozenset[str] = frozenset()
    is_money: bool = False
    roles: frozenset[Role] = frozenset()
    methods: frozenset[str] = frozenset()
    before: str = ""
    after: str = ""
    said: Said = PLAIN
