"""Kill points know every command of a message's way, and end a process exactly there."""

import subprocess
import sys

import pytest

from lola.delivery import scripts
from reliability.killpoints import (
    EXIT_CODE,
    WORKER_OPERATIONS,
    KillPoint,
    Trigger,
    all_points,
    operation_of,
)


def test_every_script_on_a_messages_way_has_its_points():
    """A new script gets its two points without being listed; the exceptions are known by name."""
    named = {name.lower() for name, value in vars(scripts).items() if hasattr(value, "text")}
    covered = {point.operation for point in all_points()}
    assert named - covered == {"add_cost", "set_owner", "record_status", "schedule"}
    assert covered - named == {"take_own", "take_new", "claim", "call"}
    assert len(all_points()) == 2 * len(covered)


@pytest.mark.parametrize(
    ("command", "operation"),
    [
        (("EVAL", scripts.COMMIT.text, 1, "k"), "commit"),
        (("XREADGROUP", "GROUP", "workers", "w", "COUNT", 1, "STREAMS", "s", ">"), "take_new"),
        (("XREADGROUP", "GROUP", "workers", "w", "STREAMS", "s", "t", "0", "0"), "take_own"),
        (("XAUTOCLAIM", "s", "workers", "w", 1, "0-0"), "claim"),
        (("SET", "a", "b"), "set"),
        (("EVALSHA", "0" * 40, 0), "script"),
    ],
)
def test_a_command_is_known_by_what_it_does(command, operation):
    """Scripts by their text or digest, reads by where they begin, the rest by name."""
    assert operation_of(command) == operation


def test_a_point_reads_what_it_writes():
    """The text of a point in a failure's report is the point."""
    point = KillPoint(operation="commit", when="after", nth=3)
    assert KillPoint.parse(str(point)) == point
    with pytest.raises(ValueError, match="commit:during:1"):
        KillPoint.parse("commit:during:1")


def test_the_process_ends_at_its_point_and_nothing_else_runs():
    """At the second commit and not the first; no `finally`, no output that was still buffered."""
    program = (
        "from reliability.killpoints import KillPoint, Trigger\n"
        "trigger = Trigger(KillPoint(operation='commit', when='before', nth=2))\n"
        "try:\n"
        "    trigger.reached('commit', 'before')\n"
        "    trigger.reached('commit', 'after')\n"
        "    print('first', flush=True)\n"
        "    trigger.reached('commit', 'before')\n"
        "finally:\n"
        "    print('finally', flush=True)\n"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (EXIT_CODE, "first\n")


def test_without_a_point_nothing_ends():
    """An unarmed trigger passes every operation."""
    trigger = Trigger(None)
    for operation in WORKER_OPERATIONS:
        trigger.reached(operation, "before")
    assert len(WORKER_OPERATIONS) >= 12
