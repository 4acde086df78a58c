"""`lola bench`: runs all measurements with a progress bar and prints tables.

Absolute figures depend on the machine; ratios and counts can be compared.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from lola.telemetry.logs import configure
from lola.testing.bench.html import page
from lola.testing.bench.measurements import (
    Acknowledgements,
    Burst,
    MessageCost,
    Report,
    TransferCost,
)
from lola.testing.bench.run import Sizes, measure

ACKNOWLEDGEMENT_GOAL = 1.5
QUICK = Sizes(
    acknowledgements=60, burst_messages=60, workers=(1, 2), model_messages=20, cost_messages=30,
    cost_burst=30, paced_messages=20, dialogue_senders=2, dialogue_messages=10,
    transfer_channels=("whatsapp", "sms"), turn_time_senders=2,
)  # fmt: skip


def run_bench(*, quick: bool, html: Path | None, against: Path | None) -> None:
    """Measure and print; with `html`, also write the report to that file.

    `against` is the checkout of another version, measured in turn with this one.
    """
    configure("critical")
    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with (
        tempfile.TemporaryDirectory(prefix="lola-bench-") as folder,
        Progress(*columns, TimeElapsedColumn(), console=console) as progress,
    ):

        def follow(name: str, total: int) -> Callable[[int], None]:
            task = progress.add_task(name, total=total)
            return lambda done: progress.update(task, completed=done)

        report = measure(Path(folder), QUICK if quick else Sizes(), follow, against=against)
    console.print(_acknowledgement_table(report.acknowledgements))
    console.print(_cost_table(report.costs))
    console.print(_burst_table(report.bursts))
    console.print(_other_table(report))
    console.print(_transfer_table(report.transfers))
    ratio = report.acknowledgements.ours.ratio_to(report.acknowledgements.bare).p50
    console.print(f"p50 ratio {ratio:.2f}, goal at most {ACKNOWLEDGEMENT_GOAL}")
    if html is not None:
        html.write_text(page(report), encoding="utf-8")
        console.print(f"report: {html}")


def _acknowledgement_table(figures: Acknowledgements) -> Table:
    title = f"Webhook acknowledgement, model stalled ({figures.messages} messages each)"
    table = _table(title, "p50 ms", "p95 ms", "p99 ms")
    for name, row in (("lola, stored", figures.ours), ("bare handler", figures.bare)):
        table.add_row(name, *(f"{value:.2f}" for value in (row.p50, row.p95, row.p99)))
    ratio = figures.ours.ratio_to(figures.bare)
    table.add_row("ratio", *(f"{value:.2f}" for value in (ratio.p50, ratio.p95, ratio.p99)))
    return table


def _cost_table(costs: tuple[MessageCost, ...]) -> Table:
    """Return the figures of each version, and beside each other one this version's ratio to it."""
    ours, *others = costs
    columns = [ours.name]
    for other in others:
        columns += [other.name, "ratio"]
    table = _table("One message, a model that answers at once", *columns)
    rows: tuple[tuple[str, Callable[[MessageCost], float]], ...] = (
        ("CPU ms", lambda item: item.cpu_ms),
        ("CPU ms with a tool call", lambda item: item.cpu_with_tool_ms),
        ("Redis, CPU ms", lambda item: item.redis_ms),
        ("webhook → send, p50 ms", lambda item: item.waits.p50),
        ("webhook → send, p95 ms", lambda item: item.waits.p95),
        ("all at once: messages/s", lambda item: item.burst_per_second),
        ("memory afterwards, MiB", lambda item: item.resident_mib),
    )
    for label, figure in rows:
        cells = [f"{figure(ours):.1f}"]
        for other in others:
            cells += [f"{figure(other):.1f}", f"{figure(ours) / max(figure(other), 1e-9):.2f}"]
        table.add_row(label, *cells)
    return table


def _burst_table(bursts: tuple[Burst, ...]) -> Table:
    table = _table("Everything at once", *(item.name for item in bursts))
    rows: tuple[tuple[str, Callable[[Burst], str]], ...] = (
        ("messages", lambda item: f"{item.messages:,}"),
        ("messages per second", lambda item: f"{item.per_second:,.0f}"),
        ("replies", lambda item: f"{item.replies:,}"),
        ("replies per second", lambda item: f"{item.replies_per_second:,.0f}"),
        ("CPU ms per message", lambda item: f"{item.cpu_ms:.1f}"),
        ("of that the gateway", lambda item: _each(item, item.cpu.gateway)),
        ("of that the workers", lambda item: _each(item, item.cpu.workers)),
        ("Redis, in addition", lambda item: _each(item, item.cpu.redis)),
    )
    for label, figure in rows:
        table.add_row(label, *map(figure, bursts))
    return table


def _each(item: Burst, seconds: float) -> str:
    return f"{seconds / item.messages * 1000:.1f}"


def _other_table(report: Report) -> Table:
    table = _table("One process", "figure")
    pace, talk = report.paced, report.dialogues
    table.add_row(
        f"{report.paced_per_second} messages/s: webhook → send, p50 / p95",
        f"{pace.p50:.1f} / {pace.p95:.1f} ms",
    )
    table.add_row(
        f"{talk.messages} messages of {talk.senders} senders: first → last tenth, median",
        f"{talk.first_tenth_ms:.1f} → {talk.last_tenth_ms:.1f} ms "
        f"({talk.last_tenth_ms / talk.first_tenth_ms:.2f}x)",
    )
    turns = report.turn_time
    table.add_row(
        "offline model, turns 15 to 20: CPU p50 / p95, and p95 with the window read again",
        f"{turns.late.p50:.1f} / {turns.late.p95:.1f} ms, {turns.replayed.p95:.1f} ms "
        f"({turns.times_less:.1f}x less)",
    )
    table.add_row(
        "offline model, turns 3 to 8 → 15 to 20: CPU p50",
        f"{turns.early.p50:.1f} → {turns.late.p50:.1f} ms ({turns.growth:.2f}x)",
    )
    table.add_row("exec to ready", f"{report.start.seconds:.2f} s")
    table.add_row("resident when ready", f"{report.start.resident_mib:.0f} MiB")
    return table


def _transfer_table(costs: tuple[TransferCost, ...]) -> Table:
    title = "A returning sender's transfer, by the price tables"
    table = _table(title, "messages", "segments", "USD", "ended")
    for cost in costs:
        billed = cost.billed
        ended = "as it should" if cost.passed else "otherwise"
        table.add_row(
            cost.channel, f"{billed.messages}", f"{billed.segments}", f"{billed.cost:.4f}", ended
        )
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title)
    table.add_column("")
    for column in columns:
        table.add_column(column, justify="right")
    return table
