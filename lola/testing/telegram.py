"""A simulated Telegram user: updates as the Bot API sends them, and what the user sees."""

import json
import re
from html import unescape
from itertools import count
from secrets import randbelow
from typing import Any

import aiohttp

from lola.domain.clock import Clock
from lola.domain.messages import SHARE_NUMBER, Address, JsonObject
from lola.sandbox.files import SentFile
from lola.sandbox.telegram.stub import TelegramStub
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

_FILES = {"image": "photo", "audio": "voice"}


class TelegramDevice:
    """One Telegram user with a telephone `number`, whose user id is `user`."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        gateway_url: str,
        secret_token: str,
        number: str,
        name: str,
        clock: Clock,
        *,
        inbox: Inbox = no_inbox,
    ) -> None:
        self.number = number.lstrip("+")
        self.user = user_of(number)
        self.inbox = inbox
        self._http = http
        self._url = f"{gateway_url.rstrip('/')}/webhooks/telegram"
        self._secret = secret_token
        self._person = {"id": self.user, "is_bot": False, "first_name": name, "language_code": "es"}
        self._clock = clock
        self._updates = count(randbelow(2**31))
        self._messages = count(1)

    async def say(self, text: str) -> Posted:
        """Write a text."""
        return await self._write({"text": text})

    async def tap(self, option_id: str, title: str) -> Posted:
        """Tap a button, or write the number of a numbered option."""
        if option_id == SHARE_NUMBER:
            return await self.prove()
        if option_id.isdigit():
            return await self.say(option_id)
        markup = {"inline_keyboard": [[{"text": title, "callback_data": option_id}]]}
        query = {
            "id": str(randbelow(2**60)),
            "from": self._person,
            "message": self._message({"text": "…", "reply_markup": markup}),
            "chat_instance": "1",
            "data": option_id,
        }
        return await self._send({"callback_query": query})

    async def share_contact(self, name: str, *numbers: str) -> Posted:
        """Share a card from the address book."""
        return await self._write(
            {"contact": {"first_name": name, "phone_number": numbers[0] if numbers else ""}}
        )

    async def prove(self) -> Posted:
        """Share the sender's own number with the button for that."""
        contact = {
            "phone_number": self.number,
            "first_name": self._person["first_name"],
            "user_id": self.user,
        }
        return await self._write({"contact": contact})

    async def send_media(
        self, media: str, caption: str = "", *, file: SentFile | None = None
    ) -> Posted:
        """Send a file: image, video, audio, document or sticker."""
        kind = _FILES.get(media, media)
        told: Any = {"file_id": "F", "file_unique_id": "U"}
        if file is not None:
            told |= {"file_id": file.id, "mime_type": file.mime, "file_size": len(file.data)}
            told |= {"file_name": file.name} if file.name else {}
        part = {kind: [told] if kind == "photo" else told}
        return await self._write(part | ({"caption": caption} if caption else {}))

    async def send_place(self, latitude: float, longitude: float) -> Posted:
        """Send a place."""
        return await self._write({"location": {"latitude": latitude, "longitude": longitude}})

    async def _write(self, content: JsonObject) -> Posted:
        return await self._send({"message": self._message({"from": self._person, **content})})

    def _message(self, content: JsonObject) -> JsonObject:
        return {
            "message_id": next(self._messages),
            "date": int(self._clock().timestamp()),
            "chat": {"id": self.user, "type": "private"},
            **content,
        }

    async def _send(self, event: JsonObject) -> Posted:
        update_id = next(self._updates)
        body = json.dumps({"update_id": update_id, **event}).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Telegram-Bot-Api-Secret-Token": self._secret,
        }
        status = await post_webhook(self._http, self._url, body, headers)
        return Posted(status=status, message_id=str(update_id))


def user_of(number: str) -> int:
    """Return the user id of the sender with this number: stable, and not the number itself."""
    return 5_000_000_000 + int(number.lstrip("+")) % 1_000_000_000


def received_from_telegram(message: dict[str, Any]) -> Received:
    """Return what a Telegram user sees of a message that the Bot API accepted."""
    text = unescape(re.sub(r"</?b>", "", message["text"]))
    markup = message.get("reply_markup") or {}
    buttons = [button for row in markup.get("inline_keyboard", ()) for button in row]
    options = tuple(
        (button["callback_data"], button["text"]) for button in buttons if "callback_data" in button
    )
    asked = tuple(
        (SHARE_NUMBER, button["text"])
        for row in markup.get("keyboard", ())
        for button in row
        if button.get("request_contact")
    )
    links = tuple((button["text"], button["url"]) for button in buttons if "url" in button)
    if options := options or asked or numbered(text):
        kind: Kind = "buttons" if len(options) <= 3 else "select"
        return Received(kind=kind, text=text, options=options)
    links += addresses(text)
    return Received(kind="link" if links else "text", text=text, links=links)


def _connect(connection: Connection, number: str, name: str) -> ConnectedDevice:
    settings, stub = connection.service.settings, connection.sandbox.channel(TelegramStub)
    device = TelegramDevice(
        connection.http,
        connection.service.url,
        secrets_in(settings.telegram_secret_token)[0],
        number,
        name,
        connection.clock,
    )
    account = settings.telegram_token.get_secret_value().partition(":")[0]
    address = Address(channel=TELEGRAM.name, account=account, sender=str(device.user))
    return ConnectedDevice(
        device=device,
        address=address,
        inbox=lambda: received(stub.messages_to(address.sender), received_from_telegram),
    )


TELEGRAM = SimulatedChannel(name="telegram", connect=_connect)
