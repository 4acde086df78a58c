"""Token buckets in Redis: steady in the long run, shared by processes, all or nothing."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from lola.state import Keys, Rate, Rates, connect
from tests.support import NOW, ManualClock

QUICK = Rate(name="quick", count=20, seconds=60, burst=10)
HOURLY = Rate(name="hourly", count=3, seconds=3_600)
SENDER = "+15550104477"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def keys() -> Keys:
    return Keys(f"t{uuid4().hex[:12]}")


@pytest.fixture
def refused() -> list[str]:
    return []


@pytest.fixture
def rates(connections, keys, clock, refused) -> Rates:
    return Rates(connections, keys, clock, on_refused=refused.append)


async def test_a_burst_passes_and_then_the_steady_rate(rates, clock, refused) -> None:
    """Ten at once, then one every three seconds; each refusal is counted by its name."""
    for _ in range(10):
        assert not (await rates.take(SENDER, QUICK)).refused
    assert (await rates.take(SENDER, QUICK)) == await rates.look(SENDER, QUICK)
    assert (await rates.take(SENDER, QUICK)).wait == 3
    clock.advance(seconds=3)
    assert not (await rates.take(SENDER, QUICK)).refused
    assert (await rates.take(SENDER, QUICK)).refused == "quick"
    assert refused == ["quick"] * 3
    clock.advance(seconds=60)
    taken = [await rates.take(SENDER, QUICK) for _ in range(11)]
    assert [bool(one.refused) for one in taken] == [False] * 10 + [True]


@pytest.mark.parametrize("count", [1, 7, 13, 300])
async def test_a_count_that_does_not_divide_its_span_is_met_exactly(rates, count: int) -> None:
    """No token is lost to rounding."""
    rate = Rate(name="odd", count=count, seconds=60)
    taken = [await rates.take(SENDER, rate) for _ in range(count + 1)]
    assert [bool(one.refused) for one in taken] == [False] * count + [True]


async def test_where_one_rate_is_spent_the_others_keep_their_tokens(rates, clock) -> None:
    """A refused attempt costs nothing of the other limit."""
    daily = Rate(name="daily", count=4, seconds=86_400)
    for _ in range(3):
        assert not (await rates.take(SENDER, HOURLY, daily)).refused
    for _ in range(5):
        assert (await rates.take(SENDER, HOURLY, daily)).refused == "hourly"
    clock.advance(minutes=20)
    assert not (await rates.take(SENDER, HOURLY, daily)).refused
    clock.advance(minutes=20)
    assert (await rates.take(SENDER, HOURLY, daily)).refused == "daily"


async def test_events_count_at_the_time_at_which_they_came(rates, clock) -> None:
    """What piled up while no worker ran was not written in one second."""
    spread = [NOW + timedelta(seconds=20 * place) for place in range(20)]
    clock.now = spread[-1]
    assert not (await rates.take(SENDER, QUICK, at=spread)).refused
    assert (await rates.take("other", QUICK, at=[NOW] * 11)).refused == "quick"


async def test_a_repeated_turn_gets_the_same_answer_and_takes_nothing(rates) -> None:
    """A crash between the count and the commit does not use the sender's tokens up."""
    single = Rate(name="single", count=1, seconds=60)
    for _ in range(3):
        assert not (await rates.take(SENDER, single, once="c:1")).refused
    for _ in range(3):
        assert (await rates.take(SENDER, single, once="c:2")).refused


async def test_processes_share_a_bucket_and_accounts_do_not(valkey_url, keys, clock) -> None:
    """Forty attempts at once through two connections: exactly ten pass; another is not touched."""
    pools = [connect(valkey_url), connect(valkey_url)]
    both = [Rates(pool, keys, clock) for pool in pools]
    taken = await asyncio.gather(*(one.take(SENDER, QUICK) for one in both * 20))
    assert sum(not one.refused for one in taken) == 10
    assert not (await both[0].take("another", QUICK)).refused
    for pool in pools:
        await pool.close()


async def test_zero_is_no_limit_and_nothing_is_stored(rates, connections, keys) -> None:
    """A limit that is switched off costs no round trip and leaves no key."""
    off = Rate(name="off", count=0, seconds=60)
    for _ in range(50):
        assert not (await rates.take(SENDER, off)).refused
    assert await connections.commands.keys(f"{keys.project}:*") == []


async def test_keys_hold_no_account_and_expire(rates, connections, keys) -> None:
    """A telephone number is no key, and a bucket is forgotten when it is full again."""
    await rates.take(SENDER, QUICK, HOURLY)
    stored = await connections.commands.keys(f"{keys.project}:*")
    assert len(stored) == 2
    assert not any("5550104477" in key for key in stored)
    lives = sorted([await connections.commands.pttl(key) for key in stored])
    assert 0 < lives[0] <= 30_000
    assert 0 < lives[1] <= 3_600_000


async def test_forgetting_fills_the_bucket(rates) -> None:
    """What was counted is gone."""
    for _ in range(10):
        await rates.take(SENDER, QUICK)
    await rates.forget(SENDER, QUICK)
    assert not (await rates.take(SENDER, QUICK)).refused
