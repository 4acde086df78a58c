"""What `python -m reliability` counts as a success."""

from collections import Counter
from dataclasses import replace

import pytest
from rich.console import Console

from reliability.checker import Findings
from reliability.command import _controls_table, _runs_table, passed
from reliability.killpoints import KillPoint
from reliability.plan import Plan
from reliability.points import PointResult
from reliability.run import RunResult

BROKE = Findings(lost=("m1 was accepted, not answered",))
KEPT = RunResult(plan=Plan(seed=1, messages=1), findings=Findings(), figures=Counter(), seconds=1.0)
POINT = PointResult(
    point=KillPoint(operation="commit", when="before"),
    reached=True,
    findings=Findings(),
    is_settled=True,
    messages=1,
    resends=0,
    dead_letters=0,
)
CAUGHT = replace(KEPT, findings=BROKE)


def test_kept_promises_and_caught_designs_pass():
    """Everything as it should be."""
    assert passed([("run", KEPT)], [POINT], [("control", CAUGHT)])


@pytest.mark.parametrize(
    ("run", "point", "control"),
    [
        (CAUGHT, POINT, CAUGHT),
        (replace(KEPT, is_settled=False), POINT, CAUGHT),
        (replace(KEPT, deaths=("w1 ended by itself with status 1",)), POINT, CAUGHT),
        (KEPT, replace(POINT, reached=False), CAUGHT),
        (KEPT, replace(POINT, findings=BROKE), CAUGHT),
        (KEPT, POINT, KEPT),
    ],
    ids=["broken promise", "no rest", "own death", "point missed", "point broke", "not caught"],
)
def test_any_of_these_fails(run, point, control):
    """A control that passes fails the whole run: the checker would prove nothing."""
    assert not passed([("run", run)], [point], [("control", control)])


def test_every_figure_of_a_night_fits_a_terminal():
    """80 columns, nothing cut off: a table whose figures end in dots proves nothing."""
    figures = Counter(kill_worker=1_600, kill_gateway=400, resends=12_345, dead_letters=8_765)
    night = replace(KEPT, plan=Plan(seed=1, messages=200_000), figures=figures)
    names = ("kills and pauses", "server restarts", "network faults", "dropped answers")
    console = Console(width=80)
    with console.capture() as captured:
        console.print(_runs_table([(name, night) for name in names], [POINT] * 640, 1_807.0))
        console.print(_controls_table([("dedup and enqueue as two commands", CAUGHT)] * 3))
    shown = captured.get()
    assert "…" not in shown
    for figure in ("200,000", "12,345", "8,765", "1,807"):
        assert figure in shown
