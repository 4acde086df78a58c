"""Runs a tier with a progress bar and prints the tables of its results.

It uses only this machine; every process that it starts ends with it.
"""

import asyncio
import tempfile
from collections.abc import Iterable
from pathlib import Path
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from lola.state import connect
from lola.telemetry.logs import configure
from reliability.killpoints import all_points
from reliability.plan import Plan
from reliability.points import PointResult, play_points
from reliability.run import RunResult, play
from reliability.server import Server
from reliability.tiers import Tier, TierName, tier

_KINDS = {
    "lost": "lost",
    "doubled": "doubled",
    "out_of_order": "out of order",
    "lost_updates": "lost updates",
    "money_twice": "money twice",
    "too_often": "third sends",
}
_FAULTS = {
    "kill_worker": "worker kills",
    "kill_gateway": "gateway kills",
    "pause_worker": "pauses",
    "kill_server": "server SIGKILL",
    "end_server": "server SIGTERM",
    "cut_log": "torn logs",
    "network": "network faults",
}


def run_chaos(*, messages: int, kills: int, seed: int, tier_name: TierName) -> bool:
    """Run a tier and print its results; return whether every promise was kept."""
    configure("critical")
    return asyncio.run(_run(tier(tier_name, seed, messages=messages, kills=kills), seed))


async def _run(what: Tier, seed: int) -> bool:
    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        outcomes = [(name, await _play(name, plan, progress)) for name, plan in what.runs]
        repetitions = [
            await _points(seed + number, progress, f"kill points {number + 1}/{what.points}")
            for number in range(what.points)
        ]
        controls = [(name, await _play(name, plan, progress)) for name, plan in what.controls]
    points = [item for played, _ in repetitions for item in played]
    console.print(_runs_table(outcomes, points, sum(seconds for _, seconds in repetitions)))
    console.print(_controls_table(controls))
    for name, outcome in outcomes:
        if not outcome.kept:
            console.print(f"[bold red]{name}[/]\n{outcome.explain()}")
    for item in points:
        if not item.kept:
            console.print(f"[bold red]{item.point}[/] {item.findings.lines()}, seed {seed}")
    return passed(outcomes, points, controls)


def passed(
    outcomes: Iterable[tuple[str, RunResult]],
    points: Iterable[PointResult],
    controls: Iterable[tuple[str, RunResult]],
) -> bool:
    """Return whether every promise was kept, and every broken design was caught."""
    return (
        all(outcome.kept for _, outcome in outcomes)
        and all(item.kept for item in points)
        and not any(outcome.findings.kept for _, outcome in controls)
    )


async def _play(name: str, plan: Plan, progress: Progress) -> RunResult:
    task = progress.add_task(name, total=plan.messages)
    with tempfile.TemporaryDirectory(prefix="lola-chaos-") as folder:
        outcome = await play(plan, Path(folder), lambda sent: progress.update(task, completed=sent))
    progress.update(task, completed=plan.messages)
    # Without a terminal there is no progress bar, and a nightly run is long.
    counts = {kind: count for kind, count in outcome.findings.counts.items() if count}
    progress.console.print(f"{name}: {counts or 'nothing found'}, {outcome.seconds:,.0f} s")
    return outcome


async def _points(
    seed: int, progress: Progress, name: str
) -> tuple[tuple[PointResult, ...], float]:
    points = all_points()
    task = progress.add_task(name, total=len(points))
    started = monotonic()
    with tempfile.TemporaryDirectory(prefix="lola-chaos-") as folder:
        server = Server(Path(folder))
        connections = connect(await server.start())
        try:
            played = await play_points(points, connections, server.url, Path(folder), seed)
        finally:
            await connections.close()
            await server.stop()
    progress.update(task, completed=len(points))
    return played, monotonic() - started


def _transposed(
    title: str, labels: Iterable[str], columns: Iterable[tuple[str, list[str]]]
) -> Table:
    """Return a table with one column per run, because a terminal is too narrow for one row each."""
    columns = tuple(columns)
    table = Table(title=title)
    table.add_column("")
    for name, _ in columns:
        table.add_column(name, justify="right")
    for label, *cells in zip(labels, *(cells for _, cells in columns), strict=True):
        table.add_row(label, *cells)
    return table


def _runs_table(
    outcomes: Iterable[tuple[str, RunResult]], points: list[PointResult], seconds: float
) -> Table:
    labels = (
        "messages", "faults", *_KINDS.values(),
        "resends", "for a person", "late commits refused", "seconds",
    )  # fmt: skip
    columns = [(name, _run_cells(outcome)) for name, outcome in outcomes]
    columns.append(("kill points", _point_cells(points, seconds)))
    return _transposed("Promises under faults", labels, columns)


def _run_cells(outcome: RunResult) -> list[str]:
    figures, counts = outcome.figures, outcome.findings.counts
    faults = [f"{figures[key]:,} {word}" for key, word in _FAULTS.items() if figures[key]]
    if outcome.plan.drop_every:
        faults.append(f"{figures['sends'] // outcome.plan.drop_every:,} dropped answers")
    told = (figures["resends"], figures["dead_letters"], figures["fenced"])
    return [
        f"{outcome.plan.messages:,}",
        "\n".join(faults),
        *(f"{counts[kind]:,}" for kind in _KINDS),
        *(f"{number:,}" for number in told),
        f"{outcome.seconds:,.0f}",
    ]


def _point_cells(points: list[PointResult], seconds: float) -> list[str]:
    return [
        f"{sum(item.messages for item in points):,}",
        f"{sum(item.reached for item in points)} of {len(points)} deaths",
        *(f"{sum(item.findings.counts[kind] for item in points):,}" for kind in _KINDS),
        f"{sum(item.resends for item in points):,}",
        f"{sum(item.dead_letters for item in points):,}",
        "",
        f"{seconds:,.0f}",
    ]


def _controls_table(controls: Iterable[tuple[str, RunResult]]) -> Table:
    columns = [
        (
            name,
            [
                f"{outcome.plan.messages:,}",
                *(f"{outcome.findings.counts[kind]:,}" for kind in _KINDS),
                "no" if outcome.findings.kept else "yes",
            ],
        )
        for name, outcome in controls
    ]
    labels = ("messages", *_KINDS.values(), "caught")
    return _transposed("Broken designs under the same faults", labels, columns)
