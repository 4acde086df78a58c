"""Slow clients are closed, and do not keep others from being served."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Self

import aiohttp
import pytest
from aiohttp import web

from lola.gateway.connections import SHARE_OF_FILES, Connections, most_connections, serving
from lola.settings import load_settings
from lola.testing.waiting import until

SHORT = {
    "client_header_seconds": 0.6,
    "client_body_seconds": 0.6,
    "client_idle_seconds": 0.6,
    "client_request_seconds": 0.8,
}
LONG = dict.fromkeys(SHORT, 60.0)
GENEROUS = 30.0
SLOW = {
    "nothing": b"",
    "headers": b"GET /quick HTTP/1.1\r\nHost: a\r\nX-Slow: ",
    "body": b"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc",
    "idle": b"GET /quick HTTP/1.1\r\nHost: a\r\n\r\n",
    "answer": b"GET /never HTTP/1.1\r\nHost: a\r\n\r\n",
}


async def quick(_: web.Request) -> web.Response:
    return web.Response(text="ok")


async def read(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.read())))


async def never(_: web.Request) -> web.Response:
    await asyncio.Event().wait()
    raise AssertionError


async def stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for number in range(16):
        await response.write(f"data: {number}\n\n".encode())
        await asyncio.sleep(0.1)
    return response


def application() -> web.Application:
    mounted = web.Application()
    mounted.add_routes([web.get("/stream", stream), web.post("/read", read)])
    app = web.Application()
    app.add_routes([web.get("/quick", quick), web.post("/read", read), web.get("/never", never)])
    app.add_subapp("/console/", mounted)
    return app


class Gateway:
    """A gateway on loopback with limits of its own."""

    def __init__(self, **settings: object) -> None:
        self._settings = load_settings(**{**SHORT, **settings})
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self.closed: list[str] = []
        self._serving = serving(application(), self._socket, self._settings, self.closed.append)
        self.connections: Connections = await self._serving.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._serving.__aexit__(None, None, None)
        self._socket.close()

    async def both_answering(self) -> bool:
        return [item.doing for item in self.connections] == ["answer", "answer"]

    async def open(self, sent: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(sent)
        return reader, writer


async def closed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Wait until the server closes the connection."""
    try:
        async with asyncio.timeout(GENEROUS):
            while await reader.read(4_096):
                pass
    except ConnectionError:
        pass
    finally:
        writer.close()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


@pytest.mark.parametrize("kind", SLOW)
async def test_a_slow_client_is_closed(kind: str) -> None:
    """Whatever a client leaves out, its connection ends by the deadline, and is counted."""
    async with Gateway() as gateway:
        await closed(*await gateway.open(SLOW[kind]))
        assert len(gateway.connections) == 0
        assert gateway.closed == [{"nothing": "headers"}.get(kind, kind)]


async def test_a_slow_body_to_a_mounted_application_is_closed() -> None:
    """The console's routes have the same deadlines."""
    async with Gateway() as gateway:
        slow = SLOW["body"].replace(b"/read", b"/console/read")
        await closed(*await gateway.open(slow))


async def test_dripping_headers_do_not_extend_the_deadline() -> None:
    """A byte now and then is no progress."""
    async with Gateway() as gateway:
        reader, writer = await gateway.open(SLOW["headers"])
        ending = asyncio.create_task(closed(reader, writer))
        while not ending.done():
            writer.write(b"a")
            await asyncio.wait({ending}, timeout=0.1)
        await ending


@pytest.mark.parametrize("per_address", [200, 600])
async def test_500_slow_connections_do_not_keep_others_from_being_served(
    client, per_address: int
) -> None:
    """Normal requests from the same address are served beside them, and all of them are closed."""
    async with Gateway(connections_per_address=per_address) as gateway:
        sent = [SLOW[kind] for kind in ("nothing", "headers", "body", "idle")] * 125
        slow = [asyncio.create_task(closed(*await gateway.open(text))) for text in sent]
        for number in range(50):
            async with client.post(f"{gateway.url}/read", data=b"x" * number) as response:
                assert await response.text() == str(number)
        await asyncio.gather(*slow)
    assert len(gateway.connections) == 0


@pytest.mark.parametrize("limit", ["connections_per_address", "max_connections"])
async def test_beyond_the_limit_the_longest_waiting_connection_is_closed(limit: str) -> None:
    """A new connection takes the place of the one that waited longest, long before its deadline."""
    async with Gateway(**{**LONG, limit: 3}) as gateway:
        waiting = [await gateway.open(SLOW["headers"]) for _ in range(3)]
        reader, writer = await gateway.open(SLOW["idle"])
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        await closed(*waiting[0])
        assert len(gateway.connections) == 3
        for _, other in (*waiting[1:], (reader, writer)):
            other.close()


async def test_no_answer_is_given_up_for_a_new_connection(client) -> None:
    """Where every connection waits for us, a new one is refused."""
    async with Gateway(**LONG, connections_per_address=2) as gateway:
        asked = [await gateway.open(SLOW["answer"]) for _ in range(2)]
        await until(gateway.both_answering)
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.get(f"{gateway.url}/quick")
        for _, writer in asked:
            writer.close()


async def test_a_trusted_proxy_has_no_limit_of_its_own() -> None:
    """Behind a proxy all clients come from one address."""
    settings = {**LONG, "connections_per_address": 1, "trusted_proxies": ("127.0.0.1",)}
    async with Gateway(**settings) as gateway:
        opened = [await gateway.open(SLOW["idle"]) for _ in range(3)]
        for reader, _ in opened:
            await reader.readuntil(b"ok")
        assert len(gateway.connections) == 3
        for _, writer in opened:
            writer.close()


async def test_a_stream_outlives_the_deadlines(client) -> None:
    """Server-sent events go on beyond every deadline, and the connection counts."""
    async with Gateway() as gateway, client.get(f"{gateway.url}/console/stream") as response:
        first = await response.content.readline()
        assert first == b"data: 0\n"
        assert len(gateway.connections) == 1
        assert b"data: 15" in await response.read()


def test_half_of_the_open_files_are_for_clients(monkeypatch) -> None:
    """The rest is for Redis, partners and models, whatever the setting says."""
    monkeypatch.setattr("resource.getrlimit", lambda _: (1_024, 4_096))
    assert most_connections(0) == most_connections(5_000) == 1_024 // SHARE_OF_FILES
    assert most_connections(100) == 100
