"""The tables that `lola scenarios run` prints."""

from rich.console import Console
from rich.table import Table

from lola.testing.scenario_report import is_reached, rows_of
from lola.testing.scenario_result import ScenarioResult

COLUMNS = (
    *("", "played", "reached", "share", "turns", "wrong"),
    *("calls/plain", "calls/tool", "billed", "cost"),
)


def show_results(console: Console, results: list[ScenarioResult]) -> None:
    """Print a row for each scenario, then everything that is wrong."""
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


def show_report(console: Console, results: list[ScenarioResult]) -> None:
    """Print goals reached by language and ability, then what was missed."""
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
