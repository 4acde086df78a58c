"""The days' totals: added by all processes, kept for 40 days."""

from datetime import timedelta

from lola.state.daily_statistics import KEPT_SECONDS, DailyStatistics
from tests.support import NOW

TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)


async def test_processes_add_to_one_total(connections, keys):
    """Two writers of one day are one sum; another day is its own."""
    gateway, worker = DailyStatistics(connections, keys), DailyStatistics(connections, keys)
    await gateway.add(TODAY, {"lola_turns_total|route=send": 2.0})
    await worker.add(TODAY, {"lola_turns_total|route=send": 0.5, "other": 1e-7})
    await worker.add(YESTERDAY, {"other": 3.0})
    assert await gateway.of([YESTERDAY, TODAY]) == (
        {"other": 3.0},
        {"lola_turns_total|route=send": 2.5, "other": 1e-7},
    )


async def test_a_day_without_anything_is_empty_and_writes_nothing(connections, keys):
    """Nothing counted is no key."""
    statistics = DailyStatistics(connections, keys)
    await statistics.add(TODAY, {})
    assert await statistics.of([TODAY]) == ({},)
    assert not await connections.commands.exists(keys.statistics(TODAY.isoformat()))


async def test_a_day_is_dropped_after_forty_days(connections, keys):
    """The key has an expiry from its first write on."""
    await DailyStatistics(connections, keys).add(TODAY, {"a": 1.0})
    life = await connections.commands.ttl(keys.statistics(TODAY.isoformat()))
    assert KEPT_SECONDS - 60 <= life <= KEPT_SECONDS
