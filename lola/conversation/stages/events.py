"""Events: tells the sender what happened outside the chat, in texts written by code.

Partner webhooks, reports of the secure page, staff actions, timers and the outbox's reports come
here; no model takes part.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Self

import structlog

from lola.channel.templates import PERSON_ANSWERED
from lola.conversation.deadlines import check_timer, timer
from lola.conversation.deferred import reply_from, with_deferred
from lola.conversation.handoff import Handoff
from lola.conversation.pipeline import BuiltIn, Kind
from lola.conversation.repeats import repeat
from lola.conversation.result import TurnResult, no_reply, reply_with
from lola.conversation.stages.colleague_events import ColleagueEvents
from lola.conversation.stages.enrolment_events import EnrolmentEvents
from lola.conversation.stages.parts import EngineParts
from lola.domain import events
from lola.domain.messages import EventContent, MessageId, Notice, TextMessage
from lola.domain.session import Session, StaffNote
from lola.domain.turn import Turn
from lola.money.asking.service import MoneyRequests
from lola.money.callbacks import Handlers
from lola.money.data_requests import DataRequests
from lola.money.doubts import next_pause
from lola.money.enrolment.service import EnrolmentService
from lola.money.events import PARTNER_EVENTS
from lola.money.money_requests import RaasRequests
from lola.money.service import MoneyService
from lola.money.ticket_reports import Said, Step
from lola.partners.m2m.model import Amount
from lola.telemetry import names
from lola.text.wording import Wording

ROUTE = "event"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""When the sender last wrote, if a provider says that it was too long ago."""

log = structlog.get_logger(__name__)


class EventsStage(BuiltIn):
    """Ends every event with the reply that belongs to it."""

    name = "Events"
    summary = "partner, secure page, staff, timers and the outbox, told by code; ends the turn"
    sees: ClassVar[frozenset[Kind]] = frozenset({"events"})
    protects = "reports about money and staff messages reach the sender without a model"

    def __init__(
        self,
        wording: Wording,
        handoff: Handoff,
        money: MoneyService,
        handlers: Handlers,
        data_requests: DataRequests,
        enrolments: EnrolmentService,
        colleagues: ColleagueEvents,
        raas_requests: RaasRequests,
        money_requests: MoneyRequests | None = None,
        *,
        folds_courtesy: bool = True,
    ) -> None:
        self._wording = wording
        self._folds_courtesy = folds_courtesy
        self._handoff = handoff
        self._money = money
        self._handlers = handlers
        self._data_requests = data_requests
        self._raas_requests = raas_requests
        self._enrolments = EnrolmentEvents(enrolments, handoff)
        self._money_requests = money_requests
        self._by_name: dict[str, Callable[[Turn, EventContent], Awaitable[TurnResult]]] = {
            events.CONSOLE_REPLY: self._staff_reply,
            events.CONSOLE_HANDBACK: self._handed_back,
            events.CONSOLE_RESOLVE: self._handed_back,
            events.COLLEAGUE_WROTE: colleagues.wrote,
            events.COLLEAGUE_QUIET: colleagues.quiet,
            events.HANDOFF_LATE: self._handoff_late,
            events.DELIVERY_LOST: self._lost,
            events.DELIVERY_REFUSED: self._refused,
            events.DELIVERY_REPEAT: self._repeat,
            events.DELIVERY_DEFERRED: self._deferred,
            events.SENDER_CHANGED: self._sender_changed,
            events.DATA_REQUEST: self._data_request,
            events.REQUEST_CHANGED: self._request_changed,
            events.TICKET_NUDGE: self._ticket_time,
            events.TICKET_EXPIRED: self._ticket_time,
            events.TICKET_CHECK: self._ticket_check,
            events.VERIFICATION_ASKED: self._enrolments.requested,
            events.ENROLMENT_EXPIRED: self._enrolments.ended,
            events.ENROLMENT_CHECK: self._enrolments.checked,
            events.REQUEST_UPDATED: self._money_request,
            events.REQUEST_OVER: self._money_request,
        }

    @classmethod
    def from_parts(cls, parts: EngineParts) -> Self:
        """Build the stage."""
        services = parts.services
        return cls(
            services.wording,
            parts.handoff,
            services.money,
            parts.handlers,
            parts.data_requests,
            services.enrolments,
            ColleagueEvents(timedelta(minutes=services.settings.colleague_minutes)),
            RaasRequests(services.store, services.records, services.wording),
            services.money_requests,
            folds_courtesy=services.settings.fold_courtesy,
        )

    async def incoming(self, turn: Turn) -> TurnResult:
        """End the turn. Staff events were checked before they were stored."""
        event = turn.last.content
        if not isinstance(event, EventContent):
            return no_reply(turn, ROUTE)
        if event.data.get("by") == events.RECONCILER:
            turn = _audited(turn, event)
        return await self._by_name.get(event.name, self._partner_event)(turn, event)

    async def _partner_event(self, turn: Turn, event: EventContent) -> TurnResult:
        name = str(event.data.get("ticket", ""))
        if turn.session.enrolment(name) is not None:
            result = await self._enrolments.reported(turn, event, self._handlers)
        else:
            result = _told(await self._reported(turn, event))
        if event.name != events.LINK_OPENED or not self._folds_courtesy:
            return result
        # That the page was opened is no news to the sender; what they do there is told.
        session = result.turn.session
        link = session.ticket(name) or session.enrolment(name)
        is_open = link is not None and link.status == "opened"
        return no_reply(result.turn, ROUTE) if is_open else result

    async def _reported(self, turn: Turn, event: EventContent) -> Step:
        """Move the ticket as the partner's webhook or the secure page's callback says."""
        ticket = str(event.data.get("ticket", ""))
        if event.name in PARTNER_EVENTS or event.name == events.OPERATION_OTHER:
            return await self._money.hear(turn, _from_partner(ticket, event))
        if event.name.startswith(events.CALLBACK_PREFIX):
            name = event.name.removeprefix(events.CALLBACK_PREFIX)
            report = await self._handlers.read(name, ticket, event.data["body"])
            said = Said(ticket=ticket, event=report.event, operation_id=report.operation_id)
            return await self._money.hear(turn, said)
        return Step(turn, ())

    async def _money_request(self, turn: Turn, event: EventContent) -> TurnResult:
        """Tell what became of a request for money; nothing where the partner is off by now."""
        if self._money_requests is None:
            return no_reply(turn, ROUTE)
        reference, status = event.data["reference"], event.data.get("status", "")
        return _told(await self._money_requests.hear(turn, str(reference), str(status)))

    async def _handed_back(self, turn: Turn, event: EventContent) -> TurnResult:
        """Speak again, without what was said before; what staff agreed is kept as their note."""
        words = str(event.data.get("note", ""))
        note = StaffNote(text=words, at=turn.now) if words else None
        turn = turn.evolve(session=turn.session.evolve(staff_note=note))
        text = TextMessage(content=self._wording("people.handed_back", turn.language))
        return replace(reply_with(turn, ROUTE, text, author="code"), boundary=True)

    async def _lost(self, turn: Turn, event: EventContent) -> TurnResult:
        return self._handoff.unsure(turn, str(event.data["reason"]))

    async def _refused(self, turn: Turn, event: EventContent) -> TurnResult:
        """Send the reply again behind a template, once; anything else is for a person.

        News that no template brought is told when the sender writes.
        """
        data = event.data.get("reply")
        if data is None or turn.session.heard_at == LONG_AGO:
            if waiting := data or event.data.get("waiting"):
                turn = turn.evolve(session=with_deferred(turn.session, waiting))
            return self._handoff.unreachable(turn, str(event.data["reason"]))
        reply = reply_from(data)
        # Whatever our clock says of the reply window, the provider says that it is closed.
        session = turn.session.evolve(heard_at=LONG_AGO)
        return TurnResult(
            turn=turn.evolve(session=session),
            route=ROUTE,
            messages=(reply.message,),
            author=reply.author,
            money=reply.money,
            valid_until=reply.valid_until,
        )

    async def _repeat(self, turn: Turn, event: EventContent) -> TurnResult:
        return repeat(turn, event, self._handoff, ROUTE)

    async def _deferred(self, turn: Turn, event: EventContent) -> TurnResult:
        session = with_deferred(turn.session, event.data["reply"])
        return no_reply(turn.evolve(session=session), ROUTE)

    async def _sender_changed(self, turn: Turn, _: EventContent) -> TurnResult:
        """Forget what belongs to a person who may be another one now, a proved number too.

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
            enrolments=known.enrolments,
            heard_at=known.heard_at,
        )
        return replace(no_reply(turn.evolve(session=session), ROUTE), boundary=True)

    async def _data_request(self, turn: Turn, event: EventContent) -> TurnResult:
        """Tell the partner what may be told; the sender hears nothing of it."""
        done = await self._data_requests.handle(turn, event)
        result = no_reply(done.turn, ROUTE)
        if done.again_at is None:
            return result
        attempt = int(event.data.get("attempt", 0)) + 1
        name = MessageId(f"{event.name}:{event.data['request']}:{attempt}")
        data = event.data | {"attempt": attempt}
        return replace(result, later=(timer(turn, name, event.name, done.again_at, data),))

    async def _request_changed(self, turn: Turn, event: EventContent) -> TurnResult:
        """Tell the sender what became of a request for money, also beside staff."""
        told = await self._raas_requests.hear(turn, str(event.data["request"]))
        return _told(Step(turn, (told,) if told else ()))

    async def _handoff_late(self, turn: Turn, event: EventContent) -> TurnResult:
        result = self._handoff.late(turn, int(event.data["epoch"]))
        if result.messages:
            log.error(names.HANDOFF_LATE, conversation=turn.conversation)
        return result

    async def _ticket_time(self, turn: Turn, event: EventContent) -> TurnResult:
        """Move the ticket on; the bot keeps quiet while a person has the conversation."""
        is_nudge = event.name == events.TICKET_NUDGE
        name = str(event.data["ticket"])
        step = await (self._money.remind if is_nudge else self._money.close)(turn, name)
        if _is_booked(step.turn, name):
            return _told(step)
        if not step.say or turn.ownership.owner != "bot":
            return no_reply(step.turn, ROUTE)
        ticket = turn.session.ticket(name)
        return replace(
            reply_with(step.turn, ROUTE, *step.say),
            money=is_nudge,
            valid_until=ticket.expires_at if is_nudge and ticket else None,
        )

    async def _ticket_check(self, turn: Turn, event: EventContent) -> TurnResult:
        """Ask the partner again about a transfer; after the last attempt call a person."""
        name, attempt = str(event.data["ticket"]), int(event.data["attempt"]) + 1
        step, again = await self._money.check(turn, name)
        if not again:
            is_told = _is_booked(step.turn, name) or turn.ownership.owner == "bot"
            return _told(step) if is_told else no_reply(step.turn, ROUTE)
        if event.data.get("once"):
            return no_reply(step.turn, ROUTE)
        pause = next_pause(attempt)
        if pause is None:
            log.error(names.TICKET_UNRESOLVED, ticket=name, conversation=turn.conversation)
            return self._handoff.unresolved(step.turn, "transfer state unknown")
        later = check_timer(turn, name, attempt, pause)
        return replace(no_reply(step.turn, ROUTE), later=(later,))

    async def _staff_reply(self, turn: Turn, event: EventContent) -> TurnResult:
        """Pass on what staff wrote, also when they have handed back in the meantime."""
        notice = Notice(template=PERSON_ANSWERED, is_whole=False)
        text = TextMessage(content=str(event.data["text"]), notice=notice)
        result = reply_with(turn, "human", text, author="staff")
        findings = tuple(map(str, event.data.get("removed", ())))
        return replace(result, staff=str(event.data["staff"]), findings=findings)


def _audited(turn: Turn, event: EventContent) -> Turn:
    """Return the turn with an audit record of what the reconciler found."""
    record = {
        "event": "reconciled",
        "ticket": str(event.data["ticket"]),
        "operation": str(event.data.get("operation_id", "")),
        "found": str(event.data.get("found", "")),
    }
    return turn.evolve(audit=(*turn.audit, record))


def _told(step: Step) -> TurnResult:
    """Return the result of a step about money; silence when there is nothing to say."""
    if not step.say:
        return no_reply(step.turn, ROUTE)
    return replace(reply_with(step.turn, ROUTE, *step.say, author="code"), money=True)


def _is_booked(turn: Turn, ticket_id: str) -> bool:
    """Return whether the partner has an operation: the sender is told, also beside staff."""
    ticket = turn.session.ticket(ticket_id)
    return ticket is not None and bool(ticket.operation_id)


def _from_partner(ticket: str, event: EventContent) -> Said:
    """Read a signed event. Events that an older version stored have no amount."""
    amount = event.data.get("amount")
    return Said(
        ticket=ticket,
        event=PARTNER_EVENTS.get(event.name),
        operation_id=str(event.data.get("operation_id", "")),
        status=str(event.data.get("status", "")),
        amount=Amount.model_validate(amount) if amount else None,
        is_signed=True,
        is_named=bool(event.data.get("is_named", True)),
        is_late=bool(event.data.get("late")),
    )
