"""Field failure 14: stores behave differently, so development and production differ.

RasaHQ/rasa#8040. Here development runs a real server with the same scripts; this suite runs over
every way to reach one.
"""

import asyncio
import shutil
import socket
from random import Random
from uuid import uuid4

import pytest

from lola.state import Keys, connect
from lola.testing.waiting import until
from reliability.proxy import FaultProxy
from tests.unit.delivery.workbench import Bench, FakeClock, address, answer, reply

ME = address().conversation


@pytest.fixture(params=["embedded", "embedded over TCP", "Redis"])
async def store(request, valkey_url):
    """A bench on each of the servers."""
    if request.param == "embedded":
        async with on(valkey_url) as bench:
            yield bench
    elif request.param == "embedded over TCP":
        proxy = FaultProxy(valkey_url.removeprefix("unix://"), Random(1))  # noqa: S311 - no secret
        port = await proxy.start()
        async with on(f"redis://127.0.0.1:{port}") as bench:
            yield bench
        await proxy.close()
    else:
        async with debians_redis() as url, on(url) as bench:
            yield bench


class on:  # noqa: N801 - reads as the preposition it is
    def __init__(self, url):
        self.connections = connect(url)

    async def __aenter__(self):
        return Bench(self.connections, Keys(f"s{uuid4().hex[:12]}"), FakeClock())

    async def __aexit__(self, *_):
        await self.connections.close()


class debians_redis:  # noqa: N801 - as above
    async def __aenter__(self):
        binary = shutil.which("redis-server")
        if binary is None:
            pytest.skip("redis-server is not installed")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.process = await asyncio.create_subprocess_exec(
            binary, "--port", str(port), "--save", "", "--bind", "127.0.0.1",
            stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip

        async def answers():
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return False
            writer.close()
            return True

        await until(answers)
        return f"redis://127.0.0.1:{port}"

    async def __aexit__(self, *_):
        self.process.terminate()
        await self.process.wait()


async def test_a_message_is_stored_once_and_numbered(store):
    """The same id twice is one message; numbers rise by one."""
    first, second = await store.say("a", message_id="one"), await store.say("b", message_id="two")
    again = await store.say("a", message_id="one")
    numbers = [(item.seq, item.duplicate) for item in (*first, *second, *again)]
    assert numbers == [(1, False), (2, False), (1, True)]


async def test_a_turn_is_committed_whole_and_its_reply_leaves(store):
    """State, history, reply and the empty mailbox come from one step."""
    await store.say("hola")
    work = await store.next()
    assert await store.inbox.commit(work, answer(work, reply("adiós"))) == "idle"
    await store.send()
    assert store.courier.texts == ["adiós"]
    assert await store.leftovers() == []
    assert await store.redis.hget(store.keys.state(ME), "version") == "1"


async def test_a_lost_lease_is_fenced(store):
    """Who lost the lease changes nothing, and who has it now does."""
    await store.say("hola")
    late = await store.next("w1")
    await store.lose_lease(ME)
    await store.redis.xautoclaim(store.keys.box("inbox", ME).ready, "workers", "w2", 0, "0-0")
    ready = (await store.inbox.mailbox._read("w2", "0", 10, None))[0]
    holder = await store.inbox.acquire(ready, "w2")
    assert holder.token > late.token
    assert await store.inbox.commit(late, answer(late, reply("tarde"))) == "fenced"
    assert await store.inbox.commit(holder, answer(holder, reply("a tiempo"))) == "idle"
    await store.send()
    assert store.courier.texts == ["a tiempo"]


async def test_a_delayed_turn_keeps_its_place(store):
    """A failed head waits, and what came later waits behind it."""
    await store.say("uno", "dos")
    work = await store.next()
    assert await store.inbox.fail(work, "planned") == "delayed"
    assert await store.next() is None
    await store.later(2)
    again = await store.next()
    assert [item.seq for item in again.envelopes] == [1, 2]
    assert again.envelopes[0].attempts == 1
