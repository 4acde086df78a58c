"""Renewal: prepares a transfer again whose link ran out or failed, with one tap."""

from typing import Self

from lola.conversation.pipeline import BuiltIn
from lola.conversation.result import reply_with
from lola.conversation.stages.decision import ROUTE
from lola.conversation.stages.parts import EngineParts
from lola.domain.turn import Answer, Turn
from lola.errors import PartnerRefusedError
from lola.money.renewal import renewed_ticket
from lola.money.service import MoneyService


class RenewalStage(BuiltIn):
    """Puts a new summary before the sender, unless the partner has the transfer already."""

    name = "Renewal"
    summary = "prepares an expired or failed transfer again, with a new quote"

    def __init__(self, money: MoneyService) -> None:
        self._money = money

    @classmethod
    def from_parts(cls, parts: EngineParts) -> Self:
        """Build the stage."""
        return cls(parts.services.money)

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """End the turn with the new summary when the sender asks for it."""
        ticket = renewed_ticket(turn) if "transfer" in turn.allowed_actions else None
        if ticket is None:
            return turn
        try:
            step = await self._money.renew(turn, ticket)
        except PartnerRefusedError:
            # What the corridor no longer allows is for the agent to explain.
            return turn
        return reply_with(step.turn, ROUTE, *step.say)
