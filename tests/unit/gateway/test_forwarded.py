"""Forwarded headers while no proxy is trusted: noted for the operator, without personal data."""

from datetime import timedelta
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from lola.gateway.callers import behind_proxies, networks
from lola.gateway.forwarded import ForwardedHeaders, last_seen
from lola.state import Keys, connect
from lola.state.store import StateStore
from tests.support import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(connections, clock) -> StateStore:
    keys = Keys(f"t{uuid4().hex[:12]}")
    return StateStore(connections.commands, keys, clock, timedelta(hours=1))


async def status(store, clock, *, trusted: tuple[str, ...] = (), **headers: str) -> int:
    """Send one request through the middleware and return the status of the reply."""

    async def hello(_: web.Request) -> web.Response:
        return web.Response()

    notes = ForwardedHeaders(store, clock)
    app = web.Application(middlewares=[behind_proxies(networks("X", trusted), notes.note)])
    app.router.add_get("/", hello)
    async with TestClient(TestServer(app)) as client:
        return (await client.get("/", headers=headers)).status


@pytest.mark.parametrize("header", ["X-Forwarded-For", "x-forwarded-for", "Forwarded", "X-Real-IP"])
async def test_a_forwarded_header_is_noted_with_its_time_only(store, clock, header) -> None:
    """The record holds the time, and nothing that the header says."""
    assert await status(store, clock, **{header: "203.0.113.9"}) == 200
    assert await last_seen(store) == clock().isoformat()
    record = await store.get_record("gateway", "untrusted_proxy")
    assert record == {"at": clock().isoformat()}


async def test_without_such_a_header_nothing_is_noted(store, clock) -> None:
    """A service that is reached directly has nothing to correct."""
    assert await status(store, clock, Accept="text/html") == 200
    assert await last_seen(store) == ""


async def test_with_trusted_proxies_nothing_is_noted(store, clock) -> None:
    """Their headers are read."""
    assert await status(store, clock, trusted=("127.0.0.1",), Forwarded="for=203.0.113.9") == 200
    assert await last_seen(store) == ""


async def test_a_store_that_is_down_refuses_no_request(clock) -> None:
    """The note is for the operator; the caller's request does not depend on it."""
    connections = connect("unix:///nowhere/at/all.sock")
    store = StateStore(connections.commands, Keys("t"), clock, timedelta(hours=1))
    assert await status(store, clock, Forwarded="for=203.0.113.9") == 200
    await connections.close()
