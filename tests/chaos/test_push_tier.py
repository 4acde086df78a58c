"""The push tier of the reliability tests: real processes, real signals, a real server.

All of it is in one module, so that one test process runs it and the other keeps a core. What is
proved is in docs/reliability.md; `make chaos` runs the same with larger numbers. A failure prints
its findings, its seed and its faults; LOLA_CHAOS_SEED repeats another seed.
"""

import pytest

from lola.state import connect
from reliability.broken import BROKEN
from reliability.killpoints import all_points
from reliability.plan import Plan
from reliability.points import play_points
from reliability.run import play
from reliability.server import Server
from reliability.tiers import control

pytestmark = [pytest.mark.timeout(1200), pytest.mark.usefixtures("quiet")]

SEEDS_PER_CONTROL = 4
MARKS = {
    "group": {"out_of_order", "lost_updates"},
    "lock": {"out_of_order"},
    "two_steps": {"lost"},
}


async def test_workers_and_gateways_are_killed_and_paused(folder, seed):
    """5,000 messages, 50 kills, 10 pauses beyond the lease: nothing lost, doubled or misplaced."""
    plan = Plan(seed=seed, messages=5000, kills=50, pauses=10)
    outcome = await play(plan, folder)
    assert outcome.kept, outcome.explain()
    happened = outcome.figures
    assert happened["kill_worker"] + happened["kill_gateway"] == 50
    assert happened["pause_worker"] == 10
    assert happened["sends"] + happened["dead_letters"] >= 5000


async def test_the_server_is_killed_ended_and_its_log_is_torn(folder, seed):
    """Three restarts of Valkey, one after SIGKILL, one after SIGTERM, one with a torn log."""
    plan = Plan(seed=seed, messages=800, kills=4, restarts=3)
    outcome = await play(plan, folder)
    assert outcome.kept, outcome.explain()
    assert all(outcome.figures[kind] == 1 for kind in ("kill_server", "end_server", "cut_log"))


async def test_the_network_fails_in_six_ways_on_both_sides(folder, seed):
    """Delay, cut before and after, half open, byte by byte, reset; to Redis and to the channel."""
    plan = Plan(seed=seed, messages=600, network=12)
    outcome = await play(plan, folder)
    assert outcome.kept, outcome.explain()
    assert outcome.figures["network"] == 12
    assert outcome.figures["broken_connections"] > 0


async def test_the_channel_takes_messages_and_drops_its_answers(folder, seed):
    """Every third answer is lost: at most one resend each, and none about money."""
    plan = Plan(seed=seed, messages=500, drop_every=3, hold_seconds=0.3)
    outcome = await play(plan, folder)
    assert outcome.kept, outcome.explain()
    assert outcome.figures["sends"] // 3 >= 150
    assert outcome.figures["resends"] > 0


async def test_a_process_dies_at_every_point_once(folder, seed):
    """Before and after every command to Redis and to the channel; each point must be reached."""
    server = Server(folder)
    url = await server.start()
    connections = connect(url)
    try:
        outcomes = await play_points(all_points(), connections, url, folder, seed)
    finally:
        await connections.close()
        await server.stop()
    assert len(outcomes) >= 30
    failed = {str(item.point): item for item in outcomes if not item.kept}
    assert failed == {}, f"seed {seed}"


@pytest.mark.parametrize("design", BROKEN)
async def test_a_broken_design_fails_the_checker(folder, seed, design):
    """The same faults over a design that looks right: the checker must find what is wrong."""
    for attempt in range(SEEDS_PER_CONTROL):
        place = folder / str(attempt)
        place.mkdir()
        outcome = await play(control(design, seed + attempt), place)
        found = {name for name, count in outcome.findings.counts.items() if count}
        if MARKS[design] <= found:
            return
    pytest.fail(f"{BROKEN[design]} passed the checker: {outcome.explain()}")
