"""MoneyDecision: reads what the sender decided about the open draft, by code and not by a model.

A confirmation must reach the session before an agent runs: only then the tool that makes the
secure link exists (docs/safety.md G3).
"""

from typing import Self

from lola.conversation.pipeline import BuiltIn
from lola.conversation.result import reply_with
from lola.conversation.stages.parts import EngineParts
from lola.domain.turn import Answer, Turn
from lola.money.confirmation import Decision, read_decision
from lola.money.service import MoneyService

ROUTE = "money"


class MoneyDecisionStage(BuiltIn):
    """Carries out confirm, modify and cancel; leaves the reply to the agent where it can."""

    name = "MoneyDecision"
    summary = "confirm, modify or cancel the transfer on the screen"
    protects = "only the sender's own later message confirms a transfer, never a model"
    ahead_of = frozenset({"StaleTap"})

    def __init__(self, money: MoneyService) -> None:
        self._money = money

    @classmethod
    def from_parts(cls, parts: EngineParts) -> Self:
        """Build the stage."""
        return cls(parts.services.money)

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """Carry the decision out, and end the turn when there is something to say."""
        decision = decision_in(turn)
        if decision is None:
            return turn
        step = await self._money.decide(turn, decision)
        return reply_with(step.turn, ROUTE, *step.say) if step.say else step.turn


def decision_in(turn: Turn) -> Decision | None:
    """Return the decision of this burst, if the sender may decide about transfers now."""
    return read_decision(turn) if "transfer" in turn.allowed_actions else None
