"""Two gateways and three workers on one Redis: one conversation, whoever handles which part."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from lola.clock import system_clock
from lola.messages import Address
from lola.state import Keys, StateStore, connect
from tests.e2e.fleet import Fleet

NUMBER = "15550100001"
MESSAGES = 12


async def conversation(fleet: Fleet, account: str):
    """What was committed for the sender, as one reads it from Redis."""
    connections = connect(fleet.redis_url)
    store = StateStore(connections.commands, Keys("lola"), system_clock, timedelta(hours=1))
    address = Address(channel="whatsapp", account=account, sender=NUMBER)
    stored = await store.read(address.conversation, limit=100)
    await connections.close()
    return stored


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
        phones = [fleet.phone(url, NUMBER) for _, url in gateways]
        ended = []
        for number in range(MESSAGES):
            phone = phones[number % len(phones)]
            assert (await phone.say(f"mensaje {number}")).status == 200
            if number in {3, 6}:
                ended.append(asyncio.create_task(fleet.end(workers[number // 3 - 1])))
            if number == 8:
                ended.append(asyncio.create_task(fleet.end(gateways[1][0])))
                phones.pop()
        assert await asyncio.gather(*ended) == [0, 0, 0]
        stored = await settled(fleet, phones[0])
        heard = [item["text"] for turn in stored.history for item in turn["inbound"]]
        assert heard == [f"mensaje {number}" for number in range(MESSAGES)]
        said = [message["content"] for turn in stored.history for message in turn["outbound"]]
        assert await fleet.delivered(NUMBER, len(said)) == said
        assert "Traceback" not in fleet.logs()


async def settled(fleet: Fleet, phone) -> object:
    """Wait until everything that was said is in a turn, with the deliveries as the clock."""
    account = phone._account
    replies = 0
    async with asyncio.timeout(20):
        while True:
            stored = await conversation(fleet, account)
            if sum(len(turn["inbound"]) for turn in stored.history) == MESSAGES:
                return stored
            replies = len(await fleet.delivered(NUMBER, replies + 1))
