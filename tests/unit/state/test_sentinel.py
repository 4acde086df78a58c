"""Behind Sentinel: who is asked for the primary, and in which order."""

from contextlib import asynccontextmanager

import pytest

from lola.errors import StoreUnavailableError
from lola.state import connect, store_errors
from tests.unit.state.wire import CUT, Node, Refusal, listening


class Watcher(Node):
    """A sentinel; `primary` is the port it names, or what it does instead."""

    primary: object = None
    epoch = 1

    def answer(self, words):
        if not isinstance(self.primary, int):
            return self.primary
        flat = {
            "name": "bank", "ip": "127.0.0.1", "port": str(self.primary), "flags": "master",
            "num-other-sentinels": "2", "quorum": "2", "config-epoch": str(self.epoch),
        }  # fmt: skip
        return [[part for pair in flat.items() for part in pair]]


class Server(Node):
    def answer(self, words):
        return Refusal("READONLY You can't write") if self.is_replica else f"from {self.port}"

    is_replica = False


@asynccontextmanager
async def watched(*primaries):
    watchers, servers = [Watcher() for _ in range(3)], [Server(), Server()]
    async with listening(*watchers, *servers):
        for watcher, primary in zip(watchers, primaries, strict=True):
            watcher.primary = servers[primary].port if isinstance(primary, int) else primary
        hosts = ",".join(f"127.0.0.1:{watcher.port}" for watcher in watchers)
        connections = connect(f"redis+sentinel://{hosts}/bank/0", timeout_seconds=1.0)
        try:
            yield watchers, servers, connections.commands
        finally:
            await connections.close()


async def test_sentinels_that_hang_up_or_know_nothing_do_not_matter():
    """One that answers is enough."""
    async with watched(CUT, [], 0) as (_, servers, redis):
        assert await redis.get("a") == f"from {servers[0].port}"


async def test_the_newest_word_counts():
    """During a failover one sentinel knows more than the others (its epoch is higher)."""
    async with watched(0, 1, 0) as (watchers, servers, redis):
        watchers[1].epoch = 2
        assert await redis.get("a") == f"from {servers[1].port}"


async def test_a_primary_that_became_a_replica_is_left():
    """Its refusal is an outage; the next command asks the sentinels again."""
    async with watched(0, 0, 0) as (watchers, servers, redis):
        await redis.get("a")
        servers[0].is_replica = True
        for watcher in watchers:
            watcher.primary = servers[1].port
        with pytest.raises(StoreUnavailableError), store_errors():
            await redis.set("a", "b")
        assert await redis.get("a") == f"from {servers[1].port}"


async def test_without_a_primary_nothing_is_promised():
    """No sentinel names one: unavailable, and no sentinel is forgotten."""
    async with watched([], [], []) as (watchers, _, redis):
        for _ in range(3):
            with pytest.raises(StoreUnavailableError), store_errors():
                await redis.get("a")
        assert [len(watcher.heard) for watcher in watchers] == [3, 3, 3]
