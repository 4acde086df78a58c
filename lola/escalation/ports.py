"""What the desk needs from the inbox and the state store, and nothing more.

`lola.delivery.Inbox`, `lola.delivery.OwnershipStore` and `lola.state.StateStore` are the ones that
run. Ownership is changed through `set_owner` alone, and text reaches a sender through `enqueue`
alone, like every other message (docs/delivery.md).
"""

from typing import Protocol

from lola.delivery.model import Enqueued, Ownership
from lola.domain.messages import ConversationId, Inbound, JsonObject


class OwnershipPort(Protocol):
    """Ownership of conversations."""

    async def get(self, conversation: ConversationId) -> Ownership:
        """Answer who owns the conversation now; the bot when nobody ever took it."""
        ...

    async def set_owner(
        self, conversation: ConversationId, new: Ownership, expected_epoch: int
    ) -> Ownership | None:
        """Change the owner in one atomic step; None when the epoch has moved on."""
        ...

    async def handoff_queue(self) -> tuple[tuple[ConversationId, Ownership], ...]:
        """Answer every conversation that is not the bot's."""
        ...


class InboxPort(Protocol):
    """The inbox."""

    async def enqueue(self, inbound: Inbound, trace_id: str) -> Enqueued:
        """Put an event into the conversation's mailbox, once per message id."""
        ...


class Stored(Protocol):
    """What lies in the store for one conversation."""

    @property
    def state(self) -> JsonObject | None:
        """The session as JSON; None when there is none."""
        ...

    @property
    def version(self) -> int:
        """Rises with every commit."""
        ...

    @property
    def history(self) -> tuple[JsonObject, ...]:
        """One record per turn, oldest first."""
        ...


class ConversationReader(Protocol):
    """Reads conversations."""

    async def read(self, conversation: ConversationId, *, limit: int) -> Stored:
        """Answer the state and the last `limit` history records."""
        ...
