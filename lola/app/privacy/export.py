"""Exports everything that is stored about one sender, for a request of access."""

import json
from datetime import datetime
from typing import Any

from lola.app.privacy.person import Person, Search
from lola.app.privacy.scan import Stored
from lola.domain.messages import JsonObject
from lola.state.audit import AuditTrail
from lola.state.connection import Connections
from lola.state.keys import Keys
from lola.state.retention import KINDS

_HOLDS = {kind.name: kind.holds for kind in KINDS}


async def export_person(
    connections: Connections,
    keys: Keys,
    trail: AuditTrail,
    *,
    now: datetime,
    phone: str = "",
    conversation: str = "",
) -> JsonObject:
    """Return what is stored about the sender with a canonical number, or of a conversation."""
    search = Search(connections, keys)
    person = await search.person(phone=phone, conversation=conversation)
    found: dict[str, list[JsonObject]] = {}
    async for stored in search.about(person):
        found.setdefault(stored.kind, []).append(_item(stored))
    return {
        "made_at": now.isoformat(),
        "conversations": sorted(person.conversations),
        "stored": [
            {"kind": kind, "holds": _HOLDS.get(kind, ""), "values": found[kind]}
            for kind in sorted(found)
        ],
        "audit": await _audit_of(trail, person),
    }


def _item(stored: Stored) -> JsonObject:
    item: JsonObject = {"key": stored.key, "value": _readable(stored.text)}
    return item | ({"member": stored.member} if stored.member else {})


def _readable(text: str) -> Any:
    """Return JSON as objects, also behind a plain header; anything else as it is."""
    start = min((place for sign in "{[" if (place := text.find(sign)) >= 0), default=0)
    try:
        return json.loads(text[start:])
    except ValueError:
        return text


async def _audit_of(trail: AuditTrail, person: Person) -> list[JsonObject]:
    lines = trail.lines
    subjects = {lines.subject(name) for name in person.conversations}
    senders = {lines.person(phone) for phone in person.phones}
    return [
        {"at": record.at.isoformat(), "chain": record.chain, "seq": record.seq, **record.body}
        async for record in trail.records()
        if record.subject in subjects or record.sender in senders
    ]
