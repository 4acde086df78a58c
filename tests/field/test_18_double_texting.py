"""Field failure 18: double texting makes a stale session, and reloading corrupts it for good.

google/adk-python#1049, #4751, #5244. Here what arrives during a turn waits and becomes the next
one, and who is late is refused, never reloaded and continued.
"""

import asyncio

from tests.unit.delivery.workbench import DEADLINE, address, answer, reply, texts

ME = address().conversation


async def test_what_is_written_during_a_turn_becomes_the_next_one(bench):
    """Two messages come while the first is being answered: one merged turn follows, in order."""
    heard, thinking, goes_on = [], asyncio.Event(), asyncio.Event()

    async def handler(work):
        heard.append((work.version, texts(work)))
        if not thinking.is_set():
            thinking.set()
            await goes_on.wait()
        return answer(work, reply(" + ".join(texts(work))))

    worker = bench.worker(handler)
    task = asyncio.create_task(worker.run())
    async with asyncio.timeout(DEADLINE):
        await bench.say("cuánto cuesta")
        await thinking.wait()
        await bench.say("200 dólares")
        await bench.say("a México")
        goes_on.set()
        await bench.courier.wait_for(2)
        await worker.stop()
        await task
    assert heard == [(0, ["cuánto cuesta"]), (1, ["200 dólares", "a México"])]
    assert bench.courier.texts == ["cuánto cuesta", "200 dólares + a México"]


async def test_a_stale_turn_is_refused_and_leaves_no_trace(bench):
    """The late worker's answer is on an old state: refused, so the history never interleaves."""
    await bench.say("primero")
    late = await bench.next("w1")
    await bench.lose_lease(ME)
    stream = bench.keys.box("inbox", ME).ready
    await bench.redis.xautoclaim(stream, "workers", "w2", 0, "0-0")
    (ready, *_) = await bench.inbox.mailbox._read("w2", "0", 10, None)
    await bench.say("segundo")
    work = await bench.inbox.acquire(ready, "w2")
    assert await bench.inbox.commit(work, answer(work, reply("nuevo"))) == "idle"
    assert await bench.inbox.commit(late, answer(late, reply("viejo"))) == "fenced"
    assert await bench.inbox.reload(late) is None
    await bench.send()
    assert bench.courier.texts == ["nuevo"]
    stored = await bench.redis.hgetall(bench.keys.state(ME))
    assert stored["version"] == "1"
    assert await bench.redis.llen(bench.keys.history(ME)) == 1
