"""Timers: events for later, set with a turn or by themselves, that fire once and in order."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from lola.delivery import Ownership, Timer, Timers
from lola.domain.messages import EventContent, Inbound, MessageId
from tests.unit.delivery.workbench import DEADLINE, address, answer, reply, said, texts

ME = address().conversation


def event(name="timer.test", **data):
    content = EventContent(name=name, data=data)
    return Inbound(id=MessageId(f"{name}:1"), address=address(), content=content)


@pytest.fixture
def soon(bench):
    return bench.clock.now + timedelta(seconds=30)


async def commit(bench, **changes):
    """Run one turn with these effects."""
    await bench.say("hola")
    work = await bench.next()
    return await bench.inbox.commit(work, replace(answer(work), **changes))


async def test_a_timer_becomes_an_event_when_its_time_has_come(bench, soon):
    """Not sooner, with its trace, and through the inbox like every other message."""
    await bench.timers.schedule(event(ticket="tk_1"), soon, "trace-9")
    bench.clock.advance(29.9)
    assert await bench.timers.fire_due() == 0
    bench.clock.advance(0.1)
    assert await bench.timers.fire_due() == 1
    work = await bench.next()
    (envelope,) = work.envelopes
    assert envelope.inbound == event(ticket="tk_1")
    assert (envelope.trace_id, envelope.accepted_at) == ("trace-9", bench.clock.now)


async def test_a_timer_fires_once(bench, soon):
    """With two workers at once, again later, and with one that ended before it could forget."""
    await bench.timers.schedule(event(), soon)
    bench.clock.advance(30)
    others = [
        Timers(bench.new_inbox(), bench.connections, bench.keys, bench.clock) for _ in range(3)
    ]
    await asyncio.gather(*(timers.fire_due() for timers in others))
    await bench.timers.schedule(event(), soon)
    assert await bench.timers.fire_due() == 1
    work = await bench.next()
    assert texts(work) == ["event"]
    assert await bench.inbox.commit(work, answer(work)) == "idle"
    assert await bench.next() is None


async def test_the_same_name_again_replaces_the_timer(bench, soon):
    """A repeated turn sets the same timer, and a later time wins."""
    await bench.timers.schedule(event(n=1), soon)
    await bench.timers.schedule(event(n=2), soon + timedelta(seconds=10))
    bench.clock.advance(30)
    assert await bench.timers.fire_due() == 0
    bench.clock.advance(10)
    assert await bench.timers.fire_due() == 1
    assert (await bench.next()).envelopes[0].inbound.content.data == {"n": 2}


async def test_a_cancelled_timer_does_not_fire(bench, soon):
    """Cancelling says whether there was anything to cancel, and leaves nothing behind."""
    await bench.timers.schedule(event(), soon)
    assert await bench.timers.cancel(ME, event().id)
    assert not await bench.timers.cancel(ME, event().id)
    bench.clock.advance(30)
    assert await bench.timers.fire_due() == 0
    for key in bench.keys.timers(bench.keys.shard(ME)):
        assert not await bench.redis.exists(key)


async def test_a_turn_sets_and_cancels_timers_with_its_commit(bench, soon):
    """In the same step as its state; here the second turn takes back what the first one set."""
    other = replace(event(), id=MessageId("other"))
    timers = (Timer(at=soon, event=event()), Timer(at=soon, event=other))
    assert await commit(bench, timers=timers, replies=(reply("a"),)) == "idle"
    assert await commit(bench, cancelled_timers=(event().id,)) == "idle"
    bench.clock.advance(30)
    assert await bench.timers.fire_due() == 1
    assert (await bench.next()).envelopes[0].inbound == other
    await bench.send()
    assert bench.courier.texts == ["a"]


async def test_a_turn_that_lost_its_lease_sets_no_timer(bench, soon):
    """Fenced: nothing of the turn becomes true."""
    await bench.say("hola")
    work = await bench.next()
    await bench.lose_lease(ME)
    effects = replace(answer(work), timers=(Timer(at=soon, event=event()),))
    assert await bench.inbox.commit(work, effects) == "fenced"
    bench.clock.advance(30)
    assert await bench.timers.fire_due() == 0


async def test_a_timer_for_another_conversation_is_refused(bench, soon):
    """A turn changes its own conversation only; the other one may live in another shard."""
    stranger = said("x", sender="+52999")
    with pytest.raises(ValueError, match="belongs to the conversation"):
        await commit(bench, timers=(Timer(at=soon, event=stranger),))


async def test_an_unreadable_timer_is_given_up_and_does_not_block_others(bench, soon, capsys):
    """What another version wrote must not block what follows it."""
    timers, bodies = bench.keys.timers(bench.keys.shard(ME))
    await bench.redis.zadd(timers, {f"{ME} broken": 0})
    await bench.redis.hset(bodies, f"{ME} broken", "{}")
    await bench.timers.schedule(event(), soon)
    bench.clock.advance(30)
    assert await bench.timers.fire_due() == 1
    assert await bench.redis.zcard(timers) == 0
    assert "timer.unreadable" in capsys.readouterr().out


async def test_a_worker_fires_timers(bench, soon):
    """Nothing else has to; the event is handled and answered like any message."""

    async def handler(work):
        return answer(work, reply(texts(work)[0], author="code"))

    worker = bench.worker(handler)
    task = asyncio.create_task(worker.run())
    await bench.timers.schedule(event(), soon)
    bench.clock.advance(30)
    await bench.courier.wait_for(1)
    await worker.stop()
    async with asyncio.timeout(DEADLINE):
        await task
    assert bench.courier.texts == ["event"]


async def test_a_conversation_in_the_handoff_queue_is_not_forgotten(bench):
    """State and history stay while a person is needed, and expire again after that."""
    state, history = bench.keys.state(ME), bench.keys.history(ME)
    await commit(bench)
    assert await bench.redis.ttl(state) > 0
    await bench.owners.set_owner(ME, Ownership(owner="waiting"), 0)
    assert [await bench.redis.ttl(key) for key in (state, history)] == [-1, -1]
    await commit(bench)
    assert [await bench.redis.ttl(key) for key in (state, history)] == [-1, -1]
    await bench.owners.set_owner(ME, Ownership(owner="bot"), 1)
    assert min([await bench.redis.ttl(key) for key in (state, history)]) > 0


async def test_a_turn_that_asks_for_a_person_keeps_its_own_state(bench):
    """The change of owner and the expiry are decided in the same step."""
    await commit(bench, escalate=Ownership(owner="waiting"))
    assert await bench.redis.ttl(bench.keys.state(ME)) == -1


async def test_a_state_that_waits_for_news_outlasts_the_history(bench):
    """The words of the chat go as always; a shorter wish changes nothing."""
    state, history = bench.keys.state(ME), bench.keys.history(ME)
    await commit(bench, state_life=timedelta(days=7))
    week, day = await bench.redis.ttl(state), await bench.redis.ttl(history)
    assert timedelta(days=6) < timedelta(seconds=week) <= timedelta(days=7)
    assert timedelta(seconds=day) <= timedelta(hours=24)
    await commit(bench, state_life=timedelta(hours=1))
    assert await bench.redis.ttl(state) >= await bench.redis.ttl(history) > 3600
