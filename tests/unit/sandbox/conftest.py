"""What the sandbox's tests share: one running on a stopped clock, and the clients for it."""

import asyncio
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from lola.partners.m2m import M2MClient
from lola.partners.payhub import PayhubClient, PayhubRequests
from lola.sandbox import Sandbox, SandboxCredentials

NOW = datetime(2026, 2, 10, 12, 0, tzinfo=UTC)
DEADLINE = 10


class Receiver:
    """Receives webhooks; responds with the scripted statuses, then 200. `None` is no response."""

    def __init__(self):
        self.url = ""
        self.statuses = []
        self.stopped = asyncio.Event()
        self._queue = asyncio.Queue()

    async def handle(self, request):
        self._queue.put_nowait((dict(request.headers), await request.read()))
        status = self.statuses.pop(0) if self.statuses else 200
        if status is None:
            await self.stopped.wait()
        return web.Response(status=status or 200, headers={"Location": "/elsewhere"})

    async def next(self):
        async with asyncio.timeout(DEADLINE):
            return await self._queue.get()

    @property
    def count(self):
        return self._queue.qsize()


@pytest.fixture
def credentials():
    return SandboxCredentials()


@pytest.fixture
async def sandbox(credentials):
    running = Sandbox(credentials, lambda: NOW, webhook_seconds=0.2)
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def http():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def sleep():
    async def at_once(seconds):
        await asyncio.sleep(0)

    return at_once


@pytest.fixture
def m2m(sandbox, credentials, http, sleep):
    return M2MClient(
        http,
        base_url=f"{sandbox.url}/m2m",
        api_key=credentials.m2m_api_key,
        timeout=5,
        environment="sandbox",
        sleep=sleep,
    )


@pytest.fixture
def payhub(sandbox, credentials, http, sleep):
    url, key = f"{sandbox.url}/raas/v1", credentials.raas_api_key
    requests = PayhubRequests(http, base_url=url, api_key=key, timeout=5, sleep=sleep)
    return PayhubClient(requests, clock=sandbox.clock)


@pytest.fixture
async def receiver():
    taker = Receiver()
    app = web.Application()
    app.router.add_post("/hook", taker.handle)
    server = TestServer(app)
    await server.start_server()
    taker.url = f"http://127.0.0.1:{server.port}/hook"
    yield taker
    taker.stopped.set()
    await server.close()


@pytest.fixture
def call(sandbox, credentials, http):
    """Call a partner route of the sandbox with a plain HTTP client."""

    async def call_(method, path, body=None, *, key=credentials.m2m_api_key, raw=None):
        headers = {} if key is None else {"X-API-Key": key}
        async with http.request(
            method, f"{sandbox.url}/m2m{path}", json=body, data=raw, headers=headers
        ) as response:
            return response.status, await response.json(), response.headers

    return call_


@pytest.fixture
def metadata():
    return {
        "ticketId": "tk_1",
        "sendAmount": "100.00",
        "sendCurrency": "USD",
        "receiveAmount": "1725.00",
        "receiveCurrency": "MXN",
        "feeAmount": "3.99",
        "rate": "17.25",
        "recipient": "Rosa Hernández",
        "payout": "Cuenta ••••5558",
    }


async def until(condition):
    """Let the loop run until `condition` holds. Raises TimeoutError."""
    async with asyncio.timeout(DEADLINE):
        # A turn of the loop each time: there is no event for "the attempt was written down".
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0)


@pytest.fixture(name="until")
def until_fixture():
    return until
