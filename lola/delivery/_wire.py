"""How envelopes, rows and owners are spelled in Redis.

A short header that the scripts read stands before the JSON that only this module reads. The form
is private: a change must still read what an older version wrote.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from lola.delivery.model import Author, Effects, Envelope, OutboxRow, Owner, Ownership, Reply
from lola.domain.messages import (
    Address,
    ConversationId,
    Inbound,
    inbound_from_json,
    inbound_to_json,
    outbound_from_json,
    outbound_to_json,
)

_ADDRESS: TypeAdapter[Address] = TypeAdapter(Address)
_OWNER: TypeAdapter[Owner] = TypeAdapter(Owner)
_AUTHOR: TypeAdapter[Author] = TypeAdapter(Author)


class UnreadableError(ValueError):
    """Something stored cannot be read by this version. The text names no content."""


def dumps(value: Any) -> str:
    """Answer compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def milliseconds(moment: datetime | None) -> int:
    """Answer a moment as milliseconds since 1970; 0 for none."""
    return int(moment.timestamp() * 1000) if moment else 0


def moment_of(value: int) -> datetime | None:
    """Answer the moment behind milliseconds since 1970; None for 0."""
    return datetime.fromtimestamp(value / 1000, UTC) if value else None


def envelope_body(inbound: Inbound, trace_id: str, accepted_at: datetime) -> str:
    """Answer what the enqueue script puts behind the header."""
    return dumps(
        {
            "trace_id": trace_id,
            "accepted_at": accepted_at.isoformat(),
            "inbound": inbound_to_json(inbound),
        }
    )


def sequence_of(raw: str) -> int:
    """Answer the number of a stored envelope without reading its content."""
    return int(raw.partition(" ")[0])


def envelope_from(raw: str) -> Envelope:
    """Read a stored envelope. Raises UnreadableError."""
    seq, attempts, body = raw.split(" ", 2)
    try:
        data = json.loads(body)
        return Envelope(
            seq=int(seq),
            attempts=int(attempts),
            accepted_at=datetime.fromisoformat(data["accepted_at"]),
            trace_id=data["trace_id"],
            inbound=inbound_from_json(data["inbound"]),
        )
    except (ValueError, KeyError, TypeError, ValidationError):
        raise UnreadableError("an envelope cannot be read") from None


def timer_body(event: Inbound, trace_id: str) -> str:
    """Answer what is kept of a timer until its time."""
    return dumps({"trace_id": trace_id, "event": inbound_to_json(event)})


def timer_from(raw: str) -> tuple[Inbound, str]:
    """Read a kept timer: its event and trace. Raises UnreadableError."""
    try:
        data = json.loads(raw)
        return inbound_from_json(data["event"]), str(data["trace_id"])
    except (ValueError, KeyError, TypeError, ValidationError):
        raise UnreadableError("a timer cannot be read") from None


def row_text(
    row_id: str,
    reply: Reply,
    effects: Effects,
    *,
    conversation: ConversationId,
    trace_id: str,
    epoch: int,
    created_at: datetime,
) -> str:
    """Answer a new outgoing row: header, then JSON."""
    body = {
        "conversation": conversation,
        "trace_id": trace_id,
        "address": _ADDRESS.dump_python(effects.address, mode="json"),
        "message": outbound_to_json(reply.message),
        "language": effects.language,
        "heard_at": milliseconds(effects.heard_at),
    }
    header = (
        f"{row_id} {reply.author} {epoch} {milliseconds(reply.valid_until)} "
        f"{milliseconds(created_at)} 0 pending 0 0 {int(reply.money)}"
    )
    return f"{header} {dumps(body)}"


def row_id_of(raw: str) -> str:
    """Answer the id of a stored row without reading its content."""
    return raw.partition(" ")[0]


def row_from(raw: str) -> OutboxRow:
    """Read a row that is about to be sent. Raises UnreadableError."""
    row_id, author, epoch, valid_until, _, attempts, state, _, resends, money, body = raw.split(
        " ", 10
    )
    try:
        data = json.loads(body)
        return OutboxRow(
            id=row_id,
            conversation=ConversationId(data["conversation"]),
            address=_ADDRESS.validate_python(data["address"]),
            message=outbound_from_json(data["message"]),
            author=_AUTHOR.validate_python(author),
            money=money == "1",
            epoch=int(epoch),
            trace_id=data["trace_id"],
            attempts=int(attempts),
            state="sending" if state == "sending" else "pending",
            valid_until=moment_of(int(valid_until)),
            resent=resends != "0",
            # Rows of an older version lack these two.
            language=data.get("language", ""),
            heard_at=moment_of(int(data.get("heard_at", 0))),
        )
    except (ValueError, KeyError, TypeError, ValidationError):
        raise UnreadableError("an outgoing row cannot be read") from None


def ownership_from(fields: Mapping[str, str]) -> Ownership:
    """Read an ownership hash; an empty one is the bot's, epoch 0."""
    if not fields:
        return Ownership()
    return Ownership(
        owner=_OWNER.validate_python(fields["owner"]),
        epoch=int(fields["epoch"]),
        staff=fields["staff"],
        since=datetime.fromisoformat(fields["since"]) if fields["since"] else None,
        reason=fields["reason"],
    )


def ownership_args(new: Ownership | None, now: datetime) -> tuple[str, str, str, str, int]:
    """Answer owner, staff, since, reason and desk order for the scripts; blanks for no change."""
    if new is None:
        return "", "", "", "", 0
    since = new.since or now
    return new.owner, new.staff, since.isoformat(), new.reason, milliseconds(since)
