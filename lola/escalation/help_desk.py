"""Staff who work in a help desk of their own: what they do there, made true here.

The console's desk does the work: whatever comes from outside takes over, replies and hands back as
a colleague in our own console would, through the inbox's compare-and-set and the inbox. A help
desk delivers late, twice or never, so every action here may be repeated.
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
from lola.state.store import StateStore
from lola.state.sync_list import SyncList
from lola.telemetry import names

LINK: Final = "helpdesk-link"
PEOPLE: Final = "people"
"""In a link: whether people had the conversation over there when we last knew."""

SAID: Final = "helpdesk-said"
KEPT: Final = timedelta(days=8)
HISTORY: Final = 200
_TRIES: Final = 5
_REASON: Final = "help_desk"

log = structlog.get_logger(__name__)


class HelpDesk(Protocol):
    """An outside console that follows conversations. `name` is that of its channel."""

    name: str

    async def sync(self, conversation: ConversationId, *, closely: bool) -> None:
        """Bring both sides together; `closely` also when nothing changed here. ChannelError."""
        ...

    async def arrived(self, conversation: ConversationId, thread: str) -> None:
        """Learn who has a conversation of the help desk's own, before a turn. ChannelError."""
        ...

    async def sweep(self) -> None:
        """Fetch what senders wrote and no webhook told. Raises ChannelError."""
        ...


@runtime_checkable
class HasHelpDesk(Protocol):
    """A connector whose provider is a console for the bank's people as well."""

    def help_desk(self, outside: "HelpDeskBridge") -> HelpDesk | None:
        """Make the help desk; None when it is not configured."""
        ...


def staff_of(name: str, helpdesk: str) -> str:
    """Answer what somebody who works in a help desk is called in here."""
    return f"{name} ({helpdesk})"


def works_in(staff: str, helpdesk: str) -> bool:
    """Whether this is the name of somebody who works in that help desk."""
    return staff.endswith(f"({helpdesk})")


class HelpDeskBridge:
    """What a help desk may see and do. It never sends anything and never writes a session."""

    def __init__(
        self,
        desk: StaffActions,
        inbox: InboxPort,
        owners: OwnershipPort,
        store: StateStore,
        watch: SyncList,
        clock: Clock,
    ) -> None:
        self._desk = desk
        self._inbox = inbox
        self._owners = owners
        self._store = store
        self._watch = watch
        self._clock = clock

    async def act(self, action: StaffAction, helpdesk: str) -> None:
        """Make an action true, however often it is told; one about strangers is dropped."""
        if not await self._is_known(action, helpdesk):
            log.info(
                names.HELP_DESK_ACTION_UNKNOWN, conversation=action.conversation, helpdesk=helpdesk
            )
            return
        if action.id and await self._store.get_record(SAID, action.id) is not None:
            return
        if action.kind in {"took", "reply"}:
            await self.seat(action.conversation, "human", staff_of(action.staff, helpdesk))
        if action.kind == "took":
            link = await self.link(action.conversation)
            await self.keep(action.conversation, link | {PEOPLE: True})
        if action.text:
            await self._reply(action)
        if action.id:
            # Only now: what was cut off half-way is repeated, and every step bears that.
            await self._store.put_record(SAID, action.id, {}, int(KEPT.total_seconds()))
        await self._watch.mark(action.conversation)

    async def seat(self, conversation: ConversationId, owner: Owner, staff: str = "") -> None:
        """Let `owner` have the conversation; nothing happens when that is so already."""
        for _ in range(_TRIES):
            current = await self._owners.get(conversation)
            if owner == "bot" and current.owner == "human":
                await self._desk.hand_back(conversation, current.staff, supervisor=True)
                return
            new = self._seated(current, owner, staff)
            if new is None:
                return
            changed = await self._owners.set_owner(conversation, new, current.epoch)
            if changed is not None:
                log.info(
                    names.HELP_DESK_OWNER_SET, conversation=conversation, owner=owner, staff=staff
                )
                return

    async def ownership(self, conversation: ConversationId) -> Ownership:
        """Answer who may speak to the sender now."""
        return await self._owners.get(conversation)

    async def stored(self, conversation: ConversationId) -> Stored:
        """Answer the session and every record that is kept."""
        return await self._store.read(conversation, limit=HISTORY)

    async def link(self, conversation: ConversationId) -> JsonObject:
        """Answer what the help desk noted about a conversation; empty when nothing."""
        return await self._store.get_record(LINK, conversation) or {}

    async def keep(self, conversation: ConversationId, link: JsonObject) -> None:
        """Note what the help desk needs to find the conversation again (`thread`), and more."""
        await self._store.put_record(LINK, conversation, link, int(KEPT.total_seconds()))

    async def enqueue(self, inbound: Inbound, trace_id: str) -> Enqueued:
        """Take in what a sender wrote, once."""
        return await self._inbox.enqueue(inbound, trace_id)

    async def _is_known(self, action: StaffAction, helpdesk: str) -> bool:
        if channel_of(action.conversation) == helpdesk:
            return (await self._store.read(action.conversation, limit=1)).state is not None
        # Whoever makes up a contact in a public inbox must not speak for a mirrored one.
        return (await self.link(action.conversation)).get("thread") == action.thread

    async def _reply(self, action: StaffAction) -> None:
        """Pass the words on under the name of whoever has the conversation."""
        holder = (await self._owners.get(action.conversation)).staff
        for number, part in enumerate(split(action.text, CONTENT_LIMIT)):
            await self._desk.reply(action.conversation, holder, part, once=f"{action.id}:{number}")

    def _seated(self, current: Ownership, owner: Owner, staff: str) -> Ownership | None:
        now = self._clock()
        if owner == "human" and current.owner != "human":
            return transitions.taken(current, now, staff)
        if owner == "waiting" and current.owner == "bot":
            return transitions.requested(current, now, _REASON)
        if owner == "bot" and current.owner == "waiting":
            return transitions.withdrawn(current, now)
        return None
