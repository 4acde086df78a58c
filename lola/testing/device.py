"""Simulated telephones: a sender's hands and eyes for the demo, the chat harness and the tests.

A phone does what the provider would do for a real one: it wraps what the sender does into the
provider's webhook, signs the raw bytes and posts them to the gateway. What the sender sees comes
from an injected inbox, in one shape for every channel. A phone knows nothing of the service inside.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from urllib.parse import urlencode
from uuid import uuid4

import aiohttp

from lola.domain.clock import Clock
from lola.domain.messages import SHARE_NUMBER, JsonObject

POST_SECONDS = 10.0

Kind = Literal["text", "buttons", "select", "link"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What a sender sees. `options` are (id, title), `links` are (label, address)."""

    kind: Kind
    text: str
    options: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()


Inbox = Callable[[], Awaitable[list[Received]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What became of a webhook: the gateway's HTTP status, and the message's provider id."""

    status: int
    message_id: str


async def no_inbox() -> list[Received]:
    """Whoever needs no eyes gets none."""
    return []


class Phone(Protocol):
    """What a sender can do on any channel."""

    async def say(self, text: str) -> Posted:
        """Write a text."""
        ...

    async def tap(self, option_id: str, title: str) -> Posted:
        """Choose what was offered."""
        ...

    async def share_contact(self, name: str, *numbers: str) -> Posted:
        """Share a contact card."""
        ...

    async def send_media(self, media: str, caption: str = "") -> Posted:
        """Send a file of a kind such as `image`."""
        ...

    async def prove(self) -> Posted | None:
        """Prove one's number, where the channel does not know it by itself."""
        ...


class WhatsAppPhone:
    """One WhatsApp user. `number` is the `wa_id`: digits without a plus.

    With a `user_id` they go by a username, and Meta tells that id instead of the number.
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
    ) -> None:
        self.number = number.lstrip("+")
        self.inbox = inbox
        self._user_id = user_id
        self._http = http
        self._url = f"{gateway_url.rstrip('/')}/webhooks/whatsapp"
        self._secret = app_secret.encode()
        self._account = phone_number_id
        self._name = name
        self._clock = clock

    async def say(self, text: str) -> Posted:
        """Write a text."""
        return await self._send({"type": "text", "text": {"body": text}})

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

    async def send_media(self, media: str, caption: str = "") -> Posted:
        """Send a file: image, video, audio, document or sticker."""
        part = {"id": "300000000000001", "mime_type": "application/octet-stream", "sha256": "AAAA"}
        return await self._send(
            {"type": media, media: part | ({"caption": caption} if caption else {})}
        )

    async def prove(self) -> Posted | None:
        """Share one's own number, if Meta does not tell it with every message."""
        return await self._share_own() if self._user_id else None

    async def _share_own(self) -> Posted:
        card = {
            "name": {"formatted_name": self._name},
            "phones": [{"phone": f"+{self.number}", "wa_id": self.number}],
            "origin": "contact_request",
        }
        return await self._send({"type": "contacts", "contacts": [card]})

    async def _send(self, content: JsonObject) -> Posted:
        message_id = f"wamid.PHONE{uuid4().hex.upper()}"
        known = {"user_id": self._user_id} if self._user_id else {"wa_id": self.number}
        who = {"from_user_id": self._user_id} if self._user_id else {"from": self.number}
        message = {
            **who,
            "id": message_id,
            "timestamp": str(int(self._clock().timestamp())),
            **content,
        }
        value = {
            "messaging_product": "whatsapp",
            "metadata": {
                "display_phone_number": self._account,
                "phone_number_id": self._account,
            },
            "contacts": [{"profile": {"name": self._name}, **known}],
            "messages": [message],
        }
        entry = {"id": "200000000000001", "changes": [{"field": "messages", "value": value}]}
        body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
        digest = hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}
        return Posted(
            status=await post_webhook(self._http, self._url, body, headers), message_id=message_id
        )


class SmsPhone:
    """One SMS user behind Twilio. `public_url` is what Twilio signs, if not `gateway_url`.

    `carrier` hears number and words before anybody else, as Twilio does.
    """

    path = "/webhooks/sms"

    def __init__(
        self,
        http: aiohttp.ClientSession,
        gateway_url: str,
        auth_token: str,
        account_sid: str,
        business_number: str,
        number: str,
        *,
        public_url: str = "",
        inbox: Inbox = no_inbox,
        carrier: Callable[[str, str], None] = lambda *_: None,
    ) -> None:
        self.number = number
        self.inbox = inbox
        self._http = http
        self._url = f"{gateway_url.rstrip('/')}{self.path}"
        self._signed_url = f"{(public_url or gateway_url).rstrip('/')}{self.path}"
        self._token = auth_token.encode()
        self._account_sid = account_sid
        self._business_number = business_number
        self._carrier = carrier
        self._last = b"", {"": ""}, ""

    async def say(self, text: str) -> Posted:
        """Write a text."""
        return await self._send({"Body": text, "NumMedia": "0"})

    async def tap(self, option_id: str, title: str) -> Posted:  # noqa: ARG002 - as on WhatsApp
        """Choose a numbered line; SMS has nothing to tap, so the number is written."""
        return await self.say(option_id)

    async def share_contact(self, name: str, *numbers: str) -> Posted:  # noqa: ARG002 - as on WhatsApp
        """Share a contact card: on SMS a file that is never fetched."""
        return await self.send_media("text/x-vcard")

    async def send_media(self, media: str, caption: str = "") -> Posted:
        """Send a file of a MIME type, or of a kind such as `image`."""
        mime = media if "/" in media else f"{media}/unknown"
        file = {"MediaUrl0": "https://api.twilio.com/media/ME0", "MediaContentType0": mime}
        return await self._send({"Body": caption, "NumMedia": "1", **file})

    async def prove(self) -> None:
        """The carrier tells the number with every message."""

    async def _send(self, content: dict[str, str]) -> Posted:
        message_id = f"SM{uuid4().hex}"
        self._carrier(self.number, content.get("Body", ""))
        form = {
            "MessageSid": message_id,
            "SmsSid": message_id,
            "SmsStatus": "received",
            "AccountSid": self._account_sid,
            "From": self.number,
            "To": self._business_number,
            "FromCity": "",
            "NumSegments": "1",
            **content,
        }
        signed = self._signed_url + "".join(key + form[key] for key in sorted(form))
        digest = hmac.new(self._token, signed.encode(), hashlib.sha1).digest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": base64.b64encode(digest).decode(),
            "I-Twilio-Idempotency-Token": str(uuid4()),
        }
        self._last = urlencode(form).encode(), headers, message_id
        return await self.repeat()

    async def repeat(self) -> Posted:
        """Deliver the newest webhook, once more if it was delivered before."""
        body, headers, message_id = self._last
        status = await post_webhook(self._http, self._url, body, headers)
        return Posted(status=status, message_id=message_id)


async def post_webhook(
    http: aiohttp.ClientSession, url: str, body: bytes, headers: dict[str, str]
) -> int:
    """Deliver a webhook and answer its status."""
    timeout = aiohttp.ClientTimeout(total=POST_SECONDS)
    async with http.post(url, data=body, headers=headers, timeout=timeout) as response:
        await response.read()
        return response.status


def received_from_graph(message: dict[str, Any]) -> Received:
    """Answer what a WhatsApp user sees of a payload that the Cloud API accepted."""
    if message["type"] == "text":
        text = message["text"]["body"]
        return Received(kind="text", text=text, links=addresses(text))
    if message["type"] == "template":
        template = message["template"]
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


def received_from_twilio(message: dict[str, Any]) -> Received:
    """Answer what an SMS user sees: numbered lines are options, whose id is the number."""
    text = message["Body"]
    options = numbered(text)
    links = addresses(text)
    kind: Kind = "link" if links else "text"
    if options:
        kind = "buttons" if len(options) <= 3 else "select"
    return Received(kind=kind, text=text, options=options, links=links)


def numbered(text: str) -> tuple[tuple[str, str], ...]:
    """Answer the numbered lines of a text, as options whose id is the number to write."""
    return tuple(re.findall(r"(?m)^(\d{1,2})\. (.+)$", text))


def addresses(text: str) -> tuple[tuple[str, str], ...]:
    """Answer every address in a text, as (label, address)."""
    found = re.findall(r"(?m)(?:^(.{1,20}): )?(https?://\S+)", text)
    return tuple((label, url.rstrip(".,;)")) for label, url in found)
