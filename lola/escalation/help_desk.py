"""The bridge to external help desks: applies what staff do there to our conversations.

An action in a help desk takes over, replies and hands back by the same staff actions as our own
console. A help desk delivers events late, twice or never, so every action may be repeated.
"""

from datetime import timedelta
from typing import Final, Protocol, runtime_checkable

import structlog

from lola.channel.contract import StaffAction
from lola.channel.rendering import split
from lola.delivery.model import Enqueued, Owner, Ownership
from lola.domain.clock import Clock
from lola.domain.messages import CONTENT_LIMIT, ConversationId, Inbound, JsonObject, channel_of
from lola.escalation import transitions
from lola.escalation.ports import InboxPort, OwnershipPort, Stored
from lola.escalation.staff_actions import StaffActions
from lola.safety.input.redaction import redact_stored
from lola.state.store import StateStore
from lola.state.sync_list import SyncList
from lola.telemetry import names

LINK: Final = "helpdesk-link"
PEOPLE: Final = "people"
"""In a link: whether people owned the conversation in the help desk at the last sync."""

APPLIED: Final = "helpdesk-said"
KEPT: Final = timedelta(days=8)
HISTORY: Final = 200
_TRIES: Final = 5
_REASON: Final = "help_desk"

log = structlog.get_logger(__name__)


class HelpDesk(Protocol):
    """An external help desk that conversations are synced with. `name` is its channel's."""

    name: str

    async def sync(self, conversation: ConversationId, *, force: bool) -> None:
        """Make both sides equal; with `force` also without a change here. Raises ChannelError."""
        ...

    async def refresh_owner(self, conversation: ConversationId, thread: str) -> None:
        """Read the owner of a conversation on the help desk's own channel. Raises ChannelError."""
        ...

    async def fetch_missed(self) -> None:
        """Enqueue senders' messages that no webhook delivered. Raises ChannelError."""
        ...


@runtime_checkable
class HasHelpDesk(Protocol):
    """A connector whose provider is also a help desk for the bank's staff."""

    def help_desk(self, bridge: "HelpDeskBridge") -> HelpDesk | None:
        """Build the help desk; None when it is not configured."""
        ...


def staff_of(name: str, helpdesk: str) -> str:
    """Return the name under which a staff member of a help desk owns conversations."""
    return f"{redact_stored(name)} ({helpdesk})"


def works_in(staff: str, helpdesk: str) -> bool:
    """Return whether this is the name of a staff member of that help desk."""
    return staff.endswith(f"({helpdesk})")


class HelpDeskBridge:
    """What a help desk may read and do. It never sends anything and never writes a session."""

    def __init__(
        self,
        staff_actions: StaffActions,
        inbox: InboxPort,
        owners: OwnershipPort,
        store: StateStore,
        sync_list: SyncList,
        clock: Clock,
    ) -> None:
        self._staff_actions = staff_actions
        self._inbox = inbox
        self._owners = owners
        self._store = store
        self._sync_list = sync_list
        self._clock = clock

    async def apply(self, action: StaffAction, helpdesk: str) -> None:
        """Apply an action, once however often it comes; drop it for an unknown conversation."""
        if not await self._is_known(action, helpdesk):
            log.info(
                names.HELP_DESK_ACTION_UNKNOWN, conversation=action.conversation, helpdesk=helpdesk
            )
            return
        if action.id and await self._store.get_record(APPLIED, action.id) is not None:
            return
        if action.kind in {"took", "reply"}:
            await self.set_owner(action.conversation, "human", staff_of(action.staff, helpdesk))
        if action.kind == "took":
            link = await self.link(action.conversation)
            await self.save_link(action.conversation, link | {PEOPLE: True})
        if action.text:
            await self._reply(action)
        if action.id:
            # Recorded last: an interrupted action is repeated, and every step may be.
            await self._store.put_record(APPLIED, action.id, {}, int(KEPT.total_seconds()))
        await self._sync_list.mark(action.conversation)

    async def set_owner(self, conversation: ConversationId, owner: Owner, staff: str = "") -> None:
        """Make `owner` the owner of the conversation; do nothing when it is already."""
        for _ in range(_TRIES):
            current = await self._owners.get(conversation)
            if owner == "bot" and current.owner == "human":
                await self._staff_actions.hand_back(conversation, current.staff, supervisor=True)
                return
            new = self._moved(current, owner, staff)
            if new is None:
                return
            changed = await self._owners.set_owner(conversation, new, current.epoch)
            if changed is not None:
                log.info(
                    names.HELP_DESK_OWNER_SET,
                    conversation=conversation,
                    owner=owner,
                    staff=staff,
                )
                return

    async def ownership(self, conversation: ConversationId) -> Ownership:
        """Return who owns the conversation now."""
        return await self._owners.get(conversation)

    async def stored(self, conversation: ConversationId) -> Stored:
        """Return the session and the stored turns."""
        return await self._store.read(conversation, limit=HISTORY)

    async def link(self, conversation: ConversationId) -> JsonObject:
        """Return what `save_link` stored for a conversation; empty when nothing."""
        return await self._store.get_record(LINK, conversation) or {}

    async def save_link(self, conversation: ConversationId, link: JsonObject) -> None:
        """Store the state of the sync: the help desk's `thread`, and more of its own."""
        await self._store.put_record(LINK, conversation, link, int(KEPT.total_seconds()))

    async def enqueue(self, inbound: Inbound, trace_id: str) -> Enqueued:
        """Enqueue a sender's message, once."""
        return await self._inbox.enqueue(inbound, trace_id)

    async def _is_known(self, action: StaffAction, helpdesk: str) -> bool:
        if channel_of(action.conversation) == helpdesk:
            return (await self._store.read(action.conversation, limit=1)).state is not None
        # A contact that anybody created in a public inbox must not act for a mirrored conversation.
        return (await self.link(action.conversation)).get("thread") == action.thread

    async def _reply(self, action: StaffAction) -> None:
        """Send the reply under the name of the conversation's owner."""
        owner = (await self._owners.get(action.conversation)).staff
        for number, part in enumerate(split(action.text, CONTENT_LIMIT)):
            await self._staff_actions.reply(
                action.conversation, owner, part, once=f"{action.id}:{number}"
            )

    def _moved(self, current: Ownership, owner: Owner, staff: str) -> Ownership | None:
        now = self._clock()
        if owner == "human" and current.owner != "human":
            return transitions.taken(current, now, staff)
        if owner == "waiting" and current.owner == "bot":
            return transitions.requested(current, now, _REASON)
        if owner == "bot" and current.owner == "waiting":
            return transitions.withdrawn(current, now)
        return None
