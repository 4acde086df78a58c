"""What tickets become when something is reported about them, checked with the partner.

A signed event is the partner's word; what the secure page reports and what our own clock says is
not, and is checked with the partner first. While the partner cannot be asked, the sender is told
that it is not known yet, and nothing is offered; timers ask again (`lola.money.doubts`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import structlog

from lola.domain.messages import JsonObject, Outbound, TextMessage
from lola.domain.transfer import Booked, Ticket
from lola.domain.turn import Turn
from lola.money.events import STATUS_EVENTS, amount_message, messages_for, reminder
from lola.money.links import WidgetLinks
from lola.money.partner_records import PartnerView, booked_amounts
from lola.money.tickets import (
    USABLE,
    Move,
    TicketEvent,
    difference_share,
    events_to,
    is_repetition,
    move,
)
from lola.partners.m2m import OperationStatus
from lola.partners.m2m.model import Amount, Operation
from lola.state.kept_events import KeptEvents
from lola.telemetry import names
from lola.text.wording import Wording

FINAL = frozenset({OperationStatus.COMPLETED, OperationStatus.FAILED, OperationStatus.CANCELLED})
MONEY_MOVES: frozenset[TicketEvent] = frozenset(
    {"approved", "processing", "on_hold", "in_review", "completed"}
)
ENDS: frozenset[TicketEvent] = frozenset({"cancelled", "operation_failed"})
PAGE_CLAIMS: frozenset[TicketEvent] = frozenset({"approved", "payment_failed", "identity_failed"})
"""What the page reports that is a statement about money."""
FAILURES: tuple[TicketEvent, ...] = ("payment_failed", "identity_failed")

log = structlog.get_logger(__name__)


class Step(NamedTuple):
    """The turn after a step, and the messages that code sends about it."""

    turn: Turn
    say: tuple[Outbound, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A report from outside about a ticket.

    `event` is empty for a partner's event of an unknown kind. `is_signed`: the partner itself says
    it. `is_named`: the report names the link or the ticket, and not only the sender. `is_late`: it
    may be hours old, so the partner's present state counts.
    """

    ticket: str
    event: TicketEvent | None
    operation_id: str = ""
    status: str = ""
    amount: Amount | None = None
    is_signed: bool = False
    is_named: bool = True
    is_late: bool = False


class TicketReports:
    """Moves tickets by reports, and by what the partner has. Keeps no state of its own.

    A booked amount that differs from the confirmed one by more than `alarm_share` is logged.
    """

    def __init__(
        self,
        *,
        links: WidgetLinks,
        wording: Wording,
        kept: KeptEvents | None,
        alarm_share: float,
    ) -> None:
        self._links = links
        self._wording = wording
        self._kept = kept
        self._alarm_share = alarm_share

    async def hear(self, turn: Turn, said: Said) -> Step:
        """Apply a report, and tell the sender what the partner has.

        A report about a ticket that this conversation does not have is kept for operators.
        """
        ticket, link_id = await self._ticket_of(turn, said)
        if ticket is None:
            await self._keep(said, "ticket not in the conversation", link_id)
            return Step(turn, ())
        if said.is_signed:
            return await self._hear_partner(turn, ticket, said)
        if said.event in PAGE_CLAIMS:
            return await self._hear_page(turn, ticket, said)
        return (
            await self.apply(turn, ticket, said.event, said.operation_id)
            if said.event
            else (Step(turn, ()))
        )

    async def settle(
        self, turn: Turn, ticket: Ticket, doubt: TicketEvent, view: PartnerView
    ) -> Step:
        """Apply what the partner has; without an operation, `doubt`, which it could not deny."""
        if view.operation is not None:
            return await self.learn(turn, ticket, view.operation)
        if view.is_known:
            return await self.apply(turn, ticket, doubt)
        return await self.doubt(turn, ticket, doubt)

    async def doubt(self, turn: Turn, ticket: Ticket, doubt: TicketEvent) -> Step:
        """Say that it is not known yet, and remember what has to be checked."""
        event: TicketEvent = "approval_unsure" if doubt == "approved" else "unsure"
        if ticket.status == "unsure":
            return Step(turn, ())
        log.warning(names.TICKET_UNSURE, ticket=ticket.id, event_name=doubt)
        return await self.apply(turn, replace(ticket, doubt=doubt), event)

    async def learn(self, turn: Turn, ticket: Ticket, operation: Operation) -> Step:
        """Bring a ticket to the state of the partner's operation, and tell the sender."""
        booked = booked_amounts(operation.amount, ticket)
        status = str(operation.status)
        return await self._reach(turn, ticket, operation.operation_id, status, booked)

    async def apply(
        self,
        turn: Turn,
        ticket: Ticket,
        event: TicketEvent,
        operation_id: str = "",
        booked: Booked | None = None,
    ) -> Step:
        """Apply one event by the table. One that is impossible or repeated changes nothing."""
        step = move(ticket, event, operation_id, booked)
        if step is None:
            if not is_repetition(ticket, event):
                log.warning(
                    names.TICKET_REFUSED, ticket=ticket.id, status=ticket.status, event_name=event
                )
            return Step(turn, ())
        if step.after.status not in USABLE:
            await self._links.withdraw(step.after)
        self._alarm(step)
        return Step(with_step(turn, step), messages_for(turn, step, self._wording))

    async def check(self, turn: Turn, ticket: Ticket | None) -> tuple[Step, bool]:
        """Ask again about a ticket whose state is not known; also return whether to ask once more.

        When the page reported an approval that the partner does not have, the link's end decides.
        """
        if ticket is None or ticket.status != "unsure":
            return Step(turn, ()), False
        view = await self._links.look(ticket)
        if view.operation is not None:
            return await self.learn(turn, ticket, view.operation), False
        is_open = ticket.doubt == "approved" and turn.now < ticket.expires_at
        if not view.is_known or is_open:
            return Step(turn, ()), True
        doubt: TicketEvent = next((event for event in FAILURES if event == ticket.doubt), "expired")
        return await self.apply(turn, ticket, doubt), False

    async def remind(self, turn: Turn, ticket: Ticket | None) -> Step:
        """Remind the sender of a link that was not opened; silence when that is not certain."""
        if not reminder(turn, ticket, self._wording) or ticket is None:
            return Step(turn, ())
        view = await self._links.look(ticket)
        if view.operation is not None:
            return await self.learn(turn, ticket, view.operation)
        is_unopened = view.link is None or view.link.opened_at is None
        say = reminder(turn, ticket, self._wording) if view.is_known and is_unopened else ()
        return Step(turn, say)

    async def _hear_partner(self, turn: Turn, ticket: Ticket, said: Said) -> Step:
        status = said.status if said.status in STATUS_EVENTS else ""
        if said.status and not status and said.event != "opened":
            await self._keep(said, "unknown status")
            log.warning(names.PARTNER_STATUS_UNKNOWN, ticket=ticket.id, partner="m2m")
        event = said.event
        booked = booked_amounts(said.amount, ticket)
        if said.is_late:
            view = await self._links.look(ticket, said.operation_id)
            if view.operation is not None:
                return await self.learn(turn, ticket, view.operation)
        if event is None:
            view = await self._links.look(ticket, said.operation_id)
            operation = view.operation
            return await self.learn(turn, ticket, operation) if operation else Step(turn, ())
        if event in ENDS or (event in MONEY_MOVES and booked is None):
            view = await self._links.look(ticket, said.operation_id)
            if operation := _same(view, said):
                booked = booked or booked_amounts(operation.amount, ticket)
                # The event is newer than a state that can still change.
                status = str(operation.status) if operation.status in FINAL else status
        if event not in MONEY_MOVES | ENDS:
            return await self.apply(turn, ticket, event, said.operation_id)
        reached = status or _status_of(event)
        return await self._reach(turn, ticket, said.operation_id, reached, booked)

    async def _hear_page(self, turn: Turn, ticket: Ticket, said: Said) -> Step:
        if said.event is None:
            return Step(turn, ())
        view = await self._links.look(ticket, said.operation_id)
        if view.operation is None and view.is_known and said.event == "approved":
            log.warning(names.CALLBACK_UNCONFIRMED, ticket=ticket.id)
            return await self.doubt(turn, ticket, said.event)
        return await self.settle(turn, ticket, said.event, view)

    async def _reach(
        self, turn: Turn, ticket: Ticket, operation_id: str, status: str, booked: Booked | None
    ) -> Step:
        event = STATUS_EVENTS.get(status)
        if event is None:
            said = Said(ticket=ticket.id, event=None, operation_id=operation_id, status=status)
            await self._keep(said, "unknown status")
            log.warning(names.PARTNER_STATUS_UNKNOWN, ticket=ticket.id, partner="m2m")
            event = "in_review"
        say: tuple[Outbound, ...] = ()
        for one in events_to(ticket, event):
            step = await self.apply(turn, ticket, one, operation_id, booked)
            turn, say = step.turn, (*say, *step.say)
            ticket = turn.session.ticket(ticket.id) or ticket
        return self._with_amounts(Step(turn, say), ticket.id, operation_id, booked)

    def _with_amounts(
        self, step: Step, ticket_id: str, operation_id: str, booked: Booked | None
    ) -> Step:
        """Record amounts that came after the report of their operation; tell a difference."""
        turn, say = step
        ticket = turn.session.ticket(ticket_id)
        if ticket is None or booked is None or ticket.booked is not None:
            return step
        if operation_id and ticket.operation_id != operation_id:
            return step
        noted = Move(event="approved", before=ticket, after=replace(ticket, booked=booked), says="")
        self._alarm(noted)
        turn = with_step(turn, noted)
        told = amount_message(turn, noted.after, self._wording)
        return Step(turn, (*say, TextMessage(content=told)) if told else say)

    def _alarm(self, step: Move) -> None:
        share = difference_share(step.after) if step.difference() else 0
        if share > self._alarm_share:
            log.warning(
                names.TICKET_AMOUNT_DIFFERS, ticket=step.after.id, share=round(float(share), 4)
            )

    async def _ticket_of(self, turn: Turn, said: Said) -> tuple[Ticket | None, str]:
        """Return the ticket that a report is about, by its operation where it names no link.

        The partner's link is returned too, when it belongs to no ticket of this conversation.
        """
        named = turn.session.ticket(said.ticket)
        if not (said.is_signed and said.operation_id) or said.is_named:
            return named, ""
        for ticket in turn.session.tickets:
            if ticket.operation_id == said.operation_id:
                return ticket, ""
        link_id = await self._links.link_of(said.operation_id)
        if not link_id:
            return named, ""
        own = next((one for one in turn.session.tickets if one.link_id == link_id), None)
        return own, "" if own else link_id

    async def _keep(self, said: Said, reason: str, link_id: str = "") -> None:
        """Keep a report for operators: ids and the status only. With a link it is tried again."""
        if self._kept is None:
            return
        name = f"report-{said.ticket}-{said.operation_id}-{said.event}-{said.status}"
        body: JsonObject = {
            "event": PARTNER_NAMES.get(said.event or "", "operation.other"),
            "ids": {"operationId": said.operation_id, "status": said.status}
            | ({"linkId": link_id} if link_id else {}),
            "ticket": "" if link_id else said.ticket,
            "fields": [],
        }
        if await self._kept.keep(name, reason, body, retry=bool(link_id)):
            log.warning(names.PARTNER_EVENT_KEPT, partner="m2m", ticket=said.ticket, reason=reason)


PARTNER_NAMES: Mapping[str, str] = {
    "approved": "operation.created",
    "cancelled": "operation.cancelled",
    "completed": "operation.completed",
    "operation_failed": "operation.failed",
    "on_hold": "operation.on_hold",
    "processing": "operation.processing",
}


def with_step(turn: Turn, step: Move) -> Turn:
    """Return the turn after a step, with its audit record."""
    session = turn.session.with_ticket(step.after)
    return turn.evolve(session=session, audit=(*turn.audit, step.audit()))


def _same(view: PartnerView, said: Said) -> Operation | None:
    """Return the partner's operation if it is the one that the report is about."""
    operation = view.operation
    if operation is None or said.operation_id not in {"", operation.operation_id}:
        return None
    return operation


def _status_of(event: TicketEvent) -> str:
    return next(status for status, other in STATUS_EVENTS.items() if other == event)
