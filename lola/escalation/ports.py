"""What staff actions need from the inbox and the state store.

`lola.delivery.Inbox`, `lola.delivery.OwnershipStore`, `lola.state.StateStore` and
`lola.state.audit.AuditTrail` implement these.
Ownership is changed only by `set_owner`, and a reply of staff reaches the sender only by `enqueue`:
it is delivered like every other message (docs/delivery.md).
"""

from collections.abc import Mapping
from typing import Any, Protocol

from lola.delivery.model import Enqueued, Ownership
from lola.domain.messages import ConversationId, Inbound, JsonObject


class OwnershipPort(Protocol):
    """Ownership of conversations."""

    async def get(self, conversation: ConversationId) -> Ownership:
        """Return who owns the conversation now; the bot when it was never taken over."""
        ...

    async def set_owner(
        self, conversation: ConversationId, new: Ownership, expected_epoch: int
    ) -> Ownership | None:
        """Change the owner in one atomic step; None when the epoch has moved on."""
        ...

    async def handoff_queue(self) -> tuple[tuple[ConversationId, Ownership], ...]:
        """Return every conversation that the bot does not own."""
        ...


class AuditPort(Protocol):
    """The audit trail."""

    async def append(
        self,
        kind: str,
        facts: Mapping[str, Any] | None = None,
        *,
        conversation: ConversationId | None = None,
    ) -> None:
        """Append one record; it is stored when this returns."""
        ...


class InboxPort(Protocol):
    """The inbox."""

    async def enqueue(self, inbound: Inbound, trace_id: str) -> Enqueued:
        """Put an event into the conversation's inbox, once per message id."""
        ...


class Stored(Protocol):
    """What is stored for one conversation."""

    @property
    def state(self) -> JsonObject | None:
        """The session as JSON; None when there is none."""
        ...

    @property
    def version(self) -> int:
        """The number of commits."""
        ...

    @property
    def history(self) -> tuple[JsonObject, ...]:
        """One record per turn, oldest first."""
        ...


class ConversationReader(Protocol):
    """Reads conversations."""

    async def read(self, conversation: ConversationId, *, limit: int) -> Stored:
        """Return the state and the last `limit` history records."""
        ...
