"""Chatwoot's application API: contacts, conversations, messages and their status; no console.

It refuses what Chatwoot refuses (reference/channels.md 4.2 to 4.7). It sends no webhooks: the
simulated people of `lola.testing.chatwoot` change the same records and send them.
"""

import hmac
import json
import re
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from aiohttp import web

from lola.domain.clock import Clock
from lola.sandbox.channel_faults import HTML, ChannelFaults, html_error_page
from lola.sandbox.message_log import MessageLog, SentMessage

Record = dict[str, Any]

PAGE = 20
MOST_PER_MINUTE = 200
CONTENT_LIMIT = 150_000
KINDS = {"incoming": 0, "outgoing": 1, "activity": 2, "template": 3}
STATES = frozenset({"open", "resolved", "pending", "snoozed"})
_E164 = re.compile(r"\+[1-9]\d{1,14}")


class Refused(Exception):  # noqa: N818 - a response, not a failure
    """Chatwoot refuses the request; `status` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class ChatwootStub:
    """One account. The records are public so that tests can see what Chatwoot's users would."""

    def __init__(self, account: str, access_key: str, clock: Clock) -> None:
        self.message_log = MessageLog(str)
        self.faults = ChannelFaults()
        self.inboxes: dict[int, Record] = {}
        self.contacts: dict[int, Record] = {}
        self.conversations: dict[int, Record] = {}
        self._account = account
        self._key = access_key.encode()
        self._clock = clock
        self._numbers = count(1001)

    @property
    def sent(self) -> list[SentMessage]:
        """Every public message of the bot, in order."""
        return self.message_log.sent

    def messages_to(self, recipient: str) -> tuple[SentMessage, ...]:
        """Return the bot's public messages in one conversation."""
        return self.message_log.to(recipient)

    def add_routes(self, app: web.Application, prefix: str) -> None:
        """Serve the calls that the connector makes, below `{prefix}/api/v1/accounts/{account}`."""
        base = f"{prefix}/api/v1/accounts/{{account}}"
        for method, path, handler in (
            ("GET", "/inboxes", self._list_inboxes),
            ("POST", "/inboxes", self._create_inbox),
            ("PATCH", "/inboxes/{id}", self._change_inbox),
            ("GET", "/contacts/search", self._search),
            ("POST", "/contacts", self._create_contact),
            ("GET", "/contacts/{id}/conversations", self._of_contact),
            ("POST", "/contacts/{id}/contact_inboxes", self._join_inbox),
            ("GET", "/conversations", self._list),
            ("POST", "/conversations", self._open),
            ("GET", "/conversations/{id}", self._show),
            ("GET", "/conversations/{id}/messages", self._list_messages),
            ("POST", "/conversations/{id}/messages", self._write),
            ("POST", "/conversations/{id}/toggle_status", self._toggle_status),
            ("POST", "/conversations/{id}/assignments", self._assign),
            ("POST", "/conversations/{id}/toggle_typing_status", self._type),
        ):
            app.router.add_route(method, base + path, self._guarded(handler))

    def add_inbox(self, name: str, channel: str, webhook_url: str = "") -> Record:
        """Add an inbox of a kind such as `Channel::Whatsapp`."""
        number = next(self._numbers)
        inbox: Record = {
            "id": number,
            "name": name,
            "channel_type": channel,
            "webhook_url": webhook_url,
        }
        self.inboxes[number] = inbox
        return inbox

    def open_conversation(
        self, inbox: Record, contact: Record, source_id: str, status: str
    ) -> Record:
        """Add a conversation of a contact."""
        conversation = {
            "id": next(self._numbers),
            "inbox_id": inbox["id"],
            "status": status,
            "channel": inbox["channel_type"],
            "can_reply": True,
            "contact_inbox": {"source_id": source_id},
            "custom_attributes": {},
            "meta": {"sender": contact, "assignee": None},
            "messages": [],
            "updated_at": self._clock().timestamp(),
        }
        self.conversations[conversation["id"]] = conversation
        return conversation

    def add_contact(self, **facts: Any) -> Record:
        """Add a contact. Raises Refused for a number that is not E.164 or already taken."""
        number = facts.get("phone_number")
        if number and not _E164.fullmatch(str(number)):
            raise Refused(422, "Phone number should be in e164 format")
        for key in ("phone_number", "identifier", "email"):
            if facts.get(key) and any(
                known.get(key) == facts[key] for known in self.contacts.values()
            ):
                raise Refused(422, f"{key} has already been taken")
        contact = {"id": next(self._numbers), "type": "contact", **facts, "contact_inboxes": []}
        self.contacts[contact["id"]] = contact
        return contact

    def add_message(self, conversation: Record, **facts: Any) -> Record:
        """Append a message in the form that a listing has."""
        message = {
            "id": next(self._numbers),
            "content": "",
            "message_type": KINDS["outgoing"],
            "private": False,
            "content_type": "text",
            "content_attributes": {},
            "source_id": None,
            "status": "sent",
            "created_at": int(self._clock().timestamp()),
            **facts,
        }
        conversation["messages"].append(message)
        conversation["updated_at"] = self._clock().timestamp()
        return message

    def _guarded(
        self, handler: Callable[[web.Request, Record], Awaitable[Any]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def guarded(request: web.Request) -> web.Response:
            given = request.headers.get("api_access_token", "").encode("utf-8", "replace")
            if not hmac.compare_digest(given, self._key):
                return _refusal(401, "Invalid Access Token")
            if request.match_info["account"] != self._account:
                return _refusal(404, "Resource could not be found")
            fault = self.faults.take_next()
            if fault == HTML:
                return html_error_page()
            if fault.isdigit():
                return _refusal(int(fault), "scripted")
            try:
                answer = await handler(request, await _body(request))
            except Refused as refused:
                return _refusal(refused.status, str(refused))
            await self.faults.apply(fault, request)
            return web.json_response(answer)

        return guarded

    async def _list_inboxes(self, _request: web.Request, _body: Record) -> Record:
        return {"payload": list(self.inboxes.values())}

    async def _create_inbox(self, _request: web.Request, body: Record) -> Record:
        channel = body.get("channel", {})
        if channel.get("type") != "api":
            raise Refused(422, "only API channels are made by this stand-in")
        return self.add_inbox(str(body["name"]), "Channel::Api", channel.get("webhook_url", ""))

    async def _change_inbox(self, request: web.Request, body: Record) -> Record:
        inbox = _found(self.inboxes, request)
        inbox["webhook_url"] = body.get("channel", {}).get("webhook_url", inbox["webhook_url"])
        return inbox

    async def _search(self, request: web.Request, _body: Record) -> Record:
        wanted = request.query.get("q", "").casefold()
        hits = [
            contact
            for contact in self.contacts.values()
            if any(
                wanted in str(contact.get(key, "")).casefold()
                for key in ("name", "phone_number", "identifier", "email")
            )
        ]
        return {"payload": hits}

    async def _create_contact(self, _request: web.Request, body: Record) -> Record:
        return {"payload": {"contact": self.add_contact(**body)}}

    async def _of_contact(self, request: web.Request, _body: Record) -> Record:
        contact = _found(self.contacts, request)
        own = [c for c in self.conversations.values() if c["meta"]["sender"] is contact]
        return {"payload": [_shown(item) for item in own]}

    async def _join_inbox(self, request: web.Request, body: Record) -> Record:
        contact = _found(self.contacts, request)
        if any(known["source_id"] == body["source_id"] for known in contact["contact_inboxes"]):
            raise Refused(422, "source_id has already been taken")
        joined = {"inbox_id": body["inbox_id"], "source_id": body["source_id"]}
        contact["contact_inboxes"].append(joined)
        return joined

    async def _list(self, request: web.Request, _body: Record) -> Record:
        status = request.query.get("status", "open")
        page = int(request.query.get("page", 1))
        wanted = [item for item in self.conversations.values() if status in {"all", item["status"]}]
        wanted.sort(key=lambda item: item["updated_at"], reverse=True)
        shown = wanted[(page - 1) * PAGE : page * PAGE]
        return {"data": {"payload": [_shown(item) for item in shown]}}

    async def _open(self, _request: web.Request, body: Record) -> Record:
        for contact in self.contacts.values():
            for joined in contact["contact_inboxes"]:
                if joined["source_id"] == body.get("source_id"):
                    inbox = self.inboxes[joined["inbox_id"]]
                    status = body.get("status", "open")
                    return _shown(
                        self.open_conversation(inbox, contact, joined["source_id"], status)
                    )
        raise Refused(404, "Resource could not be found")

    async def _show(self, request: web.Request, _body: Record) -> Record:
        return _shown(_found(self.conversations, request))

    async def _list_messages(self, request: web.Request, _body: Record) -> Record:
        messages = _found(self.conversations, request)["messages"]
        before = int(request.query.get("before", 2**63))
        return {"payload": [item for item in messages if item["id"] < before][-PAGE:]}

    async def _write(self, request: web.Request, body: Record) -> Record:
        conversation = _found(self.conversations, request)
        kind = body.get("message_type", "outgoing")
        inbox = self.inboxes[conversation["inbox_id"]]
        if kind == "incoming" and inbox["channel_type"] != "Channel::Api":
            raise Refused(422, "Incoming messages are only allowed in Api inboxes")
        if kind not in {"incoming", "outgoing"}:
            raise Refused(422, "message_type is invalid")
        minute = self._clock().timestamp() - 60
        if sum(m["created_at"] > minute for m in conversation["messages"]) >= MOST_PER_MINUTE:
            raise Refused(422, "Too many messages")
        is_ours = kind == "outgoing"
        message = self.add_message(
            conversation,
            content=str(body.get("content", ""))[:CONTENT_LIMIT],
            message_type=KINDS[kind],
            private=bool(body.get("private", False)),
            content_type=body.get("content_type", "text"),
            content_attributes=body.get("content_attributes", {}),
            source_id=body.get("source_id"),
            sender={"id": 1, "type": "agent_bot" if is_ours else "contact", "name": "Lola"},
        )
        if is_ours and not message["private"]:
            delivered = SentMessage(
                id=str(message["id"]),
                account=self._account,
                recipient=str(conversation["id"]),
                message=body,
                at=self._clock(),
            )
            await self.message_log.add(delivered)
        if kind == "incoming" and conversation["status"] == "resolved":
            conversation["status"] = "open"
        return message

    async def _toggle_status(self, request: web.Request, body: Record) -> Record:
        conversation = _found(self.conversations, request)
        status = body.get("status")
        if status not in STATES:
            raise Refused(422, "status is required: without it Chatwoot would toggle")
        conversation["status"] = status
        conversation["updated_at"] = self._clock().timestamp()
        return {"payload": {"success": True, "current_status": status}}

    async def _assign(self, request: web.Request, body: Record) -> Record:
        conversation = _found(self.conversations, request)
        agent = body.get("assignee_id")
        conversation["meta"]["assignee"] = {"id": agent, "type": "user"} if agent else None
        return conversation["meta"]["assignee"] or {}

    async def _type(self, request: web.Request, body: Record) -> Record:
        _found(self.conversations, request)
        if body.get("typing_status") not in {"on", "off"}:
            raise Refused(422, "typing_status")
        return {}


def _found(records: dict[int, Record], request: web.Request) -> Record:
    wanted = request.match_info["id"]
    record = records.get(int(wanted)) if wanted.isdigit() else None
    if record is None:
        raise Refused(404, "Resource could not be found")
    return record


def _shown(conversation: Record) -> Record:
    return {key: value for key, value in conversation.items() if key != "messages"}


async def _body(request: web.Request) -> Record:
    text = await request.read()
    try:
        body = json.loads(text) if text else {}
    except ValueError:
        raise Refused(400, "the body is not JSON") from None
    if not isinstance(body, dict):
        raise Refused(400, "the body is not an object")
    return body


def _refusal(status: int, message: str) -> web.Response:
    return web.json_response({"message": message}, status=status)
