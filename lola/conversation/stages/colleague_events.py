"""Tells a conversation what a colleague wrote with the provider's own app, and when they are done.

Their words are in the history for staff and the agent as if sent from the console; nothing is sent.
"""

from dataclasses import replace
from datetime import timedelta

from lola.channel.rendering import split
from lola.conversation.deadlines import timer
from lola.conversation.result import TurnResult, no_reply, reply_with
from lola.domain.events import COLLEAGUE_QUIET
from lola.domain.messages import CONTENT_LIMIT, EventContent, MessageId, TextMessage
from lola.domain.turn import Turn
from lola.escalation import colleagues, transitions

ROUTE = "human"


class ColleagueEvents:
    """Handles both events. `patience` is how long the bot stays silent; zero: no end."""

    def __init__(self, patience: timedelta) -> None:
        self._patience = patience

    async def wrote(self, turn: Turn, event: EventContent) -> TurnResult:
        """Record the message; take over, unless that was done when it came."""
        sent_at = turn.last.sent_at or turn.accepted_at
        newest = max(sent_at, turn.session.colleague_at or sent_at)
        turn = turn.evolve(session=turn.session.evolve(colleague_at=newest))
        parts = split(str(event.data["text"]), CONTENT_LIMIT)
        said = reply_with(turn, ROUTE, *(TextMessage(content=part) for part in parts))
        result = replace(
            said,
            messages=(),
            announced=said.messages,
            author="staff",
            staff=colleagues.APP,
            findings=tuple(map(str, event.data.get("removed", ()))),
            escalate=colleagues.taken_over(turn.ownership, sent_at, turn.now, self._patience),
        )
        if not self._patience:
            return result
        name = MessageId(f"{COLLEAGUE_QUIET}:{turn.last.id}")
        quiet = timer(turn, name, COLLEAGUE_QUIET, newest + self._patience, {})
        return replace(result, later=(quiet,))

    async def quiet(self, turn: Turn, _: EventContent) -> TurnResult:
        """Let the bot speak again, unless the colleague has written since or the console has it."""
        result = no_reply(turn, "event")
        if not colleagues.is_over(
            turn.ownership, turn.session.colleague_at, turn.now, self._patience
        ):
            return result
        return replace(result, escalate=transitions.handed_back(turn.ownership, turn.now))
