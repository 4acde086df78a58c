"""Replies held back because the 24-hour window was closed; sent when the sender next writes.

An approved template asked them to; what it took the place of is said before anything else, unless
its time is over.
"""

from datetime import datetime

from pydantic import TypeAdapter

from lola.delivery.model import OutboxRow, Reply
from lola.domain.messages import JsonObject
from lola.domain.session import Session

MOST_OWED = 5

_REPLY: TypeAdapter[Reply] = TypeAdapter(Reply)


def reply_of(row: OutboxRow) -> JsonObject:
    """Answer what a row says, as plain JSON."""
    reply = Reply(
        message=row.message, author=row.author, money=row.money, valid_until=row.valid_until
    )
    return _REPLY.dump_python(reply, mode="json")  # type: ignore[no-any-return]


def reply_from(data: JsonObject) -> Reply:
    """Rebuild a reply; raises pydantic's ValidationError when `data` is not one."""
    return _REPLY.validate_python(data)


def with_owed(session: Session, data: JsonObject) -> Session:
    """Answer the session that owes one reply more; the newest few are kept."""
    return session.evolve(owed=(*session.owed, data)[-MOST_OWED:])


def owed_replies(session: Session, now: datetime) -> tuple[Reply, ...]:
    """Answer what is owed and still true."""
    replies = map(reply_from, session.owed)
    return tuple(one for one in replies if one.valid_until is None or now < one.valid_until)
