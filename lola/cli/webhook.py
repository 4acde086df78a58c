"""`lola webhook`: sets and shows a provider's webhook address through the provider's API.

Only for channels whose provider has such an API; the others are set up in a portal. It never prints
a credential.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable

from lola.app import load
from lola.channel.contract import Registered
from lola.domain.clock import system_clock
from lola.domain.messages import JsonObject
from lola.errors import ConfigurationError
from lola.safety.outgoing import open_session
from lola.settings import Settings, load_settings


def set_webhook(channel: str) -> None:
    """Register WEBHOOK_URL with the channel's provider. Raises LolaError."""

    async def register(registered: Registered, settings: Settings) -> JsonObject:
        if not settings.webhook_url.startswith("https://"):
            raise ConfigurationError(
                "WEBHOOK_URL", "must be the public https address that the provider can reach"
            )
        await registered.register(settings.public_url)
        return await registered.registration()

    _print(asyncio.run(_with(channel, register)))


def show_webhook(channel: str) -> None:
    """Print what the channel's provider has registered. Raises LolaError."""

    async def show(registered: Registered, _settings: Settings) -> JsonObject:
        return await registered.registration()

    _print(asyncio.run(_with(channel, show)))


async def _with(
    channel: str, work: Callable[[Registered, Settings], Awaitable[JsonObject]]
) -> JsonObject:
    settings = load_settings()
    async with open_session() as http:
        known = {
            kind.name: kind
            for kind in (load("CHANNELS", name) for name in settings.channels)
            if issubclass(kind, Registered)
        }
        if channel not in known:
            names = ", ".join(sorted(known)) or "none"
            raise ConfigurationError(
                "CHANNELS", f"{channel} has no webhook to set by command; these have: {names}"
            )
        return await work(known[channel].build(settings, http, system_clock), settings)


def _print(found: JsonObject) -> None:
    print(json.dumps(found, ensure_ascii=False, indent=2))  # noqa: T201 - the command's output
