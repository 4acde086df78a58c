"""Which statements about money a text makes, recognised by the sentences of the catalogue."""

from collections.abc import Mapping
from functools import cache
from string import Formatter
from typing import Final, Literal

from lola.models.offline.response_texts import RESPONSES
from lola.text.wording import HERE, Wording

Claim = Literal[
    "recorded", "completed", "failed", "cancelled", "nothing", "unknown", "amount", "waiting"
]
Language = Literal["es", "en"]

SENTENCES: Final[Mapping[str, Claim]] = {
    "money.approved": "recorded",
    "money.approved_plain": "recorded",
    "money.on_hold": "recorded",
    "money.in_review": "recorded",
    "money.settled": "completed",
    "money.settled_plain": "completed",
    "money.operation_failed": "failed",
    "money.operation_cancelled": "cancelled",
    "money.cancelled": "cancelled",
    "money.expired": "nothing",
    "money.payment_failed": "nothing",
    "money.identity_failed": "nothing",
    "money.taken_back": "nothing",
    "money.unsure": "unknown",
    "money.approval_unsure": "unknown",
    "money.unsure_still": "unknown",
    "money.amount_differs": "amount",
    "status.link_sent": "waiting",
    "status.opened": "waiting",
    "status.approved": "recorded",
    "status.processing": "recorded",
    "status.unsure": "unknown",
    "status.cancelled": "nothing",
    "status.expired": "nothing",
    "status.failed": "nothing",
    "status.settled": "completed",
}
"""Sentence → what it states. Those of `status` reply to a question."""
NEWS: Final = "money."
"""Begins the keys of what is told unasked."""
WITH_AMOUNTS: Final = {"money.approved": "receive", "money.settled": "receive",
                       "status.approved": "send", "status.processing": "send"}  # fmt: skip
"""The sentences that say an amount, and which one."""
SUSPECT: Final = (
    "no se envió nada", "no se movió dinero", "nothing was sent", "no money moved",
    "ya está registrado", "se completó", "is on record", "is complete",
)  # fmt: skip
"""Words of a statement about money, also in a text that no sentence of the catalogue made."""


@cache
def reader_of(language: Language) -> "Reader":
    """Return the reader of a language; the catalogues are read once."""
    return Reader(language)


class Reader:
    """Reads claims out of texts in one language."""

    def __init__(self, language: Language) -> None:
        wording, replies = _Templates((HERE,)), _Templates((RESPONSES,))
        self._parts = {
            key: (wording if key.startswith(NEWS) else replies).literals(key, language)
            for key in SENTENCES
        }
        self.renewal = wording("money.renew", language)
        self.confirm = wording("money.confirm", language)

    def sentences(self, text: str) -> tuple[str, ...]:
        """Return the keys of the catalogue's sentences in a text."""
        return tuple(key for key, parts in self._parts.items() if _contains(text, parts))

    def is_suspect(self, text: str) -> bool:
        """Return whether a text states something about money in other words."""
        lowered = text.lower()
        return any(words in lowered for words in SUSPECT) and not self.sentences(text)


class _Templates(Wording):
    def literals(self, key: str, language: str) -> tuple[str, ...]:
        """Return the fixed parts of a sentence, without those that any text has."""
        entry = self._sentences[key]
        template = entry.get(language, entry["es"])
        fixed = (part.strip("\n") for part, *_ in Formatter().parse(template))
        return tuple(part for part in fixed if len(part.strip()) > 1)


def _contains(text: str, parts: tuple[str, ...]) -> bool:
    """Return whether all parts are in the text in this order."""
    position = 0
    for part in parts:
        found = text.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return True
