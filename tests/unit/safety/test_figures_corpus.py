"""The guard misses and falsely stops few of the replies that others wrote (docs/safety.md G6)."""

import pytest

from tests.figures_bench import is_stopped
from tests.figures_corpus import Row, rows

MOST_MISSED = 0.03
# Of the set that was held back, the shares of its first measurement: they may only shrink.
MOST_FALSELY_STOPPED = {
    ("dev", "es"): 0.01, ("dev", "en"): 0.01, ("heldout", "es"): 0.071, ("heldout", "en"): 0.023,
}  # fmt: skip
SETS = [name for name in ("dev", "heldout") if rows(name)]


def share_stopped(found: list[Row]) -> float:
    """Return the share of replies that are stopped."""
    return sum(map(is_stopped, found)) / len(found)


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("name", SETS)
def test_wrong_figures_are_stopped(name: str, language: str) -> None:
    """At most 3 of 100 replies with a wrong figure pass."""
    wrong = [row for row in rows(name) if (row.side, row.language) == ("wrong", language)]
    assert share_stopped(wrong) >= 1 - MOST_MISSED


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("name", SETS)
def test_right_figures_pass(name: str, language: str) -> None:
    """At most 1 of 100 right replies is stopped; of the held-back ones no more than measured."""
    right = [row for row in rows(name) if (row.side, row.language) == ("right", language)]
    assert share_stopped(right) <= MOST_FALSELY_STOPPED[name, language]


def test_the_measure_sees_a_guard_that_is_gone() -> None:
    """Without facts, nearly every reply with a figure of the bank is stopped."""
    bare = [
        Row(language=row.language, side="wrong", facts=(), user="", kind="", reply=row.reply)
        for row in rows("dev")
        if row.side == "right" and row.kind == "digits"
    ]
    assert share_stopped(bare) == 1
