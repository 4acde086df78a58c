"""Workers at work: order, one turn at a time, restarts and crashes, over a real server."""

import asyncio
import sys
import tempfile
from collections import defaultdict
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from lola.delivery import Ownership
from lola.errors import StoreUnavailableError
from lola.state import EmbeddedValkey, Keys, connect
from tests.unit.delivery.workbench import (
    DEADLINE,
    Bench,
    FakeClock,
    address,
    answer,
    reply,
    said,
    texts,
)

ME = address().conversation
CRASHING = Path(__file__).with_name("crashing_worker.py")


async def echo(work):
    return answer(work, *(reply(text) for text in texts(work)))


@asynccontextmanager
async def running(*workers):
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        yield tasks
    finally:
        for worker in workers:
            await worker.stop()
        async with asyncio.timeout(DEADLINE):
            await asyncio.gather(*tasks)


async def test_what_is_said_is_answered(bench):
    """From the inbox through the handler to the channel, with nothing left behind."""
    async with running(bench.worker(echo)):
        await bench.say("hola")
        await bench.courier.wait_for(1)
    assert bench.courier.texts == ["hola"]
    assert await bench.leftovers() == []


async def test_two_workers_keep_the_order_of_every_conversation(bench):
    """Ten senders, twenty messages each, two workers: one turn at a time, replies in order."""
    senders = [f"+52{number}" for number in range(10)]
    busy, overlaps = set(), []

    async def handler(work):
        if work.conversation in busy:
            overlaps.append(work.conversation)
        busy.add(work.conversation)
        await asyncio.sleep(0)
        busy.discard(work.conversation)
        return await echo(work)

    other = Bench(bench.connections, bench.keys, bench.clock, courier=bench.courier)
    async with running(bench.worker(handler, "w1"), other.worker(handler, "w2")):
        for number in range(20):
            await asyncio.gather(*(bench.say(str(number), sender=sender) for sender in senders))
        await bench.courier.wait_for(200)
    heard = defaultdict(list)
    for row in bench.courier.rows:
        heard[row.address.sender].append(row.message.content)
    assert heard == {sender: [str(number) for number in range(20)] for sender in senders}
    assert overlaps == []
    assert await bench.leftovers() == []


async def test_many_conversations_run_at_once(bench):
    """One slow conversation delays no stranger: all handlers are inside at the same time."""
    everyone = asyncio.Barrier(20)

    async def handler(work):
        async with asyncio.timeout(DEADLINE):
            await everyone.wait()
        return await echo(work)

    async with running(bench.worker(handler)):
        await asyncio.gather(*(bench.say("hola", sender=f"+52{n}") for n in range(20)))
        await bench.courier.wait_for(20)


async def test_a_takeover_during_the_turn_makes_the_turn_run_again(bench):
    """The handler sees the new owner and decides anew; its first answer never existed."""
    owners = []

    async def handler(work):
        owners.append(work.ownership.owner)
        if len(owners) == 1:
            await bench.owners.set_owner(ME, Ownership(owner="human", staff="ana"), 0)
        author = "bot" if work.ownership.owner == "bot" else "code"
        return answer(work, reply(work.ownership.owner, author=author))

    async with running(bench.worker(handler)):
        await bench.say("hola")
        await bench.courier.wait_for(1)
    assert owners == ["bot", "human"]
    assert bench.courier.texts == ["human"]


async def test_a_failing_handler_is_tried_again_after_a_pause(bench):
    """One bad moment costs the sender a second, not the message."""
    tries = []

    async def handler(work):
        tries.append(work.envelopes[0].attempts)
        if len(tries) == 1:
            bench.clock.advance(5)
            raise KeyError("secret text of the sender")
        return await echo(work)

    async with running(bench.worker(handler)):
        await bench.say("hola")
        async with asyncio.timeout(DEADLINE):
            while len(tries) < 2:
                bench.clock.advance(1)
                await asyncio.sleep(0)
        await bench.courier.wait_for(1)
    assert tries == [0, 1]


async def test_the_log_of_a_failure_holds_no_words(bench, capsys):
    """An exception's text may repeat what the sender wrote; only its type and place are logged."""

    async def handler(work):
        raise KeyError("secret text of the sender")

    bench.inbox.limits = type(bench.limits)(max_attempts=1)
    async with running(bench.worker(handler)):
        await bench.say("hola")
        await bench.courier.wait_for(1)
    logged = capsys.readouterr()
    assert "KeyError" in logged.out + logged.err
    assert "secret text" not in logged.out + logged.err
    assert bench.courier.texts == ["perdón"]


async def test_a_handler_that_hangs_ends_with_its_lease_time(make_bench):
    """A turn that never ends is a failed turn; the conversation is not blocked by it."""
    bench = make_bench(lease_seconds=0.2, max_attempts=1)

    async def handler(work):
        await asyncio.Event().wait()

    async with running(bench.worker(handler)):
        await bench.say("hola")
        await bench.courier.wait_for(1)
    assert bench.courier.texts == ["perdón"]


async def test_stop_lets_a_turn_finish(bench):
    """A graceful stop takes nothing new and commits what runs."""
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def handler(work):
        inside.set()
        await go_on.wait()
        return await echo(work)

    worker = bench.worker(handler)
    async with running(worker):
        await bench.say("hola")
        await inside.wait()
        await worker.stop()
        go_on.set()
    assert (await bench.next("w2")) is None
    await bench.send("w2")
    assert bench.courier.texts == ["hola"]


async def test_stop_hands_back_a_turn_that_does_not_finish(bench):
    """When the grace is over, the next worker has the message at once and not after a lease."""
    inside = asyncio.Event()

    async def handler(work):
        inside.set()
        await asyncio.Event().wait()

    worker = bench.worker(handler, grace_seconds=0.01)
    async with running(worker):
        await bench.say("hola")
        await inside.wait()
    assert texts(await bench.next("w2")) == ["hola"]


async def test_a_cancelled_worker_hands_back_too(bench):
    """Ctrl-C ends like `stop`."""
    inside = asyncio.Event()

    async def handler(work):
        inside.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(bench.worker(handler, grace_seconds=0.01).run())
    await bench.say("hola")
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert texts(await bench.next("w2")) == ["hola"]


async def test_everything_waits_for_redis_and_goes_on(capsys):
    """Redis ends during a turn: enqueue says so at once, and after its return nothing is lost."""
    with tempfile.TemporaryDirectory(prefix="lv-") as folder:
        server = EmbeddedValkey(Path(folder))
        connections = connect(await server.start(), timeout_seconds=0.5)
        bench = Bench(connections, Keys("t"), FakeClock())
        inside, go_on = asyncio.Event(), asyncio.Event()

        async def handler(work):
            inside.set()
            await go_on.wait()
            return await echo(work)

        async with running(bench.worker(handler)):
            await bench.say("hola")
            await inside.wait()
            await server.stop()
            async with asyncio.timeout(120):
                with pytest.raises(StoreUnavailableError):
                    await bench.say("perdido")
            go_on.set()
            await server.start()
            await bench.courier.wait_for(1)
            await bench.say("adiós")
            await bench.courier.wait_for(2)
        assert bench.courier.texts == ["hola", "adiós"]
        assert await bench.leftovers() == []
        await connections.close()
        await server.stop()


async def test_a_killed_worker_loses_nothing_and_doubles_nothing(bench, valkey_url):
    """`kill -9` in the middle of a turn: the next process answers every message once, in order."""
    numbers = [str(number) for number in range(10)]
    for word in numbers:
        await bench.inbox.enqueue(said(word, sender=f"+52{int(word) % 3}"), "t")
    victim = await asyncio.create_subprocess_exec(
        sys.executable,
        str(CRASHING),
        valkey_url,
        bench.keys.project,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(DEADLINE):
        assert await victim.stdout.readline() == b"inside\n"
    victim.kill()
    await victim.wait()

    async with running(bench.worker(echo, "w1")):
        await bench.courier.wait_for(len(numbers))
    assert sorted(bench.courier.texts) == numbers
    for sender in range(3):
        heard = [
            row.message.content
            for row in bench.courier.rows
            if row.address.sender == f"+52{sender}"
        ]
        assert heard == sorted(heard)
    assert await bench.leftovers() == []


async def test_answers_are_never_handed_to_the_wrong_caller(connections):
    """Cancelled commands must not leave their answers to others (the worst leak of all)."""
    redis = connections.commands
    prefix = f"t{uuid4().hex[:12]}"
    for number in range(20):
        await redis.set(f"{prefix}:{number}", str(number), ex=60)

    async def read(number):
        return number, await redis.get(f"{prefix}:{number}")

    for attempt in range(60):
        tasks = [asyncio.create_task(read(number)) for number in range(20)]
        for _ in range(attempt % 7):
            await asyncio.sleep(0)
        for task in tasks[attempt % 3 :: 3]:
            task.cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        pairs = [item for item in answers if isinstance(item, tuple)]
        assert pairs
        assert all(str(number) == value for number, value in pairs)


async def test_a_flood_of_one_sender_does_not_delay_the_others(bench):
    """Twenty others who wrote behind 500 messages of one are answered before its fourth turn."""
    flood = "+5210000"
    for number in range(500):
        await bench.say(f"{number}", sender=flood)
    others = [f"+52{number}" for number in range(20)]
    for sender in others:
        await bench.say("hola", sender=sender)
    order = []

    async def note(work):
        order.append(work.envelopes[0].inbound.address.sender)
        return answer(work, reply("ok"))

    async with running(bench.worker(note, concurrency=1)):
        await bench.courier.wait_for(20 + 500 // 20)
    last = max(order.index(sender) for sender in others)
    assert order[:last].count(flood) <= 3
