"""Events by which the outbox tells a conversation what became of one of its rows.

Built twice for the same row, an event has the same id, and the inbox takes it once.
"""

from typing import Any

from lola.conversation.deferred import reply_of
from lola.delivery.model import OutboxRow
from lola.domain.events import (
    DELIVERY_DEFERRED,
    DELIVERY_LOST,
    DELIVERY_REFUSED,
    DELIVERY_REPEAT,
)
from lola.domain.messages import EventContent, Inbound, MessageId


def lost_event(row: OutboxRow, reason: str) -> Inbound:
    """Build the event that calls a person about a row that was sent with an unknown outcome."""
    return _about(DELIVERY_LOST, row, reason)


def refused_event(
    row: OutboxRow, reason: str, *, again: bool = False, waits: bool = False
) -> Inbound:
    """Build the event that calls a person about a row that will not arrive.

    With `again` it may be sent once more: it was accepted first, and then found the reply window
    closed. With `waits` its news is told when the sender writes.
    """
    more = {"reply": reply_of(row)} if again else {"waiting": reply_of(row)} if waits else {}
    return _about(DELIVERY_REFUSED, row, reason, **more)


def repeat_event(row: OutboxRow, reason: str, *, seconds: float) -> Inbound:
    """Build the event that sends a row once more, in so many seconds."""
    return _about(DELIVERY_REPEAT, row, reason, reply=reply_of(row), seconds=seconds)


def deferred_event(row: OutboxRow) -> Inbound:
    """Build the event that keeps what a row says until its sender writes again."""
    return _about(DELIVERY_DEFERRED, row, "window closed", reply=reply_of(row))


def _about(name: str, row: OutboxRow, reason: str, **more: Any) -> Inbound:
    return Inbound(
        id=MessageId(f"{name}:{row.id}"),
        address=row.address,
        content=EventContent(name=name, data={"row": row.id, "reason": reason, **more}),
    )
