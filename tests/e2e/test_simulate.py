"""`lola simulate`: the same seed is the same run, and nothing wrong is said."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lola.cli.main import app
from lola.testing.personas.tempers import TEMPERS
from lola.testing.reports.run import Run

pytestmark = [pytest.mark.e2e]

SENDERS = len(TEMPERS)


@pytest.mark.timeout(300)
def test_two_runs_with_one_seed_are_identical(tmp_path: Path) -> None:
    """A sender of each temper: the same words, replies and ends; no wrong figure, no rash link.

    What a run leaves is a table, a page and JSON.
    """
    runs = []
    for name in ("one", "two"):
        files = ["--json", str(tmp_path / f"{name}.json"), "--html", str(tmp_path / f"{name}.html")]
        command = ["simulate", "--senders", str(SENDERS), "--seed", "5", *files]
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 0, result.output
        assert "scam" in result.output
        run = Run.model_validate(json.loads((tmp_path / f"{name}.json").read_text()))
        assert len(run.scenarios) == SENDERS
        assert f"of {SENDERS}</span> senders passed" in (tmp_path / f"{name}.html").read_text()
        runs.append(
            [(one.name, one.passed, one.problems, *map(str, one.lines)) for one in run.scenarios]
        )
    assert runs[0] == runs[1]
