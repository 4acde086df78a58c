"""Builds the evidence pack of one conversation: what was said, by whom, through which gates.

Each turn has the fingerprint that its audit record holds, so that what is shown is proved to be
what was said. Personal values are masked unless an operator asks for them, which is recorded.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from lola.domain.messages import ConversationId, JsonObject
from lola.state.audit import REWRITTEN, AuditRecord, AuditTrail
from lola.state.store import StoredConversation

TURNS = 200
_NUMBER = re.compile(r"\d(?:[ ().-]?\d){5,30}")
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,63}")
_NAMES = frozenset(
    {"profile_name", "recipient_name", "recipient_first_name", "recipient_last_name"}
)
_SHORTEST_NAME = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The pack: `turns` from the history, `trail` from the audit trail, both oldest first."""

    conversation: str
    made_at: datetime
    masked: bool
    turns: tuple[JsonObject, ...]
    tickets: tuple[JsonObject, ...]
    trail: tuple[JsonObject, ...]

    def to_json(self) -> JsonObject:
        """Return the pack as plain JSON."""
        return {
            "conversation": self.conversation,
            "made_at": self.made_at.isoformat(),
            "masked": self.masked,
            "turns": list(self.turns),
            "tickets": list(self.tickets),
            "trail": list(self.trail),
        }


async def collect(
    conversation: ConversationId,
    stored: StoredConversation,
    trail: AuditTrail,
    *,
    now: datetime,
    unmasked: bool,
) -> Evidence:
    """Return the pack of a conversation; without turns when its history has expired."""
    subject = trail.lines.subject(conversation)
    records = [record async for record in trail.records(conversation) if record.subject == subject]
    # Where a turn has several records, they share one fingerprint.
    proved = {record.fingerprint: record for record in records if record.fingerprint}
    # Data was taken out of these turns later; the first fingerprint no longer fits them.
    proved |= {
        str(record.body["fingerprint"]): record for record in records if record.kind == REWRITTEN
    }
    state = stored.state or {}
    mask = _as_it_is if unmasked else masking(names_in((state, *stored.history)))
    return Evidence(
        conversation=conversation,
        made_at=now,
        masked=not unmasked,
        turns=tuple(
            _turn(record, proved, trail.lines.fingerprint, mask) for record in stored.history
        ),
        tickets=tuple(_ticket(ticket) for ticket in state.get("tickets", ())),
        trail=tuple(map(_record, records)),
    )


def masking(names: Iterable[str]) -> Callable[[str], str]:
    """Return what masks names, mail addresses and every number of six and more digits in a text."""
    known = sorted({name for name in names if len(name) >= _SHORTEST_NAME}, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, known)), re.IGNORECASE) if known else None

    def mask(text: str) -> str:
        text = pattern.sub("[name]", text) if pattern else text
        return _NUMBER.sub("[number]", _MAIL.sub("[mail]", text))

    return mask


def names_in(values: Sequence[JsonObject]) -> set[str]:
    """Return the names of people in sessions and records, whole and by word."""
    found: set[str] = set()
    todo: list[object] = list(values)
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            found |= {
                str(text)
                for name, text in value.items()
                if name in _NAMES and isinstance(text, str) and text
            }
            todo += value.values()
        elif isinstance(value, list | tuple):
            todo += value
    return found | {word for name in found for word in name.split()}


def _as_it_is(text: str) -> str:
    return text


def _turn(
    record: JsonObject,
    proved: dict[str, AuditRecord],
    fingerprint: Callable[[str], str],
    mask: Callable[[str], str],
) -> JsonObject:
    digest = fingerprint(json.dumps(record, ensure_ascii=False, separators=(",", ":")))
    place = proved.get(digest)
    return {
        "turn": record["turn"],
        "at": record["at"],
        "route": record["route"],
        "author": record["author"],
        "staff": record["staff"],
        "prompt": record["agent"],
        "models": record["model"].get("models", []),
        "passages": record["passages"],
        "tools": record["tools"],
        "guards": record["findings"],
        "sender": [
            {"at": line["at"], "kind": line["kind"], "text": mask(line["text"])}
            for line in record["inbound"]
        ],
        "replies": [mask(_text_of(message)) for message in record["outbound"]],
        "fingerprint": digest,
        "proved_by": {"chain": place.chain, "seq": place.seq, "link": place.link}
        if place
        else None,
    }


def _text_of(message: JsonObject) -> str:
    options = (option.get("title", "") for option in message.get("options", ()))
    return "\n".join(part for part in (message.get("content", ""), *options) if part)


def _ticket(ticket: JsonObject) -> JsonObject:
    kept = ("id", "draft_id", "digest", "status", "created_at", "expires_at", "operation_id")
    return {name: ticket[name] for name in kept if name in ticket}


def _record(record: AuditRecord) -> JsonObject:
    return {
        "at": record.at.isoformat(),
        "chain": record.chain,
        "seq": record.seq,
        "link": record.link,
        "trace_id": record.trace_id,
        **record.body,
        "kind": record.kind,
    }
