"""How much a worker takes: what it can serve, measured by its own event loop."""

import asyncio
import time

from lola.delivery._capacity import BEAT_SECONDS, FEWEST, FIRST, LATE_SECONDS, Capacity
from lola.delivery.scripts import GROUP
from tests.unit.delivery.test_worker import echo, running

MOST = 64
LATE, PROMPT = LATE_SECONDS * 1.01, 0.0


async def _grown(capacity, beats=40):
    """Let work wait for room and the event loop be prompt, for so many measurements."""
    for _ in range(beats):
        waiting = asyncio.create_task(capacity.room(lambda: capacity.now))
        await asyncio.sleep(0)
        capacity.measured(PROMPT)
        waiting.cancel()


async def test_the_limit_rises_while_there_is_more_to_do_and_the_loop_is_prompt():
    """Turns that only wait for a model soon fill all that is allowed."""
    capacity = Capacity(MOST)
    assert capacity.now == FIRST
    await _grown(capacity)
    assert capacity.now == MOST


async def test_the_limit_stays_where_nothing_waits_for_room():
    """An idle worker does not promise what it never served."""
    capacity = Capacity(MOST)
    capacity.measured(PROMPT)
    assert capacity.now == FIRST


async def test_a_late_loop_halves_the_limit_but_never_ends_the_work():
    """Turns that compute hold up the others, so fewer of them run; some always do."""
    capacity = Capacity(MOST)
    await _grown(capacity)
    limits = []
    for _ in range(6):
        capacity.measured(LATE)
        limits.append(capacity.now)
    assert limits == [32, 16, 8, FEWEST, FEWEST, FEWEST]


async def test_a_limit_below_the_fewest_is_kept():
    """A worker that is told to serve one conversation at a time does so."""
    capacity = Capacity(1)
    capacity.measured(LATE)
    assert capacity.now == 1


async def test_a_risen_limit_lets_waiting_work_begin():
    """Work waits without polling: the measurement itself wakes it."""
    capacity = Capacity(MOST)
    waiting = asyncio.create_task(capacity.room(lambda: FIRST))
    await asyncio.sleep(0)
    capacity.measured(PROMPT)
    async with asyncio.timeout(5):
        assert await waiting == capacity.now - FIRST > 0


async def test_the_event_loop_itself_is_measured():
    """What holds the loop, is noticed at the next measurement."""
    capacity = Capacity(MOST)
    watching = asyncio.create_task(capacity.watch())
    await asyncio.sleep(0)
    time.sleep(BEAT_SECONDS + 2 * LATE_SECONDS)  # noqa: ASYNC251 - holds the loop on purpose
    while capacity.now == FIRST:  # noqa: ASYNC110 - the loop has to go on, whatever it does
        await asyncio.sleep(0)
    watching.cancel()
    assert capacity.now == FIRST // 2


async def test_a_worker_serves_and_holds_no_more_than_it_may(bench):
    """Of 60 waiting conversations a worker of two leases two and holds a few for later."""
    held, taken = [], []

    async def handler(work):
        held.append(len(bench.inbox.mailbox.held))
        summaries = [
            await bench.redis.xpending(bench.keys.ready("inbox", shard), GROUP)
            for shard in range(bench.keys.shards)
        ]
        taken.append(sum(summary["pending"] for summary in summaries))
        return await echo(work)

    for number in range(60):
        await bench.say("hola", sender=f"+52{number}")
    async with running(bench.worker(handler, concurrency=2)):
        await bench.courier.wait_for(60)
    assert max(held) == 2
    assert max(taken) <= 2 + bench.keys.shards
