"""The stored form of envelopes, rows, timers and owners.

Headers, which the scripts read as well, are declared in `_headers`; the JSON behind them is read
and written here only. A change must still read what an older version wrote
(`tests/unit/delivery/test_stored_forms.py`).
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from lola.delivery._headers import EnvelopeHeader, RowHeader, line_of, split_line
from lola.delivery.model import (
    Author,
    Effects,
    Envelope,
    OutboxRow,
    Owner,
    Ownership,
    Reply,
    Timer,
)
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
_ROW_ID = RowHeader._fields.index("id")


class UnreadableError(ValueError):
    """Something stored cannot be read by this version. The text holds no content."""


def dumps(value: Any) -> str:
    """Return compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def milliseconds(moment: datetime | None) -> int:
    """Return a moment as milliseconds since 1970; 0 for none."""
    return int(moment.timestamp() * 1000) if moment else 0


def moment_of(value: int) -> datetime | None:
    """Return the moment of milliseconds since 1970; None for 0."""
    return datetime.fromtimestamp(value / 1000, UTC) if value else None


def envelope_body(inbound: Inbound, trace_id: str, accepted_at: datetime) -> str:
    """Return the payload of a new envelope."""
    return dumps(
        {
            "trace_id": trace_id,
            "accepted_at": accepted_at.isoformat(),
            "inbound": inbound_to_json(inbound),
        }
    )


def sequence_of(line: str) -> int:
    """Return the number of a stored envelope without reading its payload."""
    return split_line(EnvelopeHeader, line)[0].seq


def envelope_from(line: str) -> Envelope:
    """Read a stored envelope. Raises UnreadableError."""
    try:
        header, body = split_line(EnvelopeHeader, line)
        data = json.loads(body)
        return Envelope(
            seq=header.seq,
            attempts=header.attempts,
            accepted_at=datetime.fromisoformat(data["accepted_at"]),
            trace_id=data["trace_id"],
            inbound=inbound_from_json(data["inbound"]),
        )
    except (ValueError, KeyError, TypeError, ValidationError):
        raise UnreadableError("an envelope cannot be read") from None


def timer_name(conversation: ConversationId, timer_id: str) -> str:
    """Return the name of a timer, unique in its shard."""
    return f"{conversation} {timer_id}"


def timer_args(conversation: ConversationId, timer: Timer, trace_id: str) -> tuple[str, int, str]:
    """Return name, time and event for the scripts. Raises ValueError for another's event."""
    if timer.event.conversation != conversation:
        raise ValueError("a timer belongs to the conversation that sets it")
    return (
        timer_name(conversation, timer.event.id),
        milliseconds(timer.at),
        dumps({"trace_id": trace_id, "event": inbound_to_json(timer.event)}),
    )


def timer_from(body: str) -> tuple[Inbound, str]:
    """Read the event and the trace id of a stored timer. Raises UnreadableError."""
    try:
        data = json.loads(body)
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
    ends_transfer: bool = False,
) -> str:
    """Return the stored line of a new outgoing row."""
    header = RowHeader(
        id=row_id,
        author=reply.author,
        epoch=epoch,
        valid_until=milliseconds(reply.valid_until),
        created=milliseconds(created_at),
        attempts=0,
        state="pending",
        since=0,
        resends=0,
        money=int(reply.money),
    )
    body = {
        "conversation": conversation,
        "trace_id": trace_id,
        "address": _ADDRESS.dump_python(effects.address, mode="json"),
        "message": outbound_to_json(reply.message),
        "language": effects.language,
        "heard_at": milliseconds(effects.heard_at),
        "route": effects.route,
        "ends_transfer": ends_transfer,
    }
    return line_of(header, dumps(body))


def row_id_of(line: str) -> str:
    """Return the id of a stored row without reading its payload."""
    return line.split(" ", _ROW_ID + 1)[_ROW_ID]


def row_from(line: str) -> OutboxRow:
    """Read a row that is about to be sent. Raises UnreadableError."""
    try:
        header, body = split_line(RowHeader, line)
        data = json.loads(body)
        return OutboxRow(
            id=header.id,
            conversation=ConversationId(data["conversation"]),
            address=_ADDRESS.validate_python(data["address"]),
            message=outbound_from_json(data["message"]),
            author=_AUTHOR.validate_python(header.author),
            money=header.money == 1,
            epoch=header.epoch,
            trace_id=data["trace_id"],
            attempts=header.attempts,
            state="sending" if header.state == "sending" else "pending",
            valid_until=moment_of(header.valid_until),
            resent=header.resends > 0,
            # Rows of an older version lack these four.
            language=data.get("language", ""),
            heard_at=moment_of(int(data.get("heard_at", 0))),
            route=data.get("route", ""),
            ends_transfer=bool(data.get("ends_transfer", False)),
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


def owner_args(new: Ownership | None, now: datetime) -> dict[str, str | int]:
    """Return the named arguments of a change of owner; an empty owner means no change."""
    if new is None:
        return {"owner": "", "staff": "", "since": "", "reason": "", "score": 0}
    since = new.since or now
    return {
        "owner": new.owner,
        "staff": new.staff,
        "since": since.isoformat(),
        "reason": new.reason,
        "score": milliseconds(since),
    }
