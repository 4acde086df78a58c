"""What every simulated device has in common, whatever its channel.

A device does what the provider would do for a real one: it puts what the sender does into the
provider's webhook, signs the raw bytes and posts them to the gateway. What the sender sees is read
from an injected inbox, in one form for every channel. A device knows nothing of the service inside.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import aiohttp

from lola.sandbox.files import SentFile

POST_SECONDS = 60.0

Kind = Literal["text", "buttons", "select", "link"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One message as a sender sees it. `options` are (id, title), `links` are (label, address)."""

    kind: Kind
    text: str
    options: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()


Inbox = Callable[[], Awaitable[list[Received]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The gateway's HTTP status for a webhook, and the provider's id of the message."""

    status: int
    message_id: str


async def no_inbox() -> list[Received]:
    """Return no messages: the default for a device whose inbox is never read."""
    return []


class Device(Protocol):
    """What a sender can do on every channel."""

    async def say(self, text: str) -> Posted:
        """Write a text."""
        ...

    async def tap(self, option_id: str, title: str) -> Posted:
        """Choose what was offered."""
        ...

    async def share_contact(self, name: str, *numbers: str) -> Posted:
        """Share a contact card."""
        ...

    async def send_media(
        self, media: str, caption: str = "", *, file: SentFile | None = None
    ) -> Posted:
        """Send a file of a kind such as `image`."""
        ...

    async def send_place(self, latitude: float, longitude: float) -> Posted | None:
        """Send a place; return None on a channel that has none."""
        ...

    async def prove(self) -> Posted | None:
        """Prove the sender's number, where the channel does not tell it."""
        ...


async def post_webhook(
    http: aiohttp.ClientSession, url: str, body: bytes, headers: dict[str, str]
) -> int:
    """Deliver a webhook, once more where the connection was cut; return the gateway's status.

    Providers do the same: an idle connection may end just as it is used again.
    """
    try:
        return await _post(http, url, body, headers)
    except aiohttp.ClientConnectionError:
        return await _post(http, url, body, headers)


async def _post(http: aiohttp.ClientSession, url: str, body: bytes, headers: dict[str, str]) -> int:
    timeout = aiohttp.ClientTimeout(total=POST_SECONDS)
    async with http.post(url, data=body, headers=headers, timeout=timeout) as response:
        await response.read()
        return response.status


def numbered(text: str) -> tuple[tuple[str, str], ...]:
    """Return the numbered lines of a text, as options whose id is the number to write."""
    return tuple(re.findall(r"(?m)^(\d{1,2})\. (.+)$", text))


def addresses(text: str) -> tuple[tuple[str, str], ...]:
    """Return every address in a text, as (label, address)."""
    found = re.findall(r"(?m)(?:^(.{1,20}): )?(https?://\S+)", text)
    return tuple((label, url.rstrip(".,;)")) for label, url in found)
