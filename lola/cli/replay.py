"""`lola record` and `lola replay`: conversations of one build, played against another."""

import asyncio
import tempfile
from pathlib import Path

import typer
from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.console import Console
from rich.progress import track
from rich.table import Table

from lola.app.evidence import masking, names_in
from lola.cli.store import open_trail, operator_name, write_private
from lola.delivery.case_index import CaseIndex
from lola.errors import ConfigurationError
from lola.settings import load_settings
from lola.telemetry import names
from lola.testing.harness import Harness
from lola.testing.recording import (
    Recording,
    as_lines,
    names_said,
    read_recordings,
)
from lola.testing.replay import Replayed, Summary, replay, summary_of

TURNS = 200


def record(out: Path, conversations: int) -> None:
    """Write the newest conversations of the store, masked, and say how many they are."""
    recordings = asyncio.run(_recorded(conversations))
    if not recordings:
        raise ConfigurationError("LOLA_DATA", "there is no conversation to record")
    write_private(out, as_lines(recordings))
    typer.echo(f"{len(recordings)} conversations in {out}")


async def _recorded(limit: int) -> list[Recording]:
    async with open_trail() as opened:
        recordings = []
        for name in await CaseIndex(opened.connections, opened.keys).recent(limit):
            stored = await opened.store.read(name, limit=TURNS)
            if stored.history:
                known = names_in((stored.state or {}, *stored.history))
                mask = masking(known | names_said(stored.history))
                recordings.append(Recording.of(name, stored.history, mask))
        facts = {"operator": operator_name(), "count": len(recordings)}
        await opened.trail.append(names.CONVERSATIONS_RECORDED, facts)
        return recordings


def play(file: Path, html: Path | None) -> Summary:
    """Play a file of conversations against this build, print the comparison, and return it."""
    recordings = read_recordings(file)
    replayed = asyncio.run(_replayed(recordings))
    summary = summary_of(replayed)
    if html is not None:
        html.write_text(html_page(replayed, summary), encoding="utf-8")
    table = Table(title=f"{len(replayed)} conversations on both builds")
    for column in ("turns", "left out", "same route", "same tools", "same words", "model cost"):
        table.add_column(column)
    table.add_row(
        str(summary.turns),
        str(summary.left_out),
        *(f"{share:.1%}" for share in (summary.same_route, summary.same_tools, summary.same_words)),
        f"{summary.cost_before:.4f} → {summary.cost_now:.4f}",
    )
    Console().print(table)
    return summary


async def _replayed(recordings: tuple[Recording, ...]) -> list[Replayed]:
    with tempfile.TemporaryDirectory(prefix="lr-") as folder:
        async with Harness(load_settings(port=0, lola_data=Path(folder))) as harness:
            shown = track(recordings, console=Console(stderr=True), description="playing")
            return [await replay(harness, one) for one in shown]


def html_page(replayed: list[Replayed], summary: Summary) -> str:
    """Return both builds side by side as one page without scripts."""
    environment = Environment(
        loader=PackageLoader("lola.testing.reports", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("replay.html").render(replayed=replayed, summary=summary)
