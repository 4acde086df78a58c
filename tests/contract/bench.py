"""What the contract tests must know of a channel: one record each, in tests/contract/benches.

A new channel is added with a record and a stand-in of `lola.sandbox`. The tests themselves name no
channel.
"""

from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from lola.channel.contract import Connector, RawRequest
from lola.domain.clock import system_clock
from lola.domain.messages import (
    Address,
    ButtonsMessage,
    LinkMessage,
    LinkTarget,
    Option,
    SelectMessage,
    TextMessage,
)
from lola.settings import Settings

PUBLIC = "https://bot.bank.example"
WORDS = "¿Cuánto cobran por 200? 😀"
URL = "https://pay.example.com/w/9cZk"
OPTIONS = (Option(id="q:ok", title="Confirmar"), Option(id="q:no", title="Cancelar"))
MESSAGES = {
    "text": TextMessage(content="Hola, Ana"),
    "buttons": ButtonsMessage(content="¿Envío 50 USD?", options=OPTIONS),
    "select": SelectMessage(
        content="Elige un banco", options=OPTIONS, list_title="Bancos", button="Ver bancos"
    ),
    "link": LinkMessage(content="Continúa aquí", links=(LinkTarget(text="Pagar", url=URL),)),
}


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One channel under test.

    `stub` makes its provider's stand-in, `settings` returns the settings that point the connector
    at the stand-in's address, `device` makes a sender's device (given a session, the gateway's
    address and the stand-in), and `received` returns what a sender sees of an accepted payload.
    `faults` maps our name of an error to the stand-in's. `without_secret` are settings without the
    secret that verifies webhooks, `with_wrong_token` settings with a wrong token for sending.
    `signs_body` is False where a webhook has a shared secret and no signature. `reference` finds
    our reference in an accepted payload; None where a provider takes none.
    """

    name: str
    connector: type[Any]
    business: str
    sender: str
    phone_number: str | None
    signature: str
    stub: Callable[[], Any]
    settings: Callable[[str], dict[str, Any]]
    device: Callable[[aiohttp.ClientSession, str, Any], Any]
    received: Callable[[dict[str, Any]], Any]
    faults: Mapping[str, str]
    without_secret: Mapping[str, Any]
    with_wrong_token: Mapping[str, Any]
    reference: Callable[[dict[str, Any]], str] | None
    hasty: Callable[[aiohttp.ClientSession, str, float], Connector]
    signs_body: bool = True


@dataclass(kw_only=True)
class Bench:
    """A channel's connector between its provider's stand-in and a recording gateway."""

    channel: Channel
    stub: Any
    http: aiohttp.ClientSession
    url: str
    requests: list[RawRequest] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.connector = self.build()
        self.device = self.channel.device(self.http, self.url, self.stub)

    @property
    def address(self) -> Address:
        """The address of the sender's conversation."""
        channel = self.channel
        return Address(channel=channel.name, account=channel.business, sender=channel.sender)

    @property
    def delivered(self) -> tuple[Any, ...]:
        """What the provider accepted for the sender, in order."""
        return tuple(self.stub.messages_to(self.channel.sender))

    def build(self, **changes: Any) -> Connector:
        """Build the connector as the service does, with some settings changed."""
        values = {"webhook_url": PUBLIC, **self.channel.settings(self.url), **changes}
        built: Connector = self.channel.connector.build(Settings(**values), self.http, system_clock)
        return built

    async def request(self, words: str = WORDS) -> RawRequest:
        """Let the sender write; return the webhook as the gateway got it."""
        await self.device.say(words)
        return self.requests[-1]

    async def send(self, message: Any = MESSAGES["text"], reference: str = "out-1") -> Any:
        """Send a message to the sender."""
        return await self.connector.send(self.address, message, reference)

    def fail(self, *meanings: str) -> None:
        """Script the provider's errors for the next requests; "" is none."""
        self.stub.faults.add(*(self.channel.faults.get(name, name) for name in meanings))


@asynccontextmanager
async def bench_of(channel: Channel):
    """Run the stand-in and the recording gateway on one loopback server."""
    requests: list[RawRequest] = []

    async def receive(raw: web.Request) -> web.Response:
        requests.append(
            RawRequest(
                method=raw.method,
                path=raw.raw_path,
                headers=raw.headers,
                body=await raw.read(),
                query=raw.query,
            )
        )
        return web.Response()

    stub = channel.stub()
    app = web.Application()
    stub.add_routes(app, "/provider")
    app.router.add_post("/webhooks/{rest:.*}", receive)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        url = str(server.make_url("/")).rstrip("/")
        yield Bench(channel=channel, stub=stub, http=http, url=url, requests=requests)
        stub.faults.released.set()
