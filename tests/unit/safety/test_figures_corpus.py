"""The guard misses and falsely stops few of the replies that others wrote (docs/safety.md G6)."""

import pytest

from tests.figures_bench import is_stopped
from tests.figures_corpus import Row, rows

MOST_MISSED = 0.01
MOST_FALSELY_STOPPED = {"dev": 0.01, "heldout": 0.01, "repair": 0.06}
SETS = ("dev", "heldout", "repair")


def share_stopped(found: list[Row]) -> float:
    """Return the share of replies that are stopped."""
    return sum(map(is_stopped, found)) / len(found)


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("name", SETS)
def test_wrong_figures_are_stopped(name: str, language: str) -> None:
    """At most 1 of 100 replies with a wrong figure passes."""
    wrong = [row for row in rows(name) if (row.side, row.language) == ("wrong", language)]
    assert share_stopped(wrong) >= 1 - MOST_MISSED


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("name", SETS)
def test_right_figures_pass(name: str, language: str) -> None:
    """At most 1 of 100 right replies is stopped; of the hard echoes in `repair`, 6."""
    right = [row for row in rows(name) if (row.side, row.language) == ("right", language)]
    assert share_stopped(right) <= MOST_FALSELY_STOPPED[name]


def test_the_measure_sees_a_guard_that_is_gone() -> None:
    """Without facts, nearly every reply with a figure of the bank is stopped."""
    bare = [
        Row(language=row.language, side="wrong", facts=(), user="", kind="", reply=row.reply)
        for row in rows("dev")
        if row.side == "right" and row.kind == "digits"
    ]
    assert share_stopped(bare) == 1
