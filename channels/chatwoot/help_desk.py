"""Chatwoot as the bank's console: both sides of a conversation brought together (channels.md 4.7).

A conversation in an inbox of Chatwoot's has one state to agree on: bot (`pending`, `resolved`) or
people (`open`). One of another channel is mirrored into our API inbox besides: what was committed
is posted there, and what colleagues write there is passed on. Webhooks are tried once, so each look
compares what is stored with what Chatwoot lists; nothing depends on having heard anything.

Who changed since the last look wins, and a change in Chatwoot before one of ours: people are there.
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
_MOST_PAGES = 5


class ChatwootHelpDesk:
    """Follows conversations for one account; `inbox` is the name of the mirror's, "" for none."""

    name = parsing.CHANNEL

    def __init__(
        self,
        api: ChatwootApi,
        outside: HelpDeskBridge,
        *,
        account: str,
        inbox: str,
        redact: Redact,
        clock: Clock,
    ) -> None:
        self._api = api
        self._outside = outside
        self._account = account
        self._inbox = inbox
        self._redact = redact
        self._clock = clock

    async def sync(self, conversation: ConversationId, *, closely: bool) -> None:
        """Bring both sides together. Raises ChannelError and StoreUnavailableError."""
        if channel_of(conversation) != self.name and not self._inbox:
            return
        stored = await self._outside.stored(conversation)
        if stored.state is None:
            return
        ownership = await self._outside.ownership(conversation)
        link = await self._outside.link(conversation)
        seen = {"version": stored.version, "epoch": ownership.epoch}
        if not closely and seen.items() <= link.items():
            return
        session = session_from_json(stored.state)
        is_own = session.address.channel == self.name
        if is_own:
            link["thread"] = session.address.sender
        elif not link.get("thread"):
            link = await self._open(conversation, session)
        try:
            remote = await self._agree(conversation, link, ownership)
            if not is_own:
                await self._pass_on(link, remote)
                await self._transcribe(conversation, link, stored.history)
        except GoneError:
            # Somebody deleted it: the next close look opens another one.
            link.pop("thread", None)
        await self._outside.keep(conversation, link | seen)

    async def arrived(self, conversation: ConversationId, thread: str) -> None:
        """Let Chatwoot say who has a conversation of its own, before a turn begins."""
        link = await self._outside.link(conversation)
        ownership = await self._outside.ownership(conversation)
        link["thread"] = thread
        await self._agree(conversation, link, ownership)
        await self._outside.keep(conversation, link)

    async def sweep(self) -> None:
        """Take in what senders wrote to the bot and no webhook told. The inbox drops duplicates."""
        now = int(self._clock().timestamp())
        since = (await self._outside.link(CURSOR)).get("at")
        if since is not None:
            for page in range(1, _MOST_PAGES + 1):
                answer = await self._api.get("/conversations", status="pending", page=str(page))
                listed = objects(optional_object(answer.get("data")).get("payload"))
                recent = [item for item in listed if _updated_at(item) >= since - OVERLAP_SECONDS]
                for item in recent:
                    await self._fetch(item, since - OVERLAP_SECONDS)
                if not recent or len(recent) < len(listed):
                    break
        await self._outside.keep(CURSOR, {"at": now})

    async def _open(self, conversation: ConversationId, session: Session) -> JsonObject:
        """Find or make the mirror. What it holds already is neither posted nor passed on again."""
        thread = await open_mirror(self._api, self._inbox, conversation, session)
        newest = await self._api.messages(thread, since=0, pages=1)
        seen = newest[-1]["id"] if newest else 0
        link: JsonObject = {"thread": thread, "seen": seen, "posting": bool(newest)}
        await self._outside.keep(conversation, link)
        return link

    async def _fetch(self, conversation: JsonObject, since: float) -> None:
        thread = number(conversation.get("id"))
        if thread is None or parsing.is_mirror(conversation):
            return
        for message in await self._api.messages(str(thread), since=0, pages=1):
            is_theirs = message.get("message_type") == 0 and not message.get("private")
            if is_theirs and (number(message.get("created_at")) or 0) >= since:
                whole = {**message, "conversation": conversation}
                if inbound := parsing.inbound_of(whole, self._account, self._redact):
                    await self._outside.enqueue(inbound, uuid4().hex)

    async def _agree(
        self, conversation: ConversationId, link: JsonObject, ownership: Ownership
    ) -> JsonObject:
        """Compare with the last look, and let whoever changed decide who speaks.

        Answers the conversation as Chatwoot has it.
        """
        remote = await self._api.get(f"/conversations/{link['thread']}")
        theirs, staff = _seat_of(remote), parsing.assignee_of(remote)
        was_peoples = bool(link.get(PEOPLE))
        link["resolved"] = remote.get("status") == "resolved"
        # Somebody may have answered and closed the case between two looks.
        is_closed = link["resolved"] and works_in(ownership.staff, self.name)
        if (theirs != "bot") != was_peoples or theirs == "human" or is_closed:
            await self._outside.seat(conversation, theirs, staff_of(staff, self.name))
            link[PEOPLE] = theirs != "bot"
        elif (ownership.owner != "bot") != was_peoples:
            await self._tell(link["thread"], remote, ownership)
            link[PEOPLE] = ownership.owner != "bot"
        return remote

    async def _tell(self, thread: str, remote: JsonObject, ownership: Ownership) -> None:
        """Say in Chatwoot that people, or the bot, have the conversation now."""
        path = f"/conversations/{thread}"
        if ownership.owner == "bot":
            await self._api.post(f"{path}/toggle_status", {"status": "pending"})
            if parsing.assignee_of(remote):
                await self._api.post(f"{path}/assignments", {"assignee_id": None})
            return
        note = {"content": f"Lola → {ownership.reason or ownership.owner}", "private": True}
        await self._api.write(thread, note, f"note:{thread}:{ownership.epoch}")
        await self._api.post(f"{path}/toggle_status", {"status": "open"})
        # The key of a person makes that person the assignee: nobody has taken anything yet.
        opened = await self._api.get(path)
        if parsing.assignee_of(opened) and not parsing.assignee_of(remote):
            await self._api.post(f"{path}/assignments", {"assignee_id": None})

    async def _pass_on(self, link: JsonObject, remote: JsonObject) -> None:
        """Pass colleagues' words on that no webhook told; each is passed on once."""
        since = int(link.get("seen", 0))
        for message in await self._api.messages(link["thread"], since=since):
            sender = optional_object(message.get("sender"))
            is_reply = message.get("message_type") == 1 and sender.get("type") == "user"
            if is_reply and not message.get("private") and not our_id_of(message):
                action = parsing.reply_of(message, remote, link["thread"], self._account)
                await self._outside.act(action, self.name)
            link["seen"] = message["id"]

    async def _transcribe(
        self, conversation: ConversationId, link: JsonObject, history: tuple[JsonObject, ...]
    ) -> None:
        """Post what was committed since the last look, in order and each once."""
        done = int(link.get("turn", 0))
        fresh = [record for record in history if int(record["turn"]) > done]
        if not fresh:
            return
        if link.get("resolved") and not link.get(PEOPLE):
            # A new word would open it for people; the bot has it.
            path = f"/conversations/{link['thread']}/toggle_status"
            await self._api.post(path, {"status": "pending"})
        known = await self._known(link) if link.get("posting") else frozenset()
        link["posting"] = True
        await self._outside.keep(conversation, link)
        for record in fresh:
            for our_id, message in entries(conversation, record, self.name):
                if our_id not in known:
                    await self._api.write(link["thread"], message, our_id)
            link["turn"] = int(record["turn"])
            await self._outside.keep(conversation, link)
        link["posting"] = False

    async def _known(self, link: JsonObject) -> frozenset[str]:
        """What an earlier look posted before it was cut off."""
        return frozenset(map(our_id_of, await self._api.messages(link["thread"], since=0)))


def _seat_of(conversation: JsonObject) -> Owner:
    if conversation.get("status") == "resolved":
        return "bot"
    if parsing.assignee_of(conversation):
        return "human"
    return "bot" if conversation.get("status") == "pending" else "waiting"


def _updated_at(conversation: JsonObject) -> float:
    """Unix seconds of the last change; now and for ever where an old server does not tell."""
    value = conversation.get("updated_at")
    return float(value) if isinstance(value, int | float) else float("inf")
