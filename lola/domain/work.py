"""The input of one turn as a worker leases it from the inbox (docs/delivery.md)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from lola.domain.messages import Content, ConversationId, Inbound, JsonObject

Owner = Literal["bot", "waiting", "human"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """Who may speak to the sender. `epoch` rises by one with every change."""

    owner: Owner = "bot"
    epoch: int = 0
    staff: str = ""
    since: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An inbound message in its mailbox. `seq` rises by one per accepted message."""

    seq: int
    attempts: int
    accepted_at: datetime
    trace_id: str
    inbound: Inbound

    def with_content(self, content: Content) -> "Envelope":
        """Return the envelope with another content of its message."""
        return replace(self, inbound=replace(self.inbound, content=content))


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One leased burst: the oldest messages of a mailbox and the state they meet.

    `token` is the fencing token of the lease. `state` and `history` are plain JSON as they were
    committed; None and empty at the start.
    """

    conversation: ConversationId
    token: int
    envelopes: tuple[Envelope, ...]
    state: JsonObject | None
    version: int
    history: tuple[JsonObject, ...]
    ownership: Ownership


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """A committed record of the history that a turn replaces; `from_end` is 1 for the newest."""

    from_end: int
    record: JsonObject
