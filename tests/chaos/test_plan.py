"""A plan is decided by its seed, so that a failure can be repeated."""

from reliability.plan import Plan
from reliability.proxy import NETWORK_FAULTS
from reliability.tiers import tier


def test_the_same_seed_is_the_same_plan():
    """Traffic and faults follow from the seed, and another seed makes another plan."""
    one, two, other = (
        Plan(seed=seed, messages=500, kills=20, pauses=5, restarts=3) for seed in (7, 7, 8)
    )
    assert (one.traffic(), one.faults()) == (two.traffic(), two.faults())
    assert one.traffic() != other.traffic()
    assert one.faults() != other.faults()


def test_every_fault_happens_before_the_work_ends():
    """The numbers that were asked for, in order, within the traffic, of every kind."""
    plan = Plan(seed=1, messages=600, kills=20, pauses=5, restarts=6, network=12)
    faults = plan.faults()
    assert [fault.at for fault in faults] == sorted(fault.at for fault in faults)
    assert all(0 <= fault.at < plan.messages for fault in faults)
    kinds = [fault.kind for fault in faults]
    assert kinds.count("kill_worker") + kinds.count("kill_gateway") == 20
    assert kinds.count("kill_gateway") == 4
    assert all(kinds.count(kind) == 2 for kind in ("kill_server", "end_server", "cut_log"))
    assert {(fault.network, fault.target) for fault in faults if fault.network} == {
        (fault, target) for fault in NETWORK_FAULTS for target in ("redis", "channel")
    }


def test_the_report_of_a_failure_names_seed_and_faults():
    """The text holds what a person needs to repeat it."""
    text = str(Plan(seed=41, messages=100, kills=2, pauses=1))
    assert "seed 41" in text
    assert "kill_worker" in text
    assert "pause_worker" in text


def test_the_tiers_are_as_large_as_promised():
    """The tiers of docs/reliability.md: 5,000 and 50 on every push, 200,000 and 2,000 by night."""
    push, nightly = tier("push", 1), tier("nightly", 1)
    assert [(plan.messages, plan.kills) for _, plan in (push.runs[0], nightly.runs[0])] == [
        (5_000, 50),
        (200_000, 2_000),
    ]
    scaled = tier("nightly", 1, messages=70, kills=3).runs[0][1]
    assert (scaled.messages, scaled.kills) == (70, 3)
