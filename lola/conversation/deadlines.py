"""The timers that a turn sets or cancels, and until when its messages are valid.

Timers come back as events of the same conversation. Their ids follow from what they are about, so
a repeated turn sets the same ones again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from lola.conversation.result import TurnResult
from lola.delivery.model import Timer
from lola.domain.asked_money import AskedMoney
from lola.domain.enrolment import OPEN
from lola.domain.events import (
    ENROLMENT_CHECK,
    ENROLMENT_EXPIRED,
    HANDOFF_LATE,
    REQUEST_OVER,
    TICKET_CHECK,
    TICKET_EXPIRED,
    TICKET_NUDGE,
)
from lola.domain.messages import EventContent, Inbound, JsonObject, MessageId
from lola.domain.session import Session
from lola.domain.transfer import Ticket
from lola.domain.turn import Turn
from lola.money.doubts import PAUSES
from lola.money.tickets import USABLE

NUDGE_BEFORE = timedelta(minutes=10)
REQUEST_GRACE = timedelta(minutes=1)
"""After the end of a request for money: the partner's clock may be behind ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """What the commit gets of them. `valid_until` is for every message of this turn."""

    timers: tuple[Timer, ...] = ()
    cancelled: tuple[MessageId, ...] = ()
    valid_until: datetime | None = None


def deadlines(before: Session, result: TurnResult, patience: timedelta) -> Deadlines:
    """Compare the session before and after a turn. `patience` is for waiting for a person."""
    turn = result.turn
    ownership = turn.ownership
    timers: list[Timer] = []
    cancelled: list[MessageId] = []
    for ticket in turn.session.tickets:
        known = before.ticket(ticket.id)
        if known is not None and known.status == ticket.status:
            continue
        if ticket.status == "link_sent":
            timers += _of_link(turn, ticket)
        else:
            cancelled.append(_id(TICKET_NUDGE, ticket.id))
        if ticket.status == "unsure":
            timers.append(check_timer(turn, ticket.id, 0, PAUSES[0]))
        if ticket.status not in USABLE:
            cancelled.append(_id(TICKET_EXPIRED, ticket.id))
    _of_enrolments(before, turn, timers, cancelled)
    timers += [
        _of_request(turn, asked)
        for asked in turn.session.asked
        if before.asked_money(asked.reference) is None
    ]
    if result.escalate is not None:
        if ownership.owner == "waiting":
            cancelled.append(_handoff_id(turn, ownership.epoch))
        if result.escalate.owner == "waiting":
            timers.append(_of_wait(turn, ownership.epoch + 1, patience))
    return Deadlines(
        timers=(*timers, *result.later),
        cancelled=tuple(cancelled),
        valid_until=result.valid_until or _promised_until(before, turn.session),
    )


def _of_link(turn: Turn, ticket: Ticket) -> list[Timer]:
    data: JsonObject = {"ticket": ticket.id}
    timers = [timer(turn, _id(TICKET_EXPIRED, ticket.id), TICKET_EXPIRED, ticket.expires_at, data)]
    if ticket.expires_at - turn.now >= 2 * NUDGE_BEFORE:
        at = ticket.expires_at - NUDGE_BEFORE
        timers.append(timer(turn, _id(TICKET_NUDGE, ticket.id), TICKET_NUDGE, at, data))
    return timers


def _of_request(turn: Turn, asked: AskedMoney) -> Timer:
    name = _id(REQUEST_OVER, asked.reference)
    at = max(asked.expires_at, turn.now) + REQUEST_GRACE
    return timer(turn, name, REQUEST_OVER, at, {"reference": asked.reference})


def _of_enrolments(
    before: Session, turn: Turn, timers: list[Timer], cancelled: list[MessageId]
) -> None:
    """Add the timers that the changed enrolments set and cancel."""
    for enrolment in turn.session.enrolments:
        known = before.enrolment(enrolment.id)
        if known is not None and known.status == enrolment.status:
            continue
        name = _id(ENROLMENT_EXPIRED, enrolment.id)
        if enrolment.status == "link_sent":
            data: JsonObject = {"ticket": enrolment.id}
            timers.append(timer(turn, name, ENROLMENT_EXPIRED, enrolment.expires_at, data))
        elif enrolment.status not in OPEN:
            cancelled.append(name)
        if enrolment.status == "in_review":
            timers.append(check_timer(turn, enrolment.id, 0, PAUSES[0], event=ENROLMENT_CHECK))


def check_timer(
    turn: Turn, ticket_id: str, attempt: int, pause: timedelta, *, event: str = TICKET_CHECK
) -> Timer:
    """Build the event that asks again about a ticket whose state is not known."""
    # The inbox takes each name once, and a repeated turn sets the same timer again.
    cause = sha256(turn.last.id.encode()).hexdigest()[:12]
    name = MessageId(f"{event}:{ticket_id}:{attempt}:{cause}")
    data: JsonObject = {"ticket": ticket_id, "attempt": attempt}
    return timer(turn, name, event, turn.now + pause, data)


def _of_wait(turn: Turn, epoch: int, patience: timedelta) -> Timer:
    name = _handoff_id(turn, epoch)
    return timer(turn, name, HANDOFF_LATE, turn.now + patience, {"epoch": epoch})


def timer(turn: Turn, name: MessageId, event: str, at: datetime, data: JsonObject) -> Timer:
    """Build an event of this conversation for later; the same name again replaces it."""
    content = EventContent(name=event, data=data)
    return Timer(at=at, event=Inbound(id=name, address=turn.address, content=content, sent_at=at))


def _id(event: str, subject: str) -> MessageId:
    return MessageId(f"{event}:{subject}")


def _handoff_id(turn: Turn, epoch: int) -> MessageId:
    # Names are unique within an account, so the conversation is part of it.
    return _id(HANDOFF_LATE, f"{turn.conversation}:{epoch}")


def _promised_until(before: Session, after: Session) -> datetime | None:
    """Return when a new summary's quote ends, or a new link can no longer be opened."""
    draft = after.draft
    if draft is not None and (before.draft is None or before.draft.id != draft.id):
        return draft.quote.expires_at
    for ticket in after.tickets:
        if ticket.status == "link_sent" and before.ticket(ticket.id) is None:
            return ticket.expires_at
    for enrolment in after.enrolments:
        if enrolment.status == "link_sent" and before.enrolment(enrolment.id) is None:
            return enrolment.expires_at
    for asked in after.asked:
        if asked.status == "pending" and before.asked_money(asked.reference) is None:
            return asked.expires_at
    return None
