"""StaleTap: says that a button under an older summary no longer counts."""

from typing import Self

from lola.conversation.pipeline import BuiltIn
from lola.conversation.result import reply_with
from lola.conversation.stages.money_decision import ROUTE, decision_in
from lola.conversation.stages.parts import EngineParts
from lola.domain.messages import ChoiceContent, TextMessage
from lola.domain.turn import Answer, Turn
from lola.money.confirmation import PREFIX
from lola.text.wording import Wording


class StaleTapStage(BuiltIn):
    """Ends turns with a tap on a summary that decided nothing."""

    name = "StaleTap"
    summary = "a button of an older summary decides nothing, and the sender is told"
    protects = "no model takes the title of an old button for a confirmation"

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    @classmethod
    def from_parts(cls, parts: EngineParts) -> Self:
        """Build the stage."""
        return cls(parts.services.wording)

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """End the turn when its newest message is such a tap."""
        content = turn.last.content
        is_tap = isinstance(content, ChoiceContent) and content.id.startswith(f"{PREFIX}:")
        # What MoneyDecision carried out without a word is for the agent to go on with.
        if not is_tap or decision_in(turn) is not None:
            return turn
        text = self._wording("money.stale", turn.language)
        return reply_with(turn, ROUTE, TextMessage(content=text))
