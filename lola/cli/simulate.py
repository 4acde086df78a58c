"""`lola simulate`: plays generated senders on one service; prints and writes how they ended."""

import asyncio
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from lola.cli.demo import loopback
from lola.cli.scenarios import progress_bar, write_file
from lola.telemetry.logs import configure
from lola.testing.harness import Harness
from lola.testing.personas.generating import generated
from lola.testing.personas.persona import Persona, load_personas
from lola.testing.personas.playing import Played, play, rows_by_temper
from lola.testing.personas.report import run_of
from lola.testing.reports.page import html_page

COLUMNS = ("", "played", "reached", "share", "turns", "wrong", "unconfirmed", "other link")


def simulate(
    senders: int, seed: int, files: Sequence[Path], *, html: Path | None, json: Path | None
) -> bool:
    """Play the senders; return whether no figure was wrong and no link unconfirmed."""
    configure("critical")
    people = [persona for path in files for persona in load_personas(path)]
    started_at = datetime.now(UTC)
    results = asyncio.run(play_all(people or generated(senders, seed), seed))
    _show(Console(highlight=False), results)
    run = run_of(results, started_at)
    if html:
        write_file(html, html_page(run, rows_by_temper(results), what="senders").encode())
    if json:
        write_file(json, run.model_dump_json(indent=1).encode())
    return not any(one.wrong or one.unconfirmed for one in results)


async def play_all(people: Sequence[Persona], seed: int) -> list[Played]:
    """Play the senders one after another on one service."""
    results = []
    with tempfile.TemporaryDirectory(prefix="lola-simulate-") as folder, progress_bar() as bar:
        task = bar.add_task("senders", total=len(people))
        async with Harness(loopback(Path(folder))) as harness:
            for persona in people:
                bar.update(task, description=persona.id)
                results.append(await play(harness, persona, seed=seed, approves=True))
                bar.advance(task)
    return results


def _show(console: Console, results: Sequence[Played]) -> None:
    table = Table(title="Simulated senders")
    for column in COLUMNS:
        table.add_column(column, justify="left" if not column else "right")
    for row in rows_by_temper(results):
        figures = (row.wrong, row.unconfirmed, row.unlike)
        table.add_row(
            row.name,
            str(row.played),
            str(row.reached),
            f"{int(row.share * 100)}%",
            f"{row.turns:.1f}" if row.turns else "-",
            *map(str, figures),
        )
    console.print(table)
    for one in results:
        problems = (*one.wrong, *one.unconfirmed, *([one.failure] if one.failure else ()))
        if problems:
            text = f"{one.persona.id}: {'; '.join(problems)}"
            console.print(text, soft_wrap=True, markup=False)
