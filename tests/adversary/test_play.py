"""The reduced run of `make safety`, and the proof that its checks find what they are for."""

import pytest

from tests.adversary.broken import BROKEN
from tests.adversary.play import play, play_all, play_controls
from tests.adversary.report import tables, write
from tests.adversary.rows import load_controls, load_rows
from tests.adversary.vectors import VECTORS

ROWS = load_rows()
EVERY = 45


def first(key):
    """Return one row for each value of a property."""
    return tuple({key(row): row for row in reversed(ROWS)}.values())


@pytest.fixture(scope="module")
def rows():
    """One row of every vector, and a sample of the others."""
    chosen = (*first(lambda row: row.vector), *ROWS[::EVERY])
    return tuple({row.id: row for row in chosen}.values())


def test_all_rows_are_there_and_have_a_way_in():
    """640 rows, each with a vector that the table explains."""
    assert len(ROWS) == 640
    assert {row.vector for row in ROWS} == set(VECTORS)


async def test_nothing_comes_out(rows, tmp_path):
    """With a model that obeys, nothing gets past the guards, and no control is stopped."""
    played = await play_all(rows)
    assert set(played.rows) == {row.id for row in rows}
    assert played.violations == []
    controls = await play_controls(load_controls()[::10])
    assert controls.stopped == []
    write(tmp_path, played, controls)
    page = (tmp_path / "safety.html").read_text(encoding="utf-8")
    assert all(title.split(":")[0] in page for title in tables(played, controls))


@pytest.mark.parametrize("name", BROKEN)
async def test_a_design_without_one_guard_is_caught(name):
    """One guard at a time is taken away, and the violation that it prevents appears."""
    broken, kind, expected = BROKEN[name]
    row = next(row for row in ROWS if kind in row.must_not)
    played = await play([row], broken=broken)
    assert any(expected(item.kind, item.what) for item in played.violations)


async def test_a_higher_budget_is_caught():
    """A deployment that allows sixty calls a turn goes over the budget that is checked."""
    row = next(row for row in ROWS if "cost_budget" in row.must_not)
    assert all(item.kind != "cost_budget" for item in (await play([row])).violations)
    played = await play([row], max_tool_calls=60)
    assert ("cost_budget", "over budget") in {(v.kind, v.what) for v in played.violations}
