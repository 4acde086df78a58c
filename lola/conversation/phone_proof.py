"""Asking a sender to prove their telephone number, on channels that know people by something else.

A number is proved by the channel alone (`Address.phone`), never by words: who writes somebody
else's number gets nothing of theirs (reference/channels.md 3.3). Heard by code, so that no model is
talked out of it.
"""

from collections.abc import Collection

from lola.conversation.result import TurnResult, said
from lola.domain.messages import SHARE_NUMBER, ButtonsMessage, ContactsContent, Option, TextMessage
from lola.domain.turn import Turn
from lola.settings import Settings
from lola.text.wording import Wording


class PhoneProof:
    """Asks, and says thank you. `channels` are those that have a button which proves a number."""

    def __init__(self, wording: Wording, settings: Settings, channels: Collection[str]) -> None:
        self._wording = wording
        self._settings = settings
        self._channels = frozenset(channels)

    def handle(self, turn: Turn) -> TurnResult | None:
        """Answer while the number is missing, or when it has just come; None otherwise."""
        if turn.address.channel not in self._channels:
            return None
        if turn.phone is None:
            return self._ask(turn)
        is_proof = isinstance(turn.last.content, ContactsContent) and turn.last.address.phone
        if not is_proof or turn.session.number_thanked:
            return None
        words = self._wording("numbers.proved", turn.language, last=turn.phone[-2:])
        return said(_noted(turn, number_thanked=True), "number", TextMessage(content=words))

    def _ask(self, turn: Turn) -> TurnResult:
        button = self._wording("numbers.button", turn.language)
        words = self._wording(
            "numbers.again" if turn.session.number_asked else "numbers.ask",
            turn.language,
            assistant=self._settings.assistant_name,
            brand=self._settings.brand_name,
        )
        option = Option(id=SHARE_NUMBER, title=button)
        message = ButtonsMessage(content=words, options=(option,))
        return said(_noted(turn, number_asked=True), "number", message)


def _noted(turn: Turn, **changes: bool) -> Turn:
    return turn.evolve(session=turn.session.evolve(**changes))
