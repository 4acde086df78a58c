"""A simulated WhatsApp user on Meta's Cloud API."""

import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import uuid4

import aiohttp

from lola.domain.clock import Clock
from lola.domain.messages import SHARE_NUMBER, Address, JsonObject
from lola.sandbox.files import SentFile
from lola.sandbox.whatsapp.stub import GraphStub
from lola.sandbox.whatsapp.templates import TemplateShelf
from lola.settings import secrets_in
from lola.testing.device import Inbox, Posted, Received, addresses, no_inbox, post_webhook
from lola.testing.simulated_channel import ConnectedDevice, Connection, SimulatedChannel, received
from lola.text.phone_numbers import canonical


class WhatsAppDevice:
    """One WhatsApp user. `number` is the `wa_id`: digits without a plus.

    With a `user_id` Meta tells that id with every message, and the number beside it only while
    `shows_number` (a sender with a username may be unknown to the bank for 30 days). `introduce` is
    called with both, because Meta always knows which number an id belongs to.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        gateway_url: str,
        app_secret: str,
        phone_number_id: str,
        number: str,
        name: str,
        clock: Clock,
        *,
        inbox: Inbox = no_inbox,
        user_id: str = "",
        shows_number: bool = False,
        introduce: Callable[[str, str], None] = lambda *_: None,
    ) -> None:
        self.number = number.lstrip("+")
        self.inbox = inbox
        self.user_id = user_id
        self.shows_number = shows_number or not user_id
        self._introduce = introduce
        self._http = http
        self._url = f"{gateway_url.rstrip('/')}/webhooks/whatsapp"
        self._secret = app_secret.encode()
        self._account = phone_number_id
        self._name = name
        self._clock = clock

    async def say(self, text: str) -> Posted:
        """Write a text."""
        return await self._send({"type": "text", "text": {"body": text}})

    async def say_together(self, texts: Sequence[str]) -> list[Posted]:
        """Write several texts that Meta reports in one webhook."""
        return await self._send_all([{"type": "text", "text": {"body": text}} for text in texts])

    async def tap(self, option_id: str, title: str) -> Posted:
        """Tap a button or a list row."""
        if option_id == SHARE_NUMBER:
            return await self._share_own()
        reply = {"type": "button_reply", "button_reply": {"id": option_id, "title": title}}
        return await self._send({"type": "interactive", "interactive": reply})

    async def share_contact(self, name: str, *numbers: str) -> Posted:
        """Share a contact card."""
        card = {
            "name": {"formatted_name": name},
            "phones": [{"phone": number, "type": "CELL"} for number in numbers],
        }
        return await self._send({"type": "contacts", "contacts": [card]})

    async def send_media(
        self, media: str, caption: str = "", *, file: SentFile | None = None
    ) -> Posted:
        """Send a file: image, video, audio, document or sticker; without bytes one that is gone."""
        part = {"id": "300000000000000", "mime_type": "application/octet-stream", "sha256": "AAAA"}
        if file is not None:
            part = {"id": file.id, "mime_type": file.mime, "sha256": file.digest}
            part |= {"filename": file.name} if file.name else {}
        return await self._send(
            {"type": media, media: part | ({"caption": caption} if caption else {})}
        )

    async def send_place(self, latitude: float, longitude: float) -> Posted:
        """Send a place."""
        place = {"latitude": latitude, "longitude": longitude}
        return await self._send({"type": "location", "location": place})

    async def prove(self) -> Posted | None:
        """Share the sender's own number, if Meta does not tell it with every message."""
        return None if self.shows_number else await self._share_own()

    async def change_user_id(self, user_id: str, *, number: str = "") -> Posted:
        """Move to another id, and to another number if one is given; Meta notifies of either."""
        kind = "user_changed_number" if number else "user_changed_user_id"
        system = {"type": kind, "user_id": user_id, "previous_user_id": self.user_id}
        system |= {"wa_id": number} if number else {}
        who = {"from": self.number} if number and self.shows_number else {}
        posted = await self._send({"type": "system", "system": system}, who)
        self.user_id, self.number = user_id, number or self.number
        return posted

    async def colleague_writes(self, text: str) -> Posted:
        """Let the bank's staff write to this sender with the WhatsApp Business app."""
        echo = {"from": self._account, "type": "text", "text": {"body": text}}
        echo |= {"to": self.number} if self.shows_number else {}
        echo |= {"to_user_id": self.user_id} if self.user_id else {}
        return await self._post("smb_message_echoes", "message_echoes", echo)

    async def _share_own(self) -> Posted:
        card = {
            "name": {"formatted_name": self._name},
            "phones": [{"phone": f"+{self.number}", "wa_id": self.number}],
            "origin": "contact_request",
        }
        return await self._send({"type": "contacts", "contacts": [card]})

    async def _send(self, content: JsonObject, who: JsonObject | None = None) -> Posted:
        (posted,) = await self._send_all([content], who)
        return posted

    async def _send_all(
        self, contents: Sequence[JsonObject], who: JsonObject | None = None
    ) -> list[Posted]:
        shown = {"wa_id": self.number} if self.shows_number else {}
        if who is None:
            who = {"from": self.number} if self.shows_number else {}
            who |= {"from_user_id": self.user_id} if self.user_id else {}
        known = shown | ({"user_id": self.user_id} if self.user_id else {})
        contacts = [{"profile": {"name": self._name}, **known}]
        items = [{**who, **content} for content in contents]
        return await self._post_all("messages", "messages", items, contacts=contacts)

    async def _post(self, field: str, key: str, item: JsonObject, **more: object) -> Posted:
        (posted,) = await self._post_all(field, key, [item], **more)
        return posted

    async def _post_all(
        self, field: str, key: str, items: Sequence[JsonObject], **more: object
    ) -> list[Posted]:
        if self.user_id:
            self._introduce(self.user_id, self.number)
        at = str(int(self._clock().timestamp()))
        stamped = [
            item | {"id": f"wamid.PHONE{uuid4().hex.upper()}", "timestamp": at} for item in items
        ]
        is_system = any(item.get("type") == "system" for item in items)
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": self._account, "phone_number_id": self._account},
            key: stamped,
            **({} if is_system else more),
        }
        entry = {"id": "200000000000001", "changes": [{"field": field, "value": value}]}
        body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
        digest = hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}
        status = await post_webhook(self._http, self._url, body, headers)
        return [Posted(status=status, message_id=one["id"]) for one in stamped]


def received_from_graph(message: dict[str, Any], shelf: TemplateShelf | None = None) -> Received:
    """Return what a sender sees of a payload that the Cloud API accepted.

    `shelf` has the texts of the templates that were created at the stand-in.
    """
    if message["type"] == "text":
        text = message["text"]["body"]
        return Received(kind="text", text=text, links=addresses(text))
    if message["type"] == "template":
        template = message["template"]
        if shelf is not None and shelf.has(template):
            return Received(kind="text", text=shelf.text_of(template))
        return Received(kind="text", text=f"[{template['name']}:{template['language']['code']}]")
    part = message["interactive"]
    text, action = part["body"]["text"], part["action"]
    if part["type"] == "button":
        replies = (button["reply"] for button in action["buttons"])
        options = tuple((reply["id"], reply["title"]) for reply in replies)
        return Received(kind="buttons", text=text, options=options)
    if part["type"] == "list":
        rows = (row for section in action["sections"] for row in section["rows"])
        options = tuple((row["id"], row["title"]) for row in rows)
        return Received(kind="select", text=text, options=options)
    if part["type"] == "request_contact_info":
        return Received(kind="buttons", text=text, options=((SHARE_NUMBER, part["type"]),))
    parameters = action["parameters"]
    links = ((parameters["display_text"], parameters["url"]), *addresses(text))
    return Received(kind="link", text=text, links=links)


def _connect(connection: Connection, number: str, name: str) -> ConnectedDevice:
    settings, digits = connection.service.settings, number.lstrip("+")
    stub = connection.sandbox.channel(GraphStub)
    device = WhatsAppDevice(
        connection.http,
        connection.service.url,
        secrets_in(settings.whatsapp_app_secret)[0],
        settings.phone_number_id,
        digits,
        name,
        connection.clock,
        introduce=stub.introduce,
    )
    address = Address(
        channel=WHATSAPP.name,
        account=settings.phone_number_id,
        sender=digits,
        phone=canonical(digits),
    )
    return ConnectedDevice(
        device=device,
        address=address,
        inbox=lambda: received(
            stub.messages_to(digits), partial(received_from_graph, shelf=stub.shelf)
        ),
    )


WHATSAPP = SimulatedChannel(name="whatsapp", connect=_connect)
