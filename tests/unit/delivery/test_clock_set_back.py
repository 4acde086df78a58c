"""A clock that ran ahead and is set back: what it put off does not wait until that time again."""

import asyncio

import pytest

from lola.channel.contract import SendPolicy
from lola.delivery import Outbox
from lola.errors import AmbiguousSendError, RetryLaterError
from tests.unit.delivery.test_worker import echo, running
from tests.unit.delivery.workbench import address, reply

AHEAD = 3600


@pytest.fixture
async def ahead(bench):
    """A bench whose clock is an hour ahead, after a look at what is due."""
    await bench.later(AHEAD)
    return bench


async def test_a_retried_turn_does_not_wait_for_the_wrong_time(ahead):
    """Put off by a second at the wrong hour, the sender is answered when the clock is right."""
    await ahead.say("hola")
    await ahead.inbox.fail(await ahead.next(), "down")
    await ahead.later(-AHEAD)
    assert await ahead.next() is not None


async def test_a_quiet_period_is_never_longer_than_one(make_bench):
    """A message that was accepted in the future is not taken for one that was just written."""
    bench = make_bench(debounce_seconds=1.0)
    bench.clock.advance(AHEAD)
    await bench.say("hola")
    bench.clock.advance(-AHEAD)
    assert await bench.next() is not None


async def test_a_delayed_send_goes_out_when_the_clock_is_right(ahead):
    """Refused for ten seconds at the wrong hour, a reply is tried again at once."""
    await ahead.committed(reply("enlace"))
    ahead.courier.fail = [RetryLaterError("busy", after=10)]
    await ahead.send()
    await ahead.later(-AHEAD)
    await ahead.send()
    assert ahead.courier.texts == ["enlace", "enlace"]


async def test_an_unknown_send_is_held_for_its_minute_only(ahead):
    """Its minute begins when the clock is right; it does not last until the wrong hour."""
    await ahead.committed(reply("dato"))
    ahead.courier.fail = [AmbiguousSendError("cut")]
    await ahead.send()
    await ahead.later(-AHEAD)
    await ahead.send()
    assert ahead.courier.texts == ["dato"]
    await ahead.later(60)
    await ahead.send()
    assert ahead.courier.texts == ["dato", "dato"]


async def test_the_pace_of_a_recipient_is_not_owed_for_an_hour(ahead):
    """Two messages in six seconds each: after the clock is right, the third waits six seconds."""
    ahead.outbox = Outbox(
        ahead.connections,
        ahead.keys,
        ahead.clock,
        policies={"whatsapp": SendPolicy(pair_seconds=6, pair_burst=2)},
    )
    await ahead.committed(reply("uno"), reply("dos"), reply("tres"))
    await ahead.send()
    await ahead.later(0)
    assert ahead.courier.texts == ["uno", "dos"]
    await ahead.later(-AHEAD)
    await ahead.send()
    await ahead.later(6)
    await ahead.send()
    assert ahead.courier.texts == ["uno", "dos", "tres"]


async def test_a_running_worker_notices_and_says_so(bench, capsys):
    """No restart is needed: the job that looks for what is due sees the clock go back."""
    failed = asyncio.Event()

    async def handler(work):
        if not failed.is_set():
            failed.set()
            raise KeyError("once")
        return await echo(work)

    waiting = bench.keys.waiting("inbox", bench.keys.shard(address().conversation))
    bench.clock.advance(AHEAD)
    async with running(bench.worker(handler)):
        await bench.say("hola")
        await failed.wait()
        while not await bench.redis.zcard(waiting):
            pass
        bench.clock.advance(-AHEAD)
        await bench.courier.wait_for(1)
    assert "clock.set_back" in capsys.readouterr().out
