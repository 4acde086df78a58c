"""Plays the transfers with each of four partners, two at a time, and prints a table."""

import asyncio
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from lola.telemetry.logs import configure
from reliability.money.checker import Fault
from reliability.money.partners import PARTNERS, PartnerName
from reliability.money.run import Result, play

AT_ONCE: Final = 2
SHOWN: Final = 20
_ROWS: Final[dict[str, Callable[[Result], int]]] = {
    "transfers": lambda result: result.verdict.senders,
    "operations": lambda result: result.operations,
    "statements about money": lambda result: result.verdict.statements,
    "found by the reconciler": lambda result: result.found,
}
_FAULTS: Final[dict[Fault, str]] = {
    "false": "false",
    "invited": "invited again",
    "untold": "not told the end",
    "doubled": "told twice",
    "amount": "wrong amount",
    "unread": "not understood",
}


def main(
    transfers: Annotated[int, typer.Option(help="transfers with each partner")] = 500,
    seed: Annotated[int, typer.Option(help="repeats the choices of a run")] = 1,
) -> None:
    """Play the runs, two at a time, and print the table; exit with 1 on any violation."""
    console = Console()
    # A new interpreter for each run: a service and its loop must not be copied.
    with ProcessPoolExecutor(AT_ONCE, get_context("spawn"), max_tasks_per_child=1) as pool:
        started = [pool.submit(_play, name, transfers, seed) for name in PARTNERS]
        results = [task.result() for task in started]
    console.print(table(results))
    for result in results:
        for violation in result.verdict.violations[:SHOWN]:
            console.print(f"[bold red]{violation.sender}[/] {violation.fault}: {violation.detail}")
    if any(result.verdict.violations for result in results):
        raise typer.Exit(1)


def table(results: list[Result]) -> Table:
    """Return the table of the results, a column for each partner."""
    found = Table("", *(PARTNERS[result.partner] for result in results))
    for title, read in _ROWS.items():
        found.add_row(title, *(str(read(result)) for result in results))
    for fault, title in _FAULTS.items():
        found.add_row(title, *(str(result.verdict.counts[fault]) for result in results))
    found.add_row("seconds", *(f"{result.seconds:.0f}" for result in results))
    return found


def _play(partner: PartnerName, transfers: int, seed: int) -> Result:
    configure("critical")
    # A socket's path must stay short.
    with tempfile.TemporaryDirectory(prefix="lm-") as folder:
        return asyncio.run(play(partner, transfers, Path(folder), seed=seed))
