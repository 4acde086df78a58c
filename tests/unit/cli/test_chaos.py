"""What `lola chaos` calls a success."""

from collections import Counter
from dataclasses import replace

import pytest

from lola.cli.chaos import passed
from lola.qa.chaos.checker import Findings
from lola.qa.chaos.killpoints import KillPoint
from lola.qa.chaos.plan import Plan
from lola.qa.chaos.points import PointOutcome
from lola.qa.chaos.run import Outcome

BROKE = Findings(lost=("m1 was accepted, not answered",))
KEPT = Outcome(plan=Plan(seed=1, messages=1), findings=Findings(), figures=Counter(), seconds=1.0)
POINT = PointOutcome(
    point=KillPoint(operation="commit", when="before"),
    reached=True,
    findings=Findings(),
    is_settled=True,
    messages=1,
    resends=0,
    buried=0,
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
