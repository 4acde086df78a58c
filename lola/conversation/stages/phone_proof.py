"""PhoneProof: asks senders to prove their number, on channels that know people by something else.

A number is proved by the channel alone (`Address.phone`), never by text: a sender who writes
another person's number gets nothing of theirs (reference/channels.md 3.3). It is read by code, so
that no model can be talked out of it.
"""

from collections.abc import Mapping
from typing import Self

from lola.conversation.pipeline import BuiltIn
from lola.conversation.result import TurnResult, reply_with
from lola.conversation.stages.parts import EngineParts
from lola.domain.messages import SHARE_NUMBER, ButtonsMessage, ContactsContent, Option, TextMessage
from lola.domain.turn import Answer, Turn
from lola.settings import Settings
from lola.text.wording import Wording

ROUTE = "number"


class PhoneProofStage(BuiltIn):
    """Asks, and says thank you.

    `channels` are those that may not tell the number, and whether they have a button that proves
    it; without one the sender shows it with the means of their application.
    """

    name = "PhoneProof"
    summary = "asks for a proved number where the channel gives none"

    def __init__(self, wording: Wording, settings: Settings, channels: Mapping[str, bool]) -> None:
        self._wording = wording
        self._settings = settings
        self._channels = dict(channels)

    @classmethod
    def from_parts(cls, parts: EngineParts) -> Self:
        """Build the stage."""
        services = parts.services
        return cls(services.wording, services.settings, parts.proving_channels)

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """End the turn while the number is missing, or when it has just been proved."""
        if turn.address.channel not in self._channels:
            return turn
        if turn.phone is None:
            return self._ask(turn)
        own = turn.last.content if isinstance(turn.last.content, ContactsContent) else None
        # Any other card is of the person who is to receive the money.
        if own is None or not own.is_own or turn.session.number_thanked:
            return turn
        text = self._wording("numbers.proved", turn.language, last=turn.phone[-2:])
        turn = _noted(turn, number_thanked=True)
        return reply_with(turn, ROUTE, TextMessage(content=text))

    def _ask(self, turn: Turn) -> TurnResult:
        has_button = self._channels[turn.address.channel]
        key = "again" if turn.session.number_asked else "ask"
        text = self._wording(
            f"numbers.{key}" if has_button else f"numbers.{key}_by_hand",
            turn.language,
            assistant=self._settings.assistant_name,
            brand=self._settings.brand_name,
        )
        option = Option(id=SHARE_NUMBER, title=self._wording("numbers.button", turn.language))
        message = (
            ButtonsMessage(content=text, options=(option,))
            if has_button
            else TextMessage(content=text)
        )
        return reply_with(_noted(turn, number_asked=True), ROUTE, message)


def _noted(turn: Turn, **changes: bool) -> Turn:
    return turn.evolve(session=turn.session.evolve(**changes))
