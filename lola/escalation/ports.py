"""What the desk needs from the inbox and the state store, and nothing more.

`lola.delivery.inbox.Inbox` and `lola.state.store.StateStore` are the ones that run. Ownership is
changed through `set_ownership` alone, and words reach a sender through `enqueue` alone: a person
takes the same road as everybody else (docs/delivery.md).
"""

from typing import Protocol

from lola.delivery.model import Enqueued, Ownership
from lola.domain.messages import ConversationId, Inbound, JsonObject


class OwnershipInbox(Protocol):
    """Ownership of conversations, and the inbox."""

    async def ownership(self, conversation: ConversationId) -> Ownership:
        """Return who owns the conversation now; the bot when nobody ever took it."""
        ...

    async def set_ownership(
        self, conversation: ConversationId, new: Ownership, expected_epoch: int
    ) -> Ownership | None:
        """Change the owner in one atomic step; None when the epoch has moved on."""
        ...

    async def handoff_queue(self) -> tuple[tuple[ConversationId, Ownership], ...]:
        """Return every conversation that is not the bot's."""
        ...

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
        """Return the state and the last `limit` history records."""
        ...
