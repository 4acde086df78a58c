"""What a turn owes to the clock: the timers it sets or cancels, and until when its words hold.

Timers come back as events of the same conversation. Their ids follow from what they are about, so
a repeated turn sets the same ones again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from lola.conversation.result import TurnResult
from lola.delivery.model import Ownership, Timer
from lola.domain.messages import EventContent, Inbound, JsonObject, MessageId
from lola.domain.session import Session
from lola.domain.transfer import Ticket
from lola.domain.turn import Turn
from lola.money.events import EXPIRED, NUDGE
from lola.money.tickets import USABLE

HANDOFF_LATE = "timer.handoff.late"
NUDGE_BEFORE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """What the commit takes. `valid_until` is for every message of this turn."""

    timers: tuple[Timer, ...] = ()
    cancelled: tuple[MessageId, ...] = ()
    valid_until: datetime | None = None


def deadlines(
    before: Session, outcome: TurnResult, ownership: Ownership, patience: timedelta
) -> Deadlines:
    """Compare the session before and after a turn. `patience` is for waiting for a person."""
    turn = outcome.turn
    timers: list[Timer] = []
    cancelled: list[MessageId] = []
    for ticket in turn.session.tickets:
        known = before.ticket(ticket.id)
        if known is not None and known.status == ticket.status:
            continue
        if ticket.status == "link_sent":
            timers += _of_link(turn, ticket)
        else:
            cancelled.append(_id(NUDGE, ticket.id))
        if ticket.status not in USABLE:
            cancelled.append(_id(EXPIRED, ticket.id))
    if outcome.escalate is not None:
        if ownership.owner == "waiting":
            cancelled.append(_handoff_id(turn, ownership.epoch))
        if outcome.escalate.owner == "waiting":
            timers.append(_of_wait(turn, ownership.epoch + 1, patience))
    return Deadlines(
        timers=(*timers, *outcome.later),
        cancelled=tuple(cancelled),
        valid_until=outcome.valid_until or _promised_until(before, turn.session),
    )


def _of_link(turn: Turn, ticket: Ticket) -> list[Timer]:
    data: JsonObject = {"ticket": ticket.id}
    timers = [timer(turn, _id(EXPIRED, ticket.id), EXPIRED, ticket.expires_at, data)]
    if ticket.expires_at - turn.now >= 2 * NUDGE_BEFORE:
        at = ticket.expires_at - NUDGE_BEFORE
        timers.append(timer(turn, _id(NUDGE, ticket.id), NUDGE, at, data))
    return timers


def _of_wait(turn: Turn, epoch: int, patience: timedelta) -> Timer:
    name = _handoff_id(turn, epoch)
    return timer(turn, name, HANDOFF_LATE, turn.now + patience, {"epoch": epoch})


def timer(turn: Turn, name: MessageId, event: str, at: datetime, data: JsonObject) -> Timer:
    """Answer an event of this conversation for later; the same name again replaces it."""
    content = EventContent(name=event, data=data)
    return Timer(at=at, event=Inbound(id=name, address=turn.address, content=content, sent_at=at))


def _id(event: str, subject: str) -> MessageId:
    return MessageId(f"{event}:{subject}")


def _handoff_id(turn: Turn, epoch: int) -> MessageId:
    # Names are unique within an account, so the conversation is part of it.
    return _id(HANDOFF_LATE, f"{turn.conversation}:{epoch}")


def _promised_until(before: Session, after: Session) -> datetime | None:
    """A summary holds as long as its quote, a link as long as it can be opened."""
    draft = after.draft
    if draft is not None and (before.draft is None or before.draft.id != draft.id):
        return draft.quote.expires_at
    for ticket in after.tickets:
        if ticket.status == "link_sent" and before.ticket(ticket.id) is None:
            return ticket.expires_at
    return None
