"""Simulated devices of a running development service, over HTTP below `/control/devices`.

The sandbox plays the providers, so it also plays the senders' telephones: a device signs webhooks
as its provider does. For `lola chat` and testers; a production service has no sandbox and so none
of this.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from lola.app import Service
from lola.errors import LolaError
from lola.sandbox.control_requests import read_request
from lola.testing.device_actions import Action, act
from lola.testing.simulated_channel import Connection
from lola.testing.simulated_channels import SIMULATED_CHANNELS
from lola.testing.simulated_sender import HarnessError, SimulatedSender
from lola.testing.turn_line import reply_lines, turn_line
from lola.testing.waiting import until
from lola.testing.widget_browser import WidgetBrowser
from lola.text.phone_numbers import canonical

LONGEST_WAIT = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A device with its sender. The lock keeps actions of two clients apart."""

    sender: SimulatedSender
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class DeviceApi:
    """The devices of one service, one per channel and number."""

    def __init__(self, service: Service, connection: Connection) -> None:
        self._service = service
        self._connection = connection
        self._widget = WidgetBrowser(connection.http)
        self._held: dict[tuple[str, str], _Held] = {}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve a request below `/control/devices`."""
        parts = request.match_info["rest"].strip("/").split("/")
        serve = self._served(request.method, parts)
        try:
            return await serve(request)
        except LolaError as error:
            return _problem(str(error), 409)

    def _served(
        self, method: str, parts: list[str]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        match method, parts:
            case "GET", [""]:
                return self._about
            case "GET", [_, _]:
                return self._list
            case "POST", [_, _]:
                return self._act
        raise web.HTTPNotFound

    async def _about(self, _request: web.Request) -> web.Response:
        about = {
            "pid": os.getpid(),
            "service": self._service.url,
            "channels": [one.name for one in self._service.channels],
        }
        return web.json_response(about)

    async def _list(self, request: web.Request) -> web.Response:
        """List what was received from number `after` on; wait `seconds` for something new."""
        held = self._device(request, "Sender")
        after = int(request.query.get("after", 0))
        seconds = min(float(request.query.get("seconds", 0)), LONGEST_WAIT)

        async def has_more() -> bool:
            return len(held.sender.last_seen) > after

        with suppress(TimeoutError):
            await until(has_more, seconds)
        seen = held.sender.last_seen
        items = [line.model_dump() for line in reply_lines(seen[after:])]
        return web.json_response({"items": items, "seen": len(seen)})

    async def _act(self, request: web.Request) -> web.Response:
        # A page of another origin cannot send this type without asking first.
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        action: Action = await read_request(request, Action)  # type: ignore[arg-type]
        held = self._device(request, action.name)
        async with held.lock:
            turns = await act(held.sender, action, self._widget)
            seen = len(held.sender.last_seen)
        lines = [turn_line(report).model_dump() for report in turns]
        return web.json_response({"turns": lines, "seen": seen})

    def _device(self, request: web.Request, name: str) -> _Held:
        channel, raw = request.match_info["rest"].strip("/").split("/")
        phone = canonical(raw)
        if phone is None:
            raise HarnessError(f"{raw!r} is not a telephone number")
        if channel not in SIMULATED_CHANNELS.keys() & {one.name for one in self._service.channels}:
            raise HarnessError(f"this service has no channel {channel!r}; CHANNELS names its own")
        if (channel, phone) not in self._held:
            connected = SIMULATED_CHANNELS[channel].connect(self._connection, phone, name)
            sender = SimulatedSender(
                self._service, connected.device, connected.address, connected.inbox
            )
            self._held[channel, phone] = _Held(sender=sender)
        return self._held[channel, phone]


def _problem(text: str, status: int) -> web.Response:
    return web.Response(
        status=status, text=json.dumps({"problem": text}), content_type="application/json"
    )


@asynccontextmanager
async def simulated_devices(service: Service) -> AsyncIterator[None]:
    """Let the service's sandbox serve simulated devices. Raises HarnessError without a sandbox."""
    sandbox = service.sandbox
    if sandbox is None:
        raise HarnessError("only a service with a sandbox has simulated devices")
    # aiohttp keeps cookies of an IP address, such as loopback, only in an "unsafe" jar.
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        connection = Connection(service=service, sandbox=sandbox, http=http, clock=service.clock)
        sandbox.devices = DeviceApi(service, connection).handle
        try:
            yield
        finally:
            sandbox.devices = None
