"""What a conversation remembers between turns: one immutable, versioned value.

No identity, no card data, no document ever stands here; names and accounts of a transfer in
progress do, for the life of the session only (reference/lola.md 15).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from pydantic import TypeAdapter

from lola.domain.messages import Address, JsonObject, Option
from lola.domain.transfer import Draft, Ticket

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """State of one conversation.

    `offered` are the options of our last message, so that "2" or a spelled-out title can be read
    as a tap on any channel.
    `owed` is news that an invitation to write took the place of, as plain JSON of its replies.
    `heard_at` is when the sender last wrote, by their provider's clock.
    `facts` is scratch space of middleware and agents; plain JSON, small.
    """

    address: Address
    started_at: datetime
    schema: int = SCHEMA
    language: str = ""
    language_fixed: bool = False
    profile_name: str = ""
    draft: Draft | None = None
    tickets: tuple[Ticket, ...] = ()
    offered: tuple[Option, ...] = ()
    heard_at: datetime | None = None
    owed: tuple[JsonObject, ...] = ()
    facts: JsonObject = field(default_factory=dict)

    def evolve(self, **changes: Any) -> Self:
        """Answer the next session; this one stays as it is."""
        return replace(self, **changes)

    def ticket(self, ticket_id: str) -> Ticket | None:
        """Find one of this conversation's own tickets."""
        return next((ticket for ticket in self.tickets if ticket.id == ticket_id), None)

    def with_ticket(self, ticket: Ticket) -> Self:
        """Answer a session where `ticket` replaces its older self, newest last, ten at most."""
        others = tuple(known for known in self.tickets if known.id != ticket.id)
        return replace(self, tickets=(*others, ticket)[-10:])


_SESSION: TypeAdapter[Session] = TypeAdapter(Session)


def session_to_json(session: Session) -> JsonObject:
    """Answer plain JSON for the state store."""
    return _SESSION.dump_python(session, mode="json")  # type: ignore[no-any-return]


def session_from_json(data: Mapping[str, Any]) -> Session:
    """Rebuild a session; raises pydantic's ValidationError when `data` is not one."""
    return _SESSION.validate_python(data)
