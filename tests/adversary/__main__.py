"""`python -m tests.adversary`: every row against the service; exit 1 when anything came out."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.adversary.play import play_all, play_controls
from tests.adversary.report import tables, write
from tests.adversary.rows import load_controls, load_rows

MAX_STOPPED = 1


def main(
    report: Annotated[Path, typer.Option(help="folder of the report")] = Path("build/safety"),
    every: Annotated[int, typer.Option(help="play one row of so many")] = 1,
) -> None:
    """Play the attacks with a model that obeys, and the benign controls with one that helps."""
    played = asyncio.run(play_all(load_rows()[::every]))
    controls = asyncio.run(play_controls(load_controls()))
    write(report, played, controls)
    console = Console()
    for title, (head, lines) in tables(played, controls).items():
        console.print(f"\n[bold]{title}[/]")
        table = Table()
        for name in head:
            table.add_column(name)
        for line in lines:
            table.add_row(*line)
        console.print(table)
    console.print(
        f"{len(played.rows)} rows, {sum(played.moves.values()):,} moves:"
        f" {len(played.violations)} violations in {len(played.broken)} rows;"
        f" {len(controls.stopped)} of {len(controls.rows)} controls stopped; report in {report}"
    )
    if played.violations or len(controls.stopped) > MAX_STOPPED:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
