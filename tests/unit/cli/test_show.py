"""`lola pipeline`: every stage with what it sees, for people and for programs (`lola.cli.show`)."""

import json
import re

import pytest

from lola.cli.show import show_pipeline
from lola.conversation.order import AHEAD, BEHIND
from lola.conversation.pipeline import KINDS

ANSI = re.compile(r"\x1b\[[\d;]*m")
BUILT_IN = [stage.name for stage in (*AHEAD, *BEHIND)]


@pytest.fixture
def printed(capsys, monkeypatch, tmp_path):
    """Print without the settings of this machine."""
    monkeypatch.chdir(tmp_path)

    def show(**options) -> str:
        show_pipeline(**options)
        return capsys.readouterr().out

    return show


def test_programs_get_every_stage_with_what_it_sees(printed) -> None:
    """The list in order; `setting` is what MIDDLEWARE takes, and `protects` explains a refusal."""
    rows = json.loads(printed(as_json=True))
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    assert set(BUILT_IN) <= {row["name"] for row in rows}
    assert {kind for row in rows for kind in row["sees"]} == set(KINDS)
    assert all(row["removable"] is not bool(row["protects"]) for row in rows)
    (payhub,) = (row for row in rows if row["name"] == "PayhubAuth")
    assert payhub["setting"] == "middleware.payhub_auth.PayhubAuthMiddleware"
    assert not payhub["built_in"]


def test_a_pipe_gets_one_plain_line_for_each_stage(printed) -> None:
    """Without frames and colours, so that grep finds a stage with all of it."""
    lines = printed().splitlines()
    (events,) = (line for line in lines if " Events " in line)
    assert events.split()[1:4] == ["Events", "events", "fixed"]
    assert len(lines) == len(json.loads(printed(as_json=True)))


def test_a_terminal_gets_a_table_of_eighty_columns(printed, monkeypatch) -> None:
    """The name, what it sees and why it cannot be removed, without a cut word."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    table = ANSI.sub("", printed())
    assert max(map(len, table.splitlines())) <= 80
    assert all(name in table for name in BUILT_IN)
    assert "taken_over" in table
    assert "…" not in table
