"""What happened outside the chat, told in the chat: partner webhooks, staff actions and timers."""

from dataclasses import replace

import structlog

from lola.conversation.deadlines import HANDOFF_LATE
from lola.conversation.outcome import Outcome, said, silence
from lola.conversation.people import People
from lola.delivery.model import OutboxRow, Ownership
from lola.escalation.desk import HANDBACK_EVENT, REPLY_EVENT
from lola.messages import EventContent, Inbound, MessageId, TextMessage
from lola.money import callbacks
from lola.money.callbacks import Handlers
from lola.money.events import EXPIRED, NUDGE, PARTNER_EVENTS
from lola.money.service import MoneyService, Step
from lola.telemetry import names
from lola.turn import Turn
from lola.wording import Wording

LOST_EVENT = "delivery.lost"
REFUSED_EVENT = "delivery.refused"

log = structlog.get_logger(__name__)


def lost_event(row: OutboxRow, reason: str) -> Inbound:
    """Answer the event that calls a person about a row of which nobody knows whether it arrived."""
    return _about(LOST_EVENT, row, reason)


def refused_event(row: OutboxRow, reason: str) -> Inbound:
    """Answer the event that calls a person about a row that will never be taken."""
    return _about(REFUSED_EVENT, row, reason)


def _about(name: str, row: OutboxRow, reason: str) -> Inbound:
    """Asked twice, it is the same event."""
    return Inbound(
        id=MessageId(f"{name}:{row.id}"),
        address=row.address,
        content=EventContent(name=name, data={"row": row.id, "reason": reason}),
    )


class Events:
    """Answers events with words written by code; no model takes part."""

    def __init__(
        self, wording: Wording, people: People, money: MoneyService, handlers: Handlers
    ) -> None:
        self._wording = wording
        self._people = people
        self._money = money
        self._handlers = handlers

    async def handle(self, turn: Turn, ownership: Ownership) -> Outcome:
        """Answer one event. Staff events were checked by the desk before they were stored."""
        event = turn.last.content
        if not isinstance(event, EventContent):
            return silence(turn, "event")
        if event.name == REPLY_EVENT:
            return self._staff_reply(turn, event)
        if event.name == HANDBACK_EVENT:
            words = TextMessage(content=self._wording("people.handed_back", turn.language))
            return replace(said(turn, "event", words, author="code"), boundary=True)
        if event.name == HANDOFF_LATE:
            return self._nobody_came(turn, ownership, event)
        if event.name == LOST_EVENT:
            return self._people.unsure(turn, ownership, str(event.data["reason"]))
        if event.name == REFUSED_EVENT:
            return self._people.unreachable(turn, ownership, str(event.data["reason"]))
        if event.name in {NUDGE, EXPIRED}:
            return await self._ticket_time(turn, ownership, event)
        step = await self._reported(turn, event)
        if not step.say:
            return silence(step.turn, "event")
        return replace(said(step.turn, "event", *step.say, author="code"), money=True)

    async def _reported(self, turn: Turn, event: EventContent) -> Step:
        """Move the ticket as the partner's webhook or the secure page's callback says."""
        ticket = str(event.data.get("ticket", ""))
        if event.name in PARTNER_EVENTS:
            operation = str(event.data.get("operation_id", ""))
            return await self._money.report(turn, ticket, PARTNER_EVENTS[event.name], operation)
        if event.name.startswith(callbacks.EVENT):
            name = event.name.removeprefix(callbacks.EVENT)
            report = await self._handlers.read(name, ticket, event.data["body"])
            return await self._money.report(turn, ticket, report.event, report.operation_id)
        return Step(turn, ())

    def _nobody_came(self, turn: Turn, ownership: Ownership, event: EventContent) -> Outcome:
        outcome = self._people.late(turn, ownership, int(event.data["epoch"]))
        if outcome.messages:
            log.error(names.HANDOFF_LATE, conversation=turn.conversation)
        return outcome

    async def _ticket_time(self, turn: Turn, ownership: Ownership, event: EventContent) -> Outcome:
        """Move the ticket on; the bot keeps quiet while a person has the conversation."""
        is_link = event.name == NUDGE
        name = str(event.data["ticket"])
        step = (
            self._money.remind(turn, name)
            if is_link
            else await self._money.report(turn, name, "expired")
        )
        if not step.say or ownership.owner != "bot":
            return silence(step.turn, "event")
        ticket = turn.session.ticket(name)
        return replace(
            said(step.turn, "event", *step.say),
            money=is_link,
            valid_until=ticket.expires_at if is_link and ticket else None,
        )

    def _staff_reply(self, turn: Turn, event: EventContent) -> Outcome:
        """Pass a colleague's words on, also when they have handed back in the meantime."""
        words = TextMessage(content=str(event.data["text"]))
        outcome = said(turn, "human", words, author="staff")
        return replace(outcome, staff=str(event.data["staff"]))
