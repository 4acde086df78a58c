"""Events about secure links without a transfer: what the Events stage does with them."""

from collections.abc import Mapping
from dataclasses import replace

import structlog

from lola.conversation.deadlines import check_timer
from lola.conversation.handoff import Handoff
from lola.conversation.result import TurnResult, no_reply, reply_with
from lola.domain.events import CALLBACK_PREFIX, CIP_OTHER, ENROLMENT_CHECK
from lola.domain.messages import EventContent
from lola.domain.turn import Turn
from lola.money.callbacks import Handlers
from lola.money.doubts import next_pause
from lola.money.enrolment.outcomes import Cause
from lola.money.enrolment.service import EnrolmentService
from lola.money.events import PARTNER_EVENTS
from lola.money.ticket_reports import MONEY_MOVES, Step
from lola.money.tickets import TicketEvent
from lola.telemetry import names

ROUTE = "event"
CAUSES: Mapping[TicketEvent, Cause] = {
    "identity_passed": "passed",
    "identity_pending": "pending",
    "identity_failed": "failed",
    "card_added": "card_added",
}
"""What a handler reads in a report → the cause of a change. Others do not fit these links."""

log = structlog.get_logger(__name__)


class EnrolmentEvents:
    """Turns an event into the enrolment's next step, and the step into a reply."""

    def __init__(self, enrolments: EnrolmentService, handoff: Handoff) -> None:
        self._enrolments = enrolments
        self._handoff = handoff

    async def reported(self, turn: Turn, event: EventContent, handlers: Handlers) -> TurnResult:
        """Apply a report of the secure page or an event of the partner."""
        name = str(event.data["ticket"])
        if event.name.startswith(CALLBACK_PREFIX):
            handler = event.name.removeprefix(CALLBACK_PREFIX)
            report = await handlers.read(handler, name, event.data["body"])
            cause = CAUSES.get(report.event)
            if cause is None:
                return no_reply(turn, ROUTE)
            return _told(await self._enrolments.hear(turn, name, cause))
        known = PARTNER_EVENTS.get(event.name)
        if known in MONEY_MOVES:
            operation = str(event.data.get("operation_id", ""))
            return _told(self._enrolments.booked(turn, name, operation))
        if known == "opened":
            return _told(self._enrolments.opened(turn, name))
        if event.name == CIP_OTHER:
            return _told(await self._enrolments.hear(turn, name, "checked"))
        return no_reply(turn, ROUTE)

    async def requested(self, turn: Turn, event: EventContent) -> TurnResult:
        """Tell the sender of an identity check that staff began."""
        return _told(await self._enrolments.requested(turn, str(event.data["ticket"])))

    async def ended(self, turn: Turn, event: EventContent) -> TurnResult:
        """End a link whose time is over; the bot keeps quiet while a person has the sender."""
        step = await self._enrolments.close(turn, str(event.data["ticket"]))
        return _told(step) if turn.ownership.owner == "bot" else no_reply(step.turn, ROUTE)

    async def checked(self, turn: Turn, event: EventContent) -> TurnResult:
        """Ask bank and partner again; after the last attempt call a person."""
        name, attempt = str(event.data["ticket"]), int(event.data["attempt"]) + 1
        step, again = await self._enrolments.check(turn, name)
        if not again:
            return _told(step)
        pause = next_pause(attempt)
        if pause is None:
            log.error(names.ENROLMENT_UNRESOLVED, ticket=name, conversation=turn.conversation)
            return self._handoff.unresolved(
                step.turn, "verification state unknown", "enrolment.unresolved"
            )
        later = check_timer(turn, name, attempt, pause, event=ENROLMENT_CHECK)
        return replace(no_reply(step.turn, ROUTE), later=(later,))


def _told(step: Step) -> TurnResult:
    """Return the result of a step; silence when there is nothing to say."""
    if not step.say:
        return no_reply(step.turn, ROUTE)
    return reply_with(step.turn, ROUTE, *step.say, author="code")
