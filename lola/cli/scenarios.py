"""`lola scenarios run`: runs scenario files on one service and prints the results."""

import asyncio
import json
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from lola.channel.names import ChannelName
from lola.cli.demo import loopback
from lola.cli.transcripts import silent, transcript
from lola.telemetry.logs import configure
from lola.testing.harness import Harness
from lola.testing.runner import run_scenario
from lola.testing.scenario_report import is_reached, rows_of
from lola.testing.scenario_result import ScenarioResult
from lola.testing.scenarios import Scenario, find_scenarios, load_scenarios

COLUMNS = (
    *("", "played", "reached", "share", "turns", "wrong"),
    *("calls/plain", "calls/tool", "billed", "cost"),
)


def play_scenarios(
    paths: list[Path], *, channel: ChannelName | None, verbose: bool, report: bool
) -> bool:
    """Run the files one after another and return whether all passed."""
    console = Console(highlight=False)
    configure("error")
    scenarios = [
        scenario for path in find_scenarios(paths) for scenario in load_scenarios(path, channel)
    ]
    results = asyncio.run(_play(scenarios, channel, console if verbose else None))
    if report and any(result.scenario.reach is not None for result in results):
        _show_report(console, results)
    else:
        _show_results(console, results)
    return all(result.passed for result in results)


def print_schema() -> None:
    """Print the JSON schema of one document of a scenario file."""
    print(json.dumps(Scenario.model_json_schema(), indent=2))  # noqa: T201 - the command's output


async def _play(
    scenarios: list[Scenario], channel: ChannelName | None, console: Console | None
) -> list[ScenarioResult]:
    results = []
    with tempfile.TemporaryDirectory(prefix="lola-qa-") as folder:
        async with Harness(loopback(Path(folder))) as harness:
            for scenario in scenarios:
                if console is not None:
                    console.rule(f"[bold]{scenario.name}")
                observer = silent if console is None else transcript(console)
                results.append(
                    await run_scenario(harness, scenario, channel=channel, observer=observer)
                )
    return results


def _show_results(console: Console, results: list[ScenarioResult]) -> None:
    table = Table(title="Scenarios")
    for column in ("scenario", "channel", "billed", "cost", "result"):
        table.add_column(column)
    for result in results:
        failed = (
            f"failed, steps not run: {result.not_run}" if result.failures else "wrong statement"
        )
        billed = result.billed
        table.add_row(
            result.scenario.name,
            result.channel,
            f"{billed.messages} ({billed.segments})" if billed.segments else str(billed.messages),
            f"{billed.cost:.4f}",
            "passed" if result.passed else failed,
        )
    console.print(table)
    for result in results:
        # Outside of the table, so that a place can be clicked and a text is not cut into pieces.
        for problem in (*result.failures, *result.wrong):
            console.print(problem, soft_wrap=True, markup=False)


def _show_report(console: Console, results: list[ScenarioResult]) -> None:
    table = Table(title="Conversations")
    for column in COLUMNS:
        table.add_column(column, justify="left" if not column else "right")
    for row in rows_of(results):
        table.add_row(
            row.name,
            str(row.played),
            str(row.reached),
            f"{int(row.share * 100)}%",
            _figure(row.turns),
            str(row.wrong),
            _figure(row.plain_calls),
            _figure(row.tool_calls),
            _figure(row.billed),
            "-" if row.cost is None else f"{row.cost:.4f}",
        )
    console.print(table)
    for result in results:
        missed = result.scenario.reach is not None and not is_reached(result)
        problems = [*result.failures, *result.wrong, *(["goal not reached"] if missed else [])]
        if problems:
            text = f"{result.scenario.name}: {'; '.join(problems)}"
            console.print(text, soft_wrap=True, markup=False)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
