"""The values that enter and leave the inbox: envelopes in, effects out (docs/delivery.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from lola.domain.messages import Address, ConversationId, Inbound, JsonObject, MessageId, Outbound
from lola.domain.work import Envelope as Envelope  # noqa: PLC0414 - delivery's own names too
from lola.domain.work import Owner as Owner  # noqa: PLC0414 - delivery's own names too
from lola.domain.work import Ownership as Ownership  # noqa: PLC0414 - delivery's own names too
from lola.domain.work import Rewritten as Rewritten  # noqa: PLC0414 - delivery's own names too
from lola.domain.work import Work as Work  # noqa: PLC0414 - delivery's own names too

Author = Literal["bot", "staff", "code", "consent"]
CommitStatus = Literal["idle", "more", "delayed", "fenced", "mismatch", "ownership"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of the inbox. `history_kept` records are stored, `history_window` given to a turn.

    `debounce_seconds` is one quiet period for all channels, or one by channel name.
    """

    lease_seconds: float = 30.0
    max_attempts: int = 5
    debounce_seconds: float | Mapping[str, float] = 0.0
    history_kept: int = 200
    history_window: int = 20
    state_ttl: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enqueued:
    """The result of the enqueue script. A duplicate is already stored."""

    seq: int
    duplicate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A message that leaves with the commit.

    `author` decides what must hold when it is sent: `bot` needs the bot to be the owner; a
    colleague's text (`staff`, checked when it was accepted) and notices that a sender must get in
    any case (`code`) are sent under every owner. All three need the sender's consent; `consent`
    marks the few texts that may still be sent after an opt-out.
    `money` marks texts that are never sent twice automatically. After `valid_until` it is dropped.
    """

    message: Outbound
    author: Author = "bot"
    money: bool = False
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """An event that enters its conversation's inbox at `at`, once.

    `event.id` is its name: the same name again replaces it, and it can be cancelled by it. A name
    that has fired does not fire again, so it should be specific (`ticket-expired-tk_1`).
    """

    at: datetime
    event: Inbound


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """Everything a turn wants to change; committed in one step or not at all.

    `state` replaces the conversation's state; `record` is appended to its history; `escalate`
    asks for a change of ownership in the same step. `timers` are set and `cancelled_timers`
    forgotten with it; all of them belong to this conversation. `audit` records, which hold ids
    only, are appended to the audit trail. `rewritten` replace older records of the history.
    `language`, `heard_at`, `route` and `ends_transfer` travel with the replies (see OutboxRow).
    `state_life` is how long the state is kept at least. `line` is what lists of conversations show
    (`lola.domain.case_line`).
    """

    address: Address
    state: JsonObject
    record: JsonObject
    replies: tuple[Reply, ...] = ()
    escalate: Ownership | None = None
    timers: tuple[Timer, ...] = ()
    audit: tuple[JsonObject, ...] = ()
    rewritten: tuple[Rewritten, ...] = ()
    cancelled_timers: tuple[MessageId, ...] = ()
    language: str = ""
    heard_at: datetime | None = None
    state_life: timedelta = timedelta()
    route: str = ""
    ends_transfer: bool = False
    line: JsonObject = field(default_factory=dict)


class TurnHandler(Protocol):
    """Turns leased work into effects. After a crash it may be called again for the same work."""

    async def __call__(self, work: Work) -> Effects:
        """Return what to commit. After an exception the work is tried again, then a dead letter."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One message on its way out. `id` follows from conversation, turn and position.

    `resent` says that an earlier try ended with an unknown outcome. `language` is the sender's, and
    `heard_at` when they last wrote, as far as was known when the row was committed. `route` is what
    answered. The last row of the turn in which a transfer was approved `ends_transfer`.
    """

    id: str
    conversation: ConversationId
    address: Address
    message: Outbound
    author: Author
    money: bool
    epoch: int
    trace_id: str
    attempts: int = 0
    state: Literal["pending", "sending"] = "pending"
    valid_until: datetime | None = None
    resent: bool = False
    language: str = ""
    heard_at: datetime | None = None
    route: str = ""
    ends_transfer: bool = False

    @property
    def calls_back(self) -> bool:
        """True where a silent sender is invited to write for it: for notices, not for replies."""
        return self.author in {"staff", "code"}


class Courier(Protocol):
    """Hands a row to its channel and returns the provider's ids. Raises ChannelError."""

    async def __call__(self, row: OutboxRow) -> tuple[str, ...]:
        """Send the row once."""
        ...
