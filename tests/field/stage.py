"""A running service whose model says and calls what a test wants, on Gemini's real wire.

The service is real in all its parts and so are the sockets; only what the model answers is made up,
because a failure needs a model that misbehaves in a known way.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import aiohttp
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from lola.console import StaffDirectory
from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.simulated_sender import SimulatedSender
from tests.e2e.colleague import PASSWORD, Colleague
from tests.unit.models.servers import GeminiServer

Kind = Literal["new", "verified", "pending", "blocked", "broken"]
TRANSFER = {
    "country": "MX", "payout_method": "cash_pickup", "amount": "200", "amount_currency": "USD",
    "recipient_first_name": "Rosa", "recipient_last_name": "Paz", "payer_id": "mx-oxxo",
}  # fmt: skip
"""Arguments with which `prepare_transfer` makes a draft for anybody."""


def call(name: str, **arguments: Any) -> dict[str, Any]:
    """A part of an answer that calls a tool."""
    return {"functionCall": {"name": name, "args": arguments}}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The service and its model; `model.says(…)` queues what is answered next."""

    harness: Harness
    model: GeminiServer

    def line(self, kind: Kind = "verified") -> SimulatedSender:
        """Return a sender that no other test has."""
        return self.harness.sender(self.harness.new_number(kind))

    async def state(self, line: SimulatedSender) -> dict[str, Any]:
        """Return the session as it was last committed."""
        return (await self.harness.service.store.read(line.conversation)).state or {}

    async def owner(self, line: SimulatedSender) -> str:
        """Return who may speak to the sender now."""
        return (await self.harness.service.state.ownership.get(line.conversation)).owner

    @asynccontextmanager
    async def colleague(self, name: str) -> AsyncIterator[Colleague]:
        """Return somebody of the bank who has signed in to the console."""
        service = self.harness.service
        staff = StaffDirectory(service.store, service.clock, cost=2**4)
        await staff.add(name, PASSWORD)
        # Loopback is an address and not a name: only an unsafe jar keeps its cookies.
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            colleague = Colleague(http, service.url)
            await colleague.sign_in(name)
            yield colleague

    def links(self) -> list[Any]:
        """Return every link that the partner ever made."""
        return list(self.harness.sandbox.m2m.links.list.all())

    def operations(self) -> list[str]:
        """Return the status of every transfer that the partner ever made, in no order."""
        return sorted(item.status for item in self.harness.sandbox.m2m.operations.list.all())

    def asked(self, number: int = -1) -> str:
        """Return one request to the model as text."""
        return json.dumps(self.model.requests[number], ensure_ascii=False)

    def instructions(self, number: int = -1) -> str:
        """Return the system text of one request."""
        return json.dumps(self.model.requests[number]["systemInstruction"], ensure_ascii=False)

    def offered(self, number: int = -1) -> set[str]:
        """Return the names of the tools of one request."""
        tools = self.model.requests[number].get("tools", ())
        return {item["name"] for tool in tools for item in tool["functionDeclarations"]}

    def results(self, number: int = -1) -> list[dict[str, Any]]:
        """Return what the newest calls came to, as one request tells it to the model."""
        parts = self.model.requests[number]["contents"][-1]["parts"]
        return [part["functionResponse"]["response"] for part in parts]


@asynccontextmanager
async def staged(data: Path, **changes: Any) -> AsyncIterator[Stage]:
    """Run the service with such a model."""
    model = GeminiServer()
    async with TestServer(model.app()) as server:
        settings = load_settings(
            port=0,
            lola_data=data,
            lola_model="gemini:scripted",
            gemini_api_key=SecretStr("field"),
            google_gemini_base_url=str(server.make_url("")).rstrip("/"),
            **changes,
        )
        async with Harness(settings) as harness:
            yield Stage(harness=harness, model=model)
