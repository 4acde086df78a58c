"""Decision: reads what the sender decided about the action that waits for their yes.

Read by code and not by a model. A confirmation must reach the session before an agent runs: only
then the tool that carries the action out exists (docs/safety.md G3).
"""

from typing import Self

from lola.conversation.pipeline import BuiltIn
from lola.conversation.result import reply_with
from lola.conversation.stages.parts import EngineParts
from lola.domain.turn import Answer, Turn
from lola.money.approvals import read_decision
from lola.money.service import MoneyService

ROUTE = "money"


class DecisionStage(BuiltIn):
    """Applies confirm, modify and cancel; leaves the reply to the agent where it can."""

    name = "Decision"
    summary = "confirm, modify or cancel what waits for the sender's yes; old buttons"
    protects = "only the sender's own later message approves an action, never a model"

    def __init__(self, money: MoneyService) -> None:
        self._money = money

    @classmethod
    def from_parts(cls, parts: EngineParts) -> Self:
        """Build the stage."""
        return cls(parts.services.money)

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """Apply the decision, and end the turn when there is something to say."""
        decision = read_decision(turn)
        if decision is None:
            return turn
        step = await self._money.decide(turn, decision)
        return reply_with(step.turn, ROUTE, *step.say) if step.say else step.turn
