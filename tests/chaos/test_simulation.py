"""Every interleaving of two workers and three messages, and proof that the search can find."""

import pytest
from redis.asyncio import Redis

from lola.delivery import Inbox, Limits
from lola.state import EmbeddedValkey, connect
from reliability.simulation import explore
from reliability.workload import effects_of, no_apology
from reliability.world import Bounds, production


@pytest.fixture
async def own_server(folder):
    """A server of its own: the search looks at all of its keys."""
    server = EmbeddedValkey(folder)
    url = await server.start()
    connections, dumps = connect(url), Redis.from_url(url)
    yield connections, dumps
    await connections.close()
    await dumps.aclose()
    await server.stop()


@pytest.mark.parametrize(
    "bounds",
    [
        Bounds(crashes=1, expiries=1, failures=0, redeliveries=0),
        Bounds(crashes=0, expiries=0, failures=1, redeliveries=1),
    ],
    ids=["crashes and lost leases", "failures and redeliveries"],
)
async def test_no_interleaving_breaks_a_promise(own_server, bounds):
    """In every reachable state all promises hold, and the end can be reached from each."""
    found = await explore(*own_server, "sim", bounds)
    assert found.violations == ()
    assert found.states > 1000
    assert found.done > 10


class Unfenced(Inbox):
    """Broken: writes the effects first and asks whether it may only then."""

    async def commit(self, work, effects):
        keys = self._keys
        async with self._redis.pipeline() as pipe:
            pipe.rpush(keys.history(work.conversation), '{"messages":["m0"]}')
            pipe.hincrby(keys.state(work.conversation), "version", 1)
            await pipe.execute()
        return await super().commit(work, effects_of(work))


class Unordered(Inbox):
    """Broken: leaves the oldest message for later."""

    async def acquire(self, ready, consumer):
        box = self.mailbox.box(ready.conversation)
        if await self._redis.llen(box.mailbox) > 1:
            await self._redis.lmove(box.mailbox, box.mailbox, "LEFT", "RIGHT")
        return await super().acquire(ready, consumer)


class Forgetful(Inbox):
    """Broken: gives a lease back without saying that there is work left."""

    async def release(self, work):
        box = self.mailbox.box(work.conversation)
        await super().release(work)
        await self._redis.xgroup_setid(box.ready, "workers", "$")


@pytest.mark.parametrize(
    ("broken", "mark"),
    [(Unfenced, "doubled"), (Unordered, "out_of_order"), (Forgetful, "no way to the end")],
)
async def test_the_search_finds_what_is_broken(own_server, broken, mark):
    """A broken inbox is caught, and the steps to its fault are shown."""

    def make(connections, keys, clock):
        limits = Limits(history_window=1)
        return broken(connections, keys, clock, on_poison=no_apology, limits=limits)

    bounds = Bounds(crashes=0, expiries=1, failures=0, redeliveries=0)
    found = await explore(*own_server, "sim", bounds, make_inbox=make)
    assert found.violations
    assert mark in found.violations[0]
    assert "acquires" in found.violations[0]


async def test_the_search_is_the_same_every_time(own_server):
    """No clock and no luck: the same number of states in two searches."""
    bounds = Bounds(messages=2, crashes=1, expiries=0, failures=0, redeliveries=0)
    one = await explore(*own_server, "one", bounds, make_inbox=production)
    two = await explore(*own_server, "two", bounds, make_inbox=production)
    assert (one.states, one.steps, one.done) == (two.states, two.steps, two.done)
