"""Chatwoot as the bank's help desk: keeps both sides of a conversation equal (reference/channels.md
4.7).

A conversation in an inbox of Chatwoot has an owner there: the bot (`pending`, `resolved`) or people
(`open`). A conversation of another channel is also mirrored into our API inbox: committed turns are
posted there, and replies that staff write there are forwarded. Webhooks are delivered at most once,
so each sync compares what is stored with what Chatwoot lists and needs no webhook.

The side that changed its owner since the last sync wins; if both did, Chatwoot, where people are.
"""

from uuid import uuid4

from channels.chatwoot import parsing
from channels.chatwoot.api import ChatwootApi, GoneError, objects, our_id_of
from channels.chatwoot.contacts import open_mirror
from channels.chatwoot.transcript import entries
from channels.incoming import Redact
from channels.payload import number, optional_object
from lola.delivery.model import Owner, Ownership
from lola.domain.clock import Clock
from lola.domain.messages import ConversationId, JsonObject, channel_of
from lola.domain.session import Session, session_from_json
from lola.escalation.help_desk import PEOPLE, HelpDeskBridge, staff_of, works_in

CURSOR = ConversationId("chatwoot-sweep")
OVERLAP_SECONDS = 300
_MAX_PAGES = 5


class ChatwootHelpDesk:
    """Syncs conversations with one account. `inbox` names the mirror's inbox, "" for no mirror."""

    name = parsing.CHANNEL

    def __init__(
        self,
        api: ChatwootApi,
        bridge: HelpDeskBridge,
        *,
        account: str,
        inbox: str,
        redact: Redact,
        clock: Clock,
    ) -> None:
        self._api = api
        self._bridge = bridge
        self._account = account
        self._inbox = inbox
        self._redact = redact
        self._clock = clock

    async def sync(self, conversation: ConversationId, *, force: bool) -> None:
        """Make both sides equal; without `force` only after a change here. Raises ChannelError and
        StoreUnavailableError.
        """
        if channel_of(conversation) != self.name and not self._inbox:
            return
        stored = await self._bridge.stored(conversation)
        if stored.state is None:
            return
        ownership = await self._bridge.ownership(conversation)
        link = await self._bridge.link(conversation)
        seen = {"version": stored.version, "epoch": ownership.epoch}
        if not force and seen.items() <= link.items():
            return
        session = session_from_json(stored.state)
        is_own = session.address.channel == self.name
        if is_own:
            link["thread"] = session.address.sender
        elif not link.get("thread"):
            link = await self._open_mirror(conversation, session)
        try:
            remote = await self._sync_owner(conversation, link, ownership)
            if not is_own:
                await self._forward_replies(link, remote)
                await self._post_turns(conversation, link, stored.history)
        except GoneError:
            # It was deleted in Chatwoot: the next forced sync opens another one.
            link.pop("thread", None)
        await self._bridge.save_link(conversation, link | seen)

    async def refresh_owner(self, conversation: ConversationId, thread: str) -> None:
        """Read the owner of a conversation in Chatwoot's own inbox, before a turn begins."""
        link = await self._bridge.link(conversation)
        ownership = await self._bridge.ownership(conversation)
        link["thread"] = thread
        await self._sync_owner(conversation, link, ownership)
        await self._bridge.save_link(conversation, link)

    async def fetch_missed(self) -> None:
        """Enqueue senders' messages that no webhook delivered. The inbox drops duplicates."""
        now = int(self._clock().timestamp())
        since = (await self._bridge.link(CURSOR)).get("at")
        if since is not None:
            for page in range(1, _MAX_PAGES + 1):
                answer = await self._api.get("/conversations", status="pending", page=str(page))
                listed = objects(optional_object(answer.get("data")).get("payload"))
                recent = [item for item in listed if _updated_at(item) >= since - OVERLAP_SECONDS]
                for item in recent:
                    await self._enqueue_recent(item, since - OVERLAP_SECONDS)
                if not recent or len(recent) < len(listed):
                    break
        await self._bridge.save_link(CURSOR, {"at": now})

    async def _open_mirror(self, conversation: ConversationId, session: Session) -> JsonObject:
        """Find or create the mirror. Messages that it has are neither posted nor forwarded."""
        thread = await open_mirror(self._api, self._inbox, conversation, session)
        newest = await self._api.messages(thread, since=0, pages=1)
        seen = newest[-1]["id"] if newest else 0
        link: JsonObject = {"thread": thread, "seen": seen, "posting": bool(newest)}
        await self._bridge.save_link(conversation, link)
        return link

    async def _enqueue_recent(self, conversation: JsonObject, since: float) -> None:
        thread = number(conversation.get("id"))
        if thread is None or parsing.is_mirror(conversation):
            return
        for message in await self._api.messages(str(thread), since=0, pages=1):
            is_senders = message.get("message_type") == 0 and not message.get("private")
            if is_senders and (number(message.get("created_at")) or 0) >= since:
                whole = {**message, "conversation": conversation}
                if inbound := parsing.inbound_of(whole, self._account, self._redact):
                    await self._bridge.enqueue(inbound, uuid4().hex)

    async def _sync_owner(
        self, conversation: ConversationId, link: JsonObject, ownership: Ownership
    ) -> JsonObject:
        """Apply a change of owner on one side to the other; return Chatwoot's conversation."""
        remote = await self._api.get(f"/conversations/{link['thread']}")
        owner, staff = _owner_in(remote), parsing.assignee_of(remote)
        was_peoples = bool(link.get(PEOPLE))
        link["resolved"] = remote.get("status") == "resolved"
        # Staff may have replied and resolved the case between two syncs.
        is_closed = link["resolved"] and works_in(ownership.staff, self.name)
        if (owner != "bot") != was_peoples or owner == "human" or is_closed:
            await self._bridge.set_owner(conversation, owner, staff_of(staff, self.name))
            link[PEOPLE] = owner != "bot"
        elif (ownership.owner != "bot") != was_peoples:
            await self._show_owner(link["thread"], remote, ownership)
            link[PEOPLE] = ownership.owner != "bot"
        return remote

    async def _show_owner(self, thread: str, remote: JsonObject, ownership: Ownership) -> None:
        """Show in Chatwoot that people, or the bot, own the conversation now."""
        path = f"/conversations/{thread}"
        if ownership.owner == "bot":
            await self._api.post(f"{path}/toggle_status", {"status": "pending"})
            if parsing.assignee_of(remote):
                await self._api.post(f"{path}/assignments", {"assignee_id": None})
            return
        note = {"content": f"Lola → {ownership.reason or ownership.owner}", "private": True}
        await self._api.write(thread, note, f"note:{thread}:{ownership.epoch}")
        await self._api.post(f"{path}/toggle_status", {"status": "open"})
        # A person's access key makes that person the assignee, although they took nothing over.
        opened = await self._api.get(path)
        if parsing.assignee_of(opened) and not parsing.assignee_of(remote):
            await self._api.post(f"{path}/assignments", {"assignee_id": None})

    async def _forward_replies(self, link: JsonObject, remote: JsonObject) -> None:
        """Forward replies of staff that no webhook delivered, each once."""
        since = int(link.get("seen", 0))
        for message in await self._api.messages(link["thread"], since=since):
            sender = optional_object(message.get("sender"))
            is_reply = message.get("message_type") == 1 and sender.get("type") == "user"
            if is_reply and not message.get("private") and not our_id_of(message):
                action = parsing.reply_of(message, remote, link["thread"], self._account)
                await self._bridge.apply(action, self.name)
            link["seen"] = message["id"]

    async def _post_turns(
        self, conversation: ConversationId, link: JsonObject, history: tuple[JsonObject, ...]
    ) -> None:
        """Post the turns that were committed since the last sync, in order and each once."""
        done = int(link.get("turn", 0))
        fresh = [record for record in history if int(record["turn"]) > done]
        if not fresh:
            return
        if link.get("resolved") and not link.get(PEOPLE):
            # A new message would open it for people, but the bot owns it.
            path = f"/conversations/{link['thread']}/toggle_status"
            await self._api.post(path, {"status": "pending"})
        posted = await self._posted_ids(link) if link.get("posting") else frozenset()
        link["posting"] = True
        await self._bridge.save_link(conversation, link)
        for record in fresh:
            for our_id, message in entries(conversation, record, self.name):
                if our_id not in posted:
                    await self._api.write(link["thread"], message, our_id)
            link["turn"] = int(record["turn"])
            await self._bridge.save_link(conversation, link)
        link["posting"] = False

    async def _posted_ids(self, link: JsonObject) -> frozenset[str]:
        """Return our ids of what an earlier, interrupted sync has posted."""
        return frozenset(map(our_id_of, await self._api.messages(link["thread"], since=0)))


def _owner_in(conversation: JsonObject) -> Owner:
    if conversation.get("status") == "resolved":
        return "bot"
    if parsing.assignee_of(conversation):
        return "human"
    return "bot" if conversation.get("status") == "pending" else "waiting"


def _updated_at(conversation: JsonObject) -> float:
    """Return the Unix time of the last change; infinity where an old server does not tell it."""
    value = conversation.get("updated_at")
    return float(value) if isinstance(value, int | float) else float("inf")
