"""What the partner clients' tests share: a client session and a scripted partner."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

NOW = datetime(2026, 2, 10, 12, 0, tzinfo=UTC)


@dataclass
class ScriptedPartner:
    """Return in order with what was scripted; `None` means: never answer."""

    url: str = ""
    script: list = field(default_factory=list)
    places: dict = field(default_factory=dict)
    requests: list = field(default_factory=list)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    def answer(self, body, status=200, headers=None):
        """Script one answer; text is sent as a page, everything else as JSON."""
        self.script.append((status, body, headers))
        return self

    def at(self, place, body, status=200):
        """Return every call whose path holds `place`; for calls that run side by side."""
        self.places[place] = (status, body, None)
        return self

    def hang(self):
        """Script an answer that never comes."""
        self.script.append(None)
        return self

    async def handle(self, request):
        raw = await request.read()
        self.requests.append((request.method, request.raw_path, raw, dict(request.headers)))
        fixed = next((step for place, step in self.places.items() if place in request.path), None)
        unscripted = (599, {"code": "UNSCRIPTED"}, None)
        step = fixed or (self.script.pop(0) if self.script else unscripted)
        if step is None:
            await self.stopped.wait()
            return web.Response()
        status, body, headers = step
        if isinstance(body, str):
            return web.Response(text=body, content_type="text/html", status=status, headers=headers)
        return web.Response(
            body=json.dumps(body), content_type="application/json", status=status, headers=headers
        )


@pytest.fixture
async def http():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def partner():
    scripted = ScriptedPartner()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", scripted.handle)
    server = TestServer(app)
    await server.start_server()
    scripted.url = f"http://127.0.0.1:{server.port}"
    yield scripted
    scripted.stopped.set()
    await server.close()


@pytest.fixture
def pauses():
    """The seconds that a client wanted to wait."""
    return []


@pytest.fixture
def sleep(pauses):
    async def note(seconds):
        pauses.append(seconds)

    return note


@pytest.fixture
def clock():
    return lambda: NOW
