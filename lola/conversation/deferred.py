"""Replies held back because the reply window was closed; sent when the sender next writes.

An approved template asked the sender to write. The replies it stood in for are sent before anything
else, except those past their `valid_until`.
"""

from datetime import datetime

from pydantic import TypeAdapter

from lola.delivery.model import OutboxRow, Reply
from lola.domain.messages import JsonObject
from lola.domain.session import Session

MAX_DEFERRED = 5

_REPLY: TypeAdapter[Reply] = TypeAdapter(Reply)


def reply_of(row: OutboxRow) -> JsonObject:
    """Return the reply of a row as plain JSON."""
    reply = Reply(
        message=row.message, author=row.author, money=row.money, valid_until=row.valid_until
    )
    return _REPLY.dump_python(reply, mode="json")  # type: ignore[no-any-return]


def reply_from(data: JsonObject) -> Reply:
    """Rebuild a reply; raises pydantic's ValidationError when `data` is not one."""
    return _REPLY.validate_python(data)


def with_deferred(session: Session, data: JsonObject) -> Session:
    """Return the session with one deferred reply more, once; the newest few are kept."""
    if data in session.deferred:
        return session
    return session.evolve(deferred=(*session.deferred, data)[-MAX_DEFERRED:])


def deferred_replies(session: Session, now: datetime) -> tuple[Reply, ...]:
    """Return the deferred replies that are still valid."""
    replies = map(reply_from, session.deferred)
    return tuple(one for one in replies if one.valid_until is None or now < one.valid_until)
