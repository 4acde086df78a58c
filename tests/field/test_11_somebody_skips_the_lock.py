"""Field failure 11: the lock is not safe across servers, and reminders skip it.

RasaHQ/rasa#9213, PR #11256, #7887. Here messages, timers and staff actions enter by the same inbox.
"""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

from tests.unit.delivery.workbench import DEADLINE, Bench, address, answer, happened, reply

ME = address().conversation


@asynccontextmanager
async def running(*workers):
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        yield
    finally:
        for worker in workers:
            await worker.stop()
        async with asyncio.timeout(DEADLINE):
            await asyncio.gather(*tasks)


async def test_messages_timers_and_staff_actions_never_run_side_by_side(bench):
    """Three workers, one conversation, three kinds of writers: one turn at a time, in order."""
    inside, overlaps, turns = set(), [], []

    async def handler(work):
        overlaps.extend(inside)
        inside.add(work.token)
        for _ in range(5):
            await asyncio.sleep(0)
        inside.discard(work.token)
        turns.extend(item.seq for item in work.envelopes)
        return answer(work, reply(str(work.envelopes[-1].seq), author="code"))

    others = [
        Bench(bench.connections, bench.keys, bench.clock, courier=bench.courier) for _ in range(2)
    ]
    workers = [one.worker(handler, f"w{place}") for place, one in enumerate((bench, *others))]
    async with running(*workers):
        for number in range(10):
            await bench.timers.schedule(
                happened("reminder"), bench.clock() + timedelta(seconds=number), "trace"
            )
            await bench.say(f"m{number}")
            await bench.inbox.enqueue(happened("console.reply"), "trace")
        bench.clock.advance(60)
        async with asyncio.timeout(DEADLINE):
            while len(turns) < 30:
                await bench.courier.wait_for(len(bench.courier.rows) + 1)
    assert overlaps == []
    assert turns == list(range(1, 31))
