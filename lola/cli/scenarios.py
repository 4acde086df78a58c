"""`lola scenarios run`: runs scenario files on one service, prints the results, writes reports."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lola.channel.names import ChannelName
from lola.cli.demo import loopback
from lola.cli.scenario_tables import show_report, show_results
from lola.cli.transcripts import silent, transcript
from lola.errors import ConfigurationError
from lola.telemetry.logs import configure
from lola.testing.harness import Harness
from lola.testing.reports.junit import junit_xml
from lola.testing.reports.page import html_page
from lola.testing.reports.run import Run, changes, run_of
from lola.testing.runner import run_scenario
from lola.testing.scenario_report import rows_of
from lola.testing.scenario_result import ScenarioResult
from lola.testing.scenarios import Scenario, find_scenarios, load_scenarios

LOOK_SECONDS = 0.5
"""How often `--watch` looks for changed files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the command is asked for. The last three are files to write, None for none."""

    channel: ChannelName | None = None
    verbose: bool = False
    report: bool = False
    junit: Path | None = None
    json: Path | None = None
    html: Path | None = None


def play_scenarios(paths: list[Path], wanted: Wanted) -> bool:
    """Run the files one after another and return whether all passed."""
    console = Console(highlight=False)
    configure("error")
    # A file that is no report is named before anything is played.
    last = Run.read(wanted.json) if wanted.json else None
    scenarios = _read(paths, wanted.channel)
    return asyncio.run(_play_once(scenarios, wanted, console, last))


def watch_scenarios(paths: list[Path], wanted: Wanted) -> None:
    """Run the files, then those that change, until Ctrl-C."""
    console = Console(highlight=False)
    configure("error")
    try:
        asyncio.run(watch(paths, wanted, console))
    except KeyboardInterrupt:
        console.print("stopped")


def print_schema() -> None:
    """Print the JSON schema of one document of a scenario file."""
    print(json.dumps(Scenario.model_json_schema(), indent=2))  # noqa: T201 - the command's output


async def watch(paths: list[Path], wanted: Wanted, console: Console) -> None:
    """Play the files on one service, and again each one that is changed or added."""
    seen: Mapping[Path, int] = {}
    async with _service() as harness:
        while True:
            now = _stamps(paths)
            changed = [path for path, stamp in now.items() if seen.get(path) != stamp]
            seen = now
            if changed:
                await _play_changed(harness, changed, wanted, console)
                console.print(f"watching {len(now)} files; Ctrl-C ends", style="dim")
            await asyncio.sleep(LOOK_SECONDS)


async def _play_changed(
    harness: Harness, paths: list[Path], wanted: Wanted, console: Console
) -> None:
    try:
        results = await _play(harness, _read(paths, wanted.channel), wanted, console)
    except ConfigurationError as error:
        console.print(str(error), style="red", markup=False)
        return
    _show(console, results, wanted)


async def _play_once(
    scenarios: list[Scenario], wanted: Wanted, console: Console, last: Run | None
) -> bool:
    started_at = datetime.now(UTC)
    async with _service() as harness:
        results = await _play(harness, scenarios, wanted, console)
    _show(console, results, wanted)
    _write(results, run_of(results, started_at), last, wanted)
    return all(result.passed for result in results)


def _read(paths: list[Path], channel: ChannelName | None) -> list[Scenario]:
    return [one for path in find_scenarios(paths) for one in load_scenarios(path, channel)]


@asynccontextmanager
async def _service() -> AsyncIterator[Harness]:
    with tempfile.TemporaryDirectory(prefix="lola-qa-") as folder:
        async with Harness(loopback(Path(folder))) as harness:
            yield harness


async def _play(
    harness: Harness, scenarios: list[Scenario], wanted: Wanted, console: Console
) -> list[ScenarioResult]:
    results = []
    with progress_bar(hidden=wanted.verbose) as bar:
        task = bar.add_task("scenarios", total=len(scenarios))
        for scenario in scenarios:
            if wanted.verbose:
                console.rule(f"[bold]{scenario.name}")
            bar.update(task, description=scenario.name[:40])
            observer = transcript(console) if wanted.verbose else silent
            channel = wanted.channel
            results.append(
                await run_scenario(harness, scenario, channel=channel, observer=observer)
            )
            bar.advance(task)
    return results


def progress_bar(*, hidden: bool = False) -> Progress:
    """Return a bar on stderr, which is shown in a terminal only."""
    stderr = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=stderr,
        transient=True,
        disable=hidden or not stderr.is_terminal,
    )


def _show(console: Console, results: list[ScenarioResult], wanted: Wanted) -> None:
    if wanted.report and any(result.scenario.reach is not None for result in results):
        show_report(console, results)
    else:
        show_results(console, results)


def _write(results: list[ScenarioResult], run: Run, last: Run | None, wanted: Wanted) -> None:
    has_goals = any(result.scenario.reach is not None for result in results)
    rows = rows_of(results) if has_goals else []
    changed = None if last is None else list(changes(last, run))
    if wanted.junit:
        write_file(wanted.junit, junit_xml(run))
    if wanted.json:
        write_file(wanted.json, run.model_dump_json(indent=1).encode())
    if wanted.html:
        write_file(wanted.html, html_page(run, rows, changed).encode())


def write_file(path: Path, content: bytes) -> None:
    """Write a report. Raises ConfigurationError that names the file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise ConfigurationError(str(path), f"cannot be written: {error.strerror}") from None


def _stamps(paths: list[Path]) -> dict[Path, int]:
    """Return when each scenario file was last changed."""
    return {path: path.stat().st_mtime_ns for path in find_scenarios(paths) if path.exists()}
