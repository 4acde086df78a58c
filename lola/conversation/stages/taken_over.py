"""TakenOver: keeps the bot silent while staff own the conversation."""

from typing import ClassVar

from lola.conversation.pipeline import BuiltIn, Kind
from lola.conversation.result import no_reply
from lola.domain.turn import Answer, Turn

ROUTE = "human"


class TakenOverStage(BuiltIn):
    """Records the message for the staff and says nothing."""

    name = "TakenOver"
    summary = "silence: the message is recorded and staff read it; ends the turn"
    sees: ClassVar[frozenset[Kind]] = frozenset({"taken_over"})
    protects = "the bot never talks over staff who took the conversation"

    async def incoming(self, turn: Turn) -> Answer:
        """End the turn without a reply."""
        return no_reply(turn, ROUTE)
