"""The fault proxy does what its faults say, and is a plain wire between them."""

import asyncio
from random import Random

import pytest

from lola.testing.waiting import until
from reliability.proxy import NETWORK_FAULTS, FaultProxy

SECONDS = 10.0


class Sure(Random):
    """Dice that always cut."""

    def random(self):
        return 0.0


@pytest.fixture
async def wire():
    """An upper-casing server behind a proxy; answers the proxy, a dialler, and what was heard."""
    heard = []

    async def serve(reader, writer):
        while line := await reader.readline():
            heard.append(line)
            writer.write(line.upper())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    proxy = FaultProxy(server.sockets[0].getsockname()[1], Sure())
    port = await proxy.start()
    writers = []

    async def dial():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writers.append(writer)
        return reader, writer

    async with asyncio.timeout(SECONDS):
        yield proxy, dial, heard
    for writer in writers:
        writer.close()
    await proxy.close()
    server.close()


async def ask(reader, writer, line=b"hola\n"):
    writer.write(line)
    return await reader.readline()


async def test_without_a_fault_it_is_a_wire(wire):
    """What goes in comes out, both ways."""
    _, dial, heard = wire
    assert await ask(*await dial()) == b"HOLA\n"
    assert heard == [b"hola\n"]


@pytest.mark.parametrize("fault", ["delay", "slow"])
async def test_a_slow_wire_still_carries_everything(wire, fault):
    """Late, or byte by byte, but whole."""
    proxy, dial, _ = wire
    proxy.begin(fault)
    assert await ask(*await dial()) == b"HOLA\n"


async def test_cut_before_means_that_nothing_arrived(wire):
    """The caller hears an end, the server heard nothing."""
    proxy, dial, heard = wire
    proxy.begin("cut_before")
    assert await ask(*await dial()) == b""
    assert heard == []


async def test_cut_after_means_that_it_arrived(wire):
    """The caller hears the same end, but the server has done its work."""
    proxy, dial, heard = wire
    proxy.begin("cut_after")
    assert await ask(*await dial()) == b""
    assert heard == [b"hola\n"]


async def test_half_open_swallows_until_it_is_healed(wire):
    """Nothing arrives, nothing ends; afterwards what was written arrives, even after a hang-up."""
    proxy, dial, heard = wire
    waiting, gone = await dial(), await dial()
    assert await ask(*waiting) == b"HOLA\n"
    proxy.begin("half_open")
    gone[1].write(b"adios\n")
    gone[1].close()
    await gone[1].wait_closed()
    answer = asyncio.create_task(ask(*waiting, b"otra\n"))
    assert heard == [b"hola\n"]
    proxy.heal()
    assert await answer == b"OTRA\n"

    async def all_three():
        return len(heard) == 3

    await until(all_three)
    assert sorted(heard) == [b"adios\n", b"hola\n", b"otra\n"]


async def test_reset_hits_open_and_new_connections(wire):
    """An open connection ends at once, and a new one gets nowhere."""
    proxy, dial, heard = wire
    reader, writer = await dial()
    assert await ask(reader, writer) == b"HOLA\n"
    proxy.begin("reset")
    with pytest.raises(ConnectionResetError):
        await reader.readexactly(1)
    with pytest.raises(ConnectionResetError):
        await ask(*await dial())
    assert heard == [b"hola\n"]


@pytest.mark.parametrize("fault", NETWORK_FAULTS)
async def test_every_fault_heals(wire, fault):
    """After the fault the wire is a wire again."""
    proxy, dial, _ = wire
    proxy.begin(fault)
    proxy.heal()
    assert await ask(*await dial()) == b"HOLA\n"
