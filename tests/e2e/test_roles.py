"""Two gateways and three workers on one Redis: one conversation, in order, on all of them."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from lola.domain.clock import system_clock
from lola.domain.messages import Address
from lola.state import Keys, StateStore, connect
from tests.e2e.fleet import Fleet

NUMBER = "15550100001"
MESSAGES = 12


async def settled(fleet: Fleet) -> tuple[dict, ...]:
    """Return the turns as they lie in Redis, once everything that was said is in one of them."""
    connections = connect(fleet.redis_url)
    store = StateStore(connections.commands, Keys("lola"), system_clock, timedelta(hours=1))
    me = Address(channel="whatsapp", account=fleet.account, sender=NUMBER).conversation
    turns: tuple[dict, ...] = ()
    replies = 0
    async with asyncio.timeout(120):
        while sum(len(turn["inbound"]) for turn in turns) < MESSAGES:
            # One more delivery is when it is worth looking again.
            replies = len(await fleet.delivered(NUMBER, replies + 1))
            turns = (await store.read(me, limit=100)).history
    await connections.close()
    return turns


@pytest.mark.e2e
async def test_alternate_messages_are_answered_in_order_while_processes_come_and_go(
    tmp_path: Path,
) -> None:
    """12 messages through two gateways; one gateway and two workers are stopped on the way.

    Every message is in one turn, in the order in which it was accepted; every reply left once, in
    the order of the turns; every stopped process ends with status 0.
    """
    async with Fleet(tmp_path, RETRIEVER="") as fleet:
        gateways = await asyncio.gather(fleet.gateway(), fleet.gateway())
        workers = await asyncio.gather(*(fleet.worker() for _ in range(3)))
        devices = [fleet.device(url, NUMBER) for _, url in gateways]
        ended = []
        for number in range(MESSAGES):
            device = devices[number % len(devices)]
            assert (await device.say(f"mensaje {number}")).status == 200
            if number in {3, 6}:
                ended.append(asyncio.create_task(fleet.end(workers[number // 3 - 1])))
            if number == 8:
                ended.append(asyncio.create_task(fleet.end(gateways[1][0])))
                devices.pop()
        assert await asyncio.gather(*ended) == [0, 0, 0]
        turns = await settled(fleet)
        heard = [item["text"] for turn in turns for item in turn["inbound"]]
        assert heard == [f"mensaje {number}" for number in range(MESSAGES)]
        said = [message["content"] for turn in turns for message in turn["outbound"]]
        assert await fleet.delivered(NUMBER, len(said)) == said
        assert "Traceback" not in fleet.logs()
