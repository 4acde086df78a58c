"""Limits: slows down who writes too fast, and stops replying to machines that answer ours.

What is over the limit is stored, remembered and not answered: the sender hears once why. It is read
before any partner or model is asked, and behind Consent, so that STOP always counts.
"""

from datetime import timedelta
from typing import Self

import structlog

from lola.conversation.handoff import Handoff
from lola.conversation.loops import automatic_replies
from lola.conversation.pipeline import BuiltIn
from lola.conversation.result import TurnResult, no_reply, reply_with
from lola.conversation.stages.parts import EngineParts
from lola.conversation.stages.person import asks_for_person
from lola.domain.messages import TextMessage
from lola.domain.turn import Answer, Turn
from lola.settings import Settings
from lola.state.rates import MINUTE, Rate, Rates, Taken
from lola.telemetry import names
from lola.text.wording import Wording

ROUTE = "limit"
QUIET_FOR = timedelta(minutes=10)
"""After a notice nothing more is said about a limit."""

log = structlog.get_logger(__name__)


class LimitsStage(BuiltIn):
    """Ends turns that are over a limit of messages, and turns of a loop."""

    name = "Limits"
    summary = "messages over the rate get one notice; repeated texts of a machine call a person"
    ahead_of = frozenset({"PayhubAuth"})

    def __init__(
        self, rates: Rates, handoff: Handoff, wording: Wording, settings: Settings
    ) -> None:
        self._rates = rates
        self._handoff = handoff
        self._wording = wording
        self._settings = settings

    @classmethod
    def from_parts(cls, parts: EngineParts) -> Self:
        """Build the stage."""
        services = parts.services
        return cls(parts.rates, parts.handoff, services.wording, services.settings)

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """End the turn when the sender is over a limit. Raises StoreUnavailableError."""
        most = self._settings.loop_replies
        if most and automatic_replies(turn) >= most:
            log.warning(names.LOOP_STOPPED, conversation=turn.conversation)
            return self._handoff.unreachable(turn, "loop")
        taken = await self._take(turn)
        if not taken.refused:
            return turn
        # A person can always be called, and is called once.
        if turn.ownership.owner == "bot" and asks_for_person(turn.text):
            return turn
        return self._slowed(turn, taken)

    async def _take(self, turn: Turn) -> Taken:
        settings = self._settings
        total = settings.channel_messages_per_minute
        if isinstance(total, dict):
            total = total.get(turn.address.channel, 0)
        ours = Rate(
            name="messages",
            count=settings.messages_per_minute or 0,
            seconds=MINUTE,
            burst=settings.messages_burst,
        )
        moments = [envelope.accepted_at for envelope in turn.work.envelopes]
        once = f"{turn.conversation}:{turn.work.envelopes[-1].seq}"
        taken = await self._rates.take(turn.account, ours, at=moments, once=once)
        if taken.refused:
            return taken
        everybody = Rate(name="channel_messages", count=total, seconds=MINUTE)
        return await self._rates.take(turn.address.channel, everybody, at=moments)

    def _slowed(self, turn: Turn, taken: Taken) -> TurnResult:
        told_at = turn.session.limit_told_at
        is_quiet = told_at is not None and turn.now - told_at < QUIET_FOR
        if is_quiet or turn.ownership.owner != "bot":
            return no_reply(turn, f"{ROUTE}:{taken.refused}")
        turn = turn.evolve(session=turn.session.evolve(limit_told_at=turn.now))
        text = TextMessage(content=self._wording(f"limits.{taken.refused}", turn.language))
        return reply_with(turn, f"{ROUTE}:{taken.refused}", text, author="code")
