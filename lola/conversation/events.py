"""What happened outside the chat, told in the chat: partner webhooks, staff actions and timers."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from lola.channel.contract import SENDER_CHANGED
from lola.conversation.deadlines import HANDOFF_LATE, timer
from lola.conversation.deferred import reply_from, reply_of, with_deferred
from lola.conversation.handoff import Handoff
from lola.conversation.result import TurnResult, said, silence
from lola.delivery.model import OutboxRow, Ownership
from lola.domain.messages import EventContent, Inbound, JsonObject, MessageId, TextMessage
from lola.domain.session import Session
from lola.domain.turn import Turn
from lola.escalation.staff_actions import HANDBACK_EVENT, REPLY_EVENT
from lola.money import callbacks
from lola.money.callbacks import Handlers
from lola.money.data_requests import DATA_REQUEST, DataRequests
from lola.money.events import EXPIRED, NUDGE, PARTNER_EVENTS
from lola.money.service import MoneyService, Step
from lola.telemetry import names
from lola.text.wording import Wording

LOST_EVENT = "delivery.lost"
REFUSED_EVENT = "delivery.refused"
OWED_EVENT = "delivery.owed"

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""When the sender last wrote, if a provider says that it was too long ago."""

log = structlog.get_logger(__name__)


def lost_event(row: OutboxRow, reason: str) -> Inbound:
    """Answer the event that calls a person about a row of which nobody knows whether it arrived."""
    return _about(LOST_EVENT, row, reason)


def refused_event(row: OutboxRow, reason: str, *, again: bool = False) -> Inbound:
    """Answer the event that calls a person about a row that will not arrive.

    With `again` it may be said once more: it was taken first, and then found the window closed.
    """
    more = {"reply": reply_of(row)} if again else {}
    return _about(REFUSED_EVENT, row, reason, **more)


def owed_event(row: OutboxRow) -> Inbound:
    """Answer the event that keeps what a row says until its sender writes again."""
    return _about(OWED_EVENT, row, "window closed", reply=reply_of(row))


def _about(name: str, row: OutboxRow, reason: str, **more: JsonObject) -> Inbound:
    """Asked twice, it is the same event."""
    return Inbound(
        id=MessageId(f"{name}:{row.id}"),
        address=row.address,
        content=EventContent(name=name, data={"row": row.id, "reason": reason, **more}),
    )


class Events:
    """Answers events with words written by code; no model takes part."""

    def __init__(
        self,
        wording: Wording,
        people: Handoff,
        money: MoneyService,
        handlers: Handlers,
        data_requests: DataRequests,
    ) -> None:
        self._wording = wording
        self._people = people
        self._money = money
        self._handlers = handlers
        self._answers: dict[
            str, Callable[[Turn, Ownership, EventContent], Awaitable[TurnResult]]
        ] = {
            REPLY_EVENT: self._staff_reply,
            HANDBACK_EVENT: self._handed_back,
            HANDOFF_LATE: self._nobody_came,
            LOST_EVENT: self._lost,
            REFUSED_EVENT: self._refused,
            OWED_EVENT: self._owed,
            SENDER_CHANGED: self._sender_changed,
            DATA_REQUEST: self._data_request,
            NUDGE: self._ticket_time,
            EXPIRED: self._ticket_time,
        }
        self._data_requests = data_requests

    async def handle(self, turn: Turn, ownership: Ownership) -> TurnResult:
        """Answer one event. Staff events were checked by the desk before they were stored."""
        event = turn.last.content
        if not isinstance(event, EventContent):
            return silence(turn, "event")
        return await self._answers.get(event.name, self._partner_event)(turn, ownership, event)

    async def _partner_event(self, turn: Turn, _: Ownership, event: EventContent) -> TurnResult:
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

    async def _handed_back(self, turn: Turn, _: Ownership, _event: EventContent) -> TurnResult:
        words = TextMessage(content=self._wording("people.handed_back", turn.language))
        return replace(said(turn, "event", words, author="code"), boundary=True)

    async def _lost(self, turn: Turn, ownership: Ownership, event: EventContent) -> TurnResult:
        return self._people.unsure(turn, ownership, str(event.data["reason"]))

    async def _refused(self, turn: Turn, ownership: Ownership, event: EventContent) -> TurnResult:
        """Say news again after an invitation to write, once; anything else is for a person."""
        data = event.data.get("reply")
        if data is None or turn.session.heard_at == LONG_AGO:
            return self._people.unreachable(turn, ownership, str(event.data["reason"]))
        reply = reply_from(data)
        # Whatever our clock thinks of the window, the provider says that it is closed.
        session = turn.session.evolve(heard_at=LONG_AGO)
        return TurnResult(
            turn=turn.evolve(session=session),
            route="event",
            messages=(reply.message,),
            author=reply.author,
            money=reply.money,
            valid_until=reply.valid_until,
        )

    async def _owed(self, turn: Turn, _: Ownership, event: EventContent) -> TurnResult:
        session = with_deferred(turn.session, event.data["reply"])
        return silence(turn.evolve(session=session), "event")

    async def _sender_changed(self, turn: Turn, _: Ownership, _event: EventContent) -> TurnResult:
        """Forget what belongs to a person who may be somebody else now, a proved number too.

        Links that are out stay known. Identity is read afresh for every turn anyway
        (reference/channels.md 1.4).
        """
        known = turn.session
        session = Session(
            address=turn.last.address,
            started_at=known.started_at,
            language=known.language,
            language_fixed=known.language_fixed,
            tickets=known.tickets,
            heard_at=known.heard_at,
        )
        return replace(silence(turn.evolve(session=session), "event"), boundary=True)

    async def _data_request(self, turn: Turn, _: Ownership, event: EventContent) -> TurnResult:
        """Tell the partner what may be told; the sender hears nothing of it."""
        done = await self._data_requests.handle(turn, event)
        outcome = silence(done.turn, "event")
        if done.again_at is None:
            return outcome
        attempt = int(event.data.get("attempt", 0)) + 1
        name = MessageId(f"{event.name}:{event.data['request']}:{attempt}")
        data = event.data | {"attempt": attempt}
        return replace(outcome, later=(timer(turn, name, event.name, done.again_at, data),))

    async def _nobody_came(
        self, turn: Turn, ownership: Ownership, event: EventContent
    ) -> TurnResult:
        outcome = self._people.late(turn, ownership, int(event.data["epoch"]))
        if outcome.messages:
            log.error(names.HANDOFF_LATE, conversation=turn.conversation)
        return outcome

    async def _ticket_time(
        self, turn: Turn, ownership: Ownership, event: EventContent
    ) -> TurnResult:
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

    async def _staff_reply(self, turn: Turn, _: Ownership, event: EventContent) -> TurnResult:
        """Pass a colleague's words on, also when they have handed back in the meantime."""
        words = TextMessage(content=str(event.data["text"]))
        outcome = said(turn, "human", words, author="staff")
        return replace(outcome, staff=str(event.data["staff"]))
