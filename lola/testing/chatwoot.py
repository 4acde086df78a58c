"""A simulated sender in a Chatwoot inbox, and a simulated staff member in Chatwoot.

They change the stand-in's records as people would, and deliver the signed webhook that Chatwoot
would send. They know nothing of the service inside.
"""

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any
from uuid import uuid4

import aiohttp

from lola.domain.clock import Clock
from lola.domain.messages import Address, JsonObject
from lola.sandbox.chatwoot.stub import KINDS, ChatwootStub, Record
from lola.sandbox.files import SentFile
from lola.settings import secrets_in
from lola.testing.device import (
    Inbox,
    Kind,
    Posted,
    Received,
    addresses,
    no_inbox,
    numbered,
    post_webhook,
)
from lola.testing.simulated_channel import (
    ConnectedDevice,
    Connection,
    SimulatedChannel,
    received,
)
from lola.text.phone_numbers import canonical

_KIND_NAMES = {number: name for name, number in KINDS.items()}


class ChatwootWebhooks:
    """Delivers the events of one account to the gateway, once each (reference/channels.md 4.6)."""

    def __init__(
        self, http: aiohttp.ClientSession, gateway_url: str, secret: str, account: str, clock: Clock
    ) -> None:
        self._http = http
        self._url = f"{gateway_url.rstrip('/')}/webhooks/chatwoot"
        self._secret = secret.encode()
        self._account = account
        self._clock = clock

    async def message(self, kind: str, conversation: Record, message: Record) -> int:
        """Deliver `message_created` or `message_updated` and return the gateway's status."""
        created = datetime.fromtimestamp(message["created_at"], self._clock().tzinfo)
        event = {
            **message,
            "event": kind,
            "message_type": _KIND_NAMES[message["message_type"]],
            "created_at": created.isoformat(),
            "conversation": _without_messages(conversation),
        }
        return await self.deliver(event)

    async def changed(self, kind: str, conversation: Record, **values: Any) -> int:
        """Deliver `conversation_updated` or a similar event with what changed."""
        changes = [{key: {"current_value": value}} for key, value in values.items()]
        event = {
            **_without_messages(conversation),
            "event": kind,
            "changed_attributes": changes,
        }
        return await self.deliver(event)

    async def deliver(self, event: JsonObject) -> int:
        """Sign an event and post it."""
        body = json.dumps({**event, "account": {"id": int(self._account)}}).encode()
        timestamp = str(int(self._clock().timestamp()))
        signed = timestamp.encode() + b"." + body
        digest = hmac.new(self._secret, signed, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Chatwoot-Timestamp": timestamp,
            "X-Chatwoot-Signature": f"sha256={digest}",
            "X-Chatwoot-Delivery": str(uuid4()),
        }
        return await post_webhook(self._http, self._url, body, headers)


class ChatwootDevice:
    """One sender in a WhatsApp inbox of Chatwoot, where the bot owns new conversations."""

    def __init__(
        self,
        stub: ChatwootStub,
        webhooks: ChatwootWebhooks,
        number: str,
        name: str,
        *,
        inbox: Inbox = no_inbox,
    ) -> None:
        self.inbox = inbox
        self._stub = stub
        self._webhooks = webhooks
        channel = stub.add_inbox("WhatsApp", "Channel::Whatsapp")
        self._contact = stub.add_contact(name=name, phone_number=f"+{number.lstrip('+')}")
        self.conversation = stub.open_conversation(
            channel, self._contact, number.lstrip("+"), "pending"
        )

    async def say(self, text: str) -> Posted:
        """Write a text."""
        return await self._write(content=text)

    async def tap(self, option_id: str, title: str) -> Posted:  # noqa: ARG002 - same signature on every channel
        """Choose an option: Chatwoot gets a tap on WhatsApp as the title's text."""
        return await self.say(title)

    async def share_contact(self, name: str, *numbers: str) -> Posted:
        """Share a contact card, which Chatwoot turns into an attachment."""
        return await self.send_media("contact", " ".join((name, *numbers)))

    async def send_media(
        self,
        media: str,
        caption: str = "",
        *,
        file: SentFile | None = None,  # noqa: ARG002 - the service fetches no file from Chatwoot
    ) -> Posted:
        """Send a file of a kind such as `image`."""
        kind = media if media in {"image", "audio", "video"} else "file"
        return await self._write(content=caption, attachments=[{"id": 1, "file_type": kind}])

    async def send_place(self, latitude: float, longitude: float) -> Posted:  # noqa: ARG002 - same signature on every channel
        """Send a place, which Chatwoot turns into an attachment."""
        return await self._write(content="", attachments=[{"id": 1, "file_type": "location"}])

    async def prove(self) -> None:
        """Do nothing: the inbox has the number with every message."""

    async def _write(self, **facts: Any) -> Posted:
        message = self._stub.add_message(
            self.conversation, message_type=KINDS["incoming"], sender=self._contact, **facts
        )
        status = await self._webhooks.message("message_created", self.conversation, message)
        return Posted(status=status, message_id=str(message["id"]))


class ChatwootStaffMember:
    """A staff member in Chatwoot. `deliver=False` is a webhook that never arrives."""

    def __init__(self, stub: ChatwootStub, webhooks: ChatwootWebhooks, name: str) -> None:
        self._stub = stub
        self._webhooks = webhooks
        self._person = {"id": 2, "name": name, "type": "user"}

    async def reply(
        self, conversation: Record, text: str, *, private: bool = False, deliver: bool = True
    ) -> Record:
        """Write to the sender, or a note that only staff see."""
        message = self._stub.add_message(
            conversation, content=text, private=private, sender=self._person
        )
        if deliver:
            await self._webhooks.message("message_created", conversation, message)
        return message

    async def assign(self, conversation: Record, *, deliver: bool = True) -> None:
        """Assign a conversation to this person."""
        conversation["meta"]["assignee"] = self._person
        conversation["status"] = "open"
        if deliver:
            await self._webhooks.changed("conversation_updated", conversation, assignee_id=2)

    async def set_status(self, conversation: Record, status: str, *, deliver: bool = True) -> None:
        """Resolve, open, or return to the bot (`pending`)."""
        conversation["status"] = status
        if status == "pending":
            conversation["meta"]["assignee"] = None
        if deliver:
            await self._webhooks.changed("conversation_status_changed", conversation, status=status)


def received_from_chatwoot(message: dict[str, Any]) -> Received:
    """Return what a sender sees of a message that Chatwoot accepted."""
    text = message["content"].replace("**", "")
    attributes = message.get("content_attributes", {})
    options = tuple((item["value"], item["title"]) for item in attributes.get("items", ()))
    if options := options or numbered(text):
        kind: Kind = "buttons" if len(options) <= 3 else "select"
        return Received(kind=kind, text=text, options=options)
    links = addresses(text)
    return Received(kind="link" if links else "text", text=text, links=links)


def _without_messages(conversation: Record) -> Record:
    return {key: value for key, value in conversation.items() if key != "messages"}


def _connect(connection: Connection, number: str, name: str) -> ConnectedDevice:
    settings, stub = connection.service.settings, connection.sandbox.channel(ChatwootStub)
    secret, account = settings.chatwoot_webhook_secret, settings.chatwoot_account_id
    webhooks = ChatwootWebhooks(
        connection.http,
        connection.service.url,
        secrets_in(secret)[0],
        account,
        connection.clock,
    )
    device = ChatwootDevice(stub, webhooks, number, name)
    thread = str(device.conversation["id"])
    address = Address(
        channel=CHATWOOT.name, account=account, sender=thread, phone=canonical(number)
    )
    return ConnectedDevice(
        device=device,
        address=address,
        inbox=lambda: received(stub.messages_to(thread), received_from_chatwoot),
    )


CHATWOOT = SimulatedChannel(name="chatwoot", connect=_connect)
