"""OptedOut: ends the turn of a sender who wants no messages, with what Consent allows."""

from dataclasses import replace
from typing import ClassVar

from lola.conversation.pipeline import BuiltIn, Kind
from lola.conversation.result import no_reply
from lola.conversation.stages.consent import ROUTE
from lola.domain.turn import Answer, Turn


class OptedOutStage(BuiltIn):
    """Says the one thing that may be said after an opt-out, or nothing."""

    name = "OptedOut"
    summary = "one confirmation, HELP or the way back, otherwise silence; ends the turn"
    sees: ClassVar[frozenset[Kind]] = frozenset({"opted_out"})
    protects = "a sender who opted out gets nothing that they did not ask for"

    async def incoming(self, turn: Turn) -> Answer:
        """End the turn with the answer that Consent decided on."""
        answer = turn.consent_answer
        return no_reply(turn, ROUTE) if answer is None else replace(answer, turn=turn)
