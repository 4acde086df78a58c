"""`lola scenarios run`: the reports it writes, and files that are played again when they change."""

import asyncio
import io
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from rich.console import Console
from typer.testing import CliRunner

from lola.cli.main import app
from lola.cli.scenarios import Wanted, watch
from lola.testing.reports.run import Run
from lola.testing.waiting import until

pytestmark = [pytest.mark.e2e]

GOOD = "name: greeting\nsteps: [hola]\n"
BAD = 'name: greeting\nsteps:\n  - say: hola\n    expect: {says: ["xyzzy"]}\n'


def test_a_run_writes_its_reports_and_the_next_one_compares(tmp_path: Path) -> None:
    """JUnit XML, JSON and HTML; the page of the second run says what fails now."""
    file, out = tmp_path / "file.yaml", tmp_path / "out"
    command = ["scenarios", "run", str(file)]
    for kind in ("junit", "json", "html"):
        command += [f"--{kind}", str(out / kind)]
    file.write_text(GOOD)
    assert CliRunner().invoke(app, command).exit_code == 0
    assert "Since the last run" not in (out / "html").read_text()
    file.write_text(BAD)
    assert CliRunner().invoke(app, command).exit_code == 1
    run = Run.read(out / "json")
    assert run is not None
    assert [one.passed for one in run.scenarios] == [False]
    assert "fails now" in (out / "html").read_text()
    assert fromstring((out / "junit").read_bytes()).get("failures") == "1"  # noqa: S314 - ours


def test_a_file_that_is_no_report_is_not_overwritten(tmp_path: Path) -> None:
    """It is named before anything is played."""
    file = tmp_path / "file.yaml"
    file.write_text(GOOD)
    result = CliRunner().invoke(app, ["scenarios", "run", str(file), "--json", str(file)])
    assert "holds no run of scenarios" in str(result.exception)
    assert file.read_text() == GOOD


async def test_a_watched_file_is_played_again_when_it_changes(tmp_path: Path) -> None:
    """A mistake in it is named, and the watch goes on."""
    file, shown = tmp_path / "file.yaml", io.StringIO()
    file.write_text(GOOD)
    console = Console(file=shown, width=200)
    watching = asyncio.create_task(watch([tmp_path], Wanted(), console))

    async def is_shown(words: str) -> None:
        async def look() -> bool:
            return words in shown.getvalue() or watching.done()

        await until(look)
        assert words in shown.getvalue()

    await is_shown("passed")
    file.write_text(BAD)
    await is_shown("expected to read 'xyzzy'")
    file.write_text("name: greeting\nstep: [hola]\n")
    await is_shown("did you mean 'steps'?")
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching
