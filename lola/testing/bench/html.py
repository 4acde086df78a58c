"""Renders the report as one HTML page without scripts or external files."""

from collections.abc import Iterable, Sequence
from html import escape

from lola.testing.bench.measurements import MessageCost, Percentiles, Report

_STYLE = """
body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:46rem;padding:0 1rem;
color:#1c2733;background:#fbfaf6}h1{font-size:1.4rem}h2{font-size:1.05rem;margin:2rem 0 .5rem}
table{border-collapse:collapse;width:100%}td,th{padding:.35rem .5rem;text-align:right;
border-bottom:1px solid #ddd8cc}th:first-child,td:first-child{text-align:left}
svg{width:100%;height:auto}text{font:12px system-ui,sans-serif;fill:currentColor}
.bar{fill:#1f6f5c}.scroll{overflow-x:auto}
@media(prefers-color-scheme:dark){body{background:#12181f;color:#e8ecf0}
td,th{border-color:#2c3742}.bar{fill:#4fb095}}
"""
_WIDTH, _LABEL, _VALUE, _STEP = 700, 250, 60, 30


def page(report: Report) -> str:
    """Render the whole page."""
    ack, talk = report.acknowledgements, report.dialogues
    turns = report.turn_time
    ratio = ack.ours.ratio_to(ack.bare)
    parts = (
        "<h2>Webhook acknowledgement, model stalled</h2>",
        _table(
            ("", "p50 ms", "p95 ms", "p99 ms"),
            (
                ("lola, stored", *_row(ack.ours)),
                ("bare handler: HMAC and one Redis script", *_row(ack.bare)),
                ("ratio", *_row(ratio)),
            ),
        ),
        "<h2>One message of each sender, a model that answers at once</h2>",
        _costs(report.costs),
        "<h2>CPU milliseconds per message</h2>",
        _bars((item.name, item.cpu_ms) for item in report.costs),
        "<h2>Everything at once: messages per second</h2>",
        _bars((item.name, item.per_second) for item in report.bursts),
        "<h2>Everything at once: replies per second</h2>",
        _bars((item.name, item.replies_per_second) for item in report.bursts),
        "<h2>Everything at once: CPU milliseconds per message, without Redis</h2>",
        _bars((item.name, item.cpu_ms) for item in report.bursts),
        "<h2>One process</h2>",
        _table(
            ("", "figure"),
            (
                (
                    f"{report.paced_per_second} messages a second, webhook to send, p50 / p95",
                    f"{report.paced.p50:.1f} / {report.paced.p95:.1f} ms",
                ),
                (
                    f"{talk.messages} messages of {talk.senders} senders, first and last tenth",
                    f"{talk.first_tenth_ms:.1f} / {talk.last_tenth_ms:.1f} ms",
                ),
                (
                    "offline model, turns 15 to 20, CPU p95, and with the window read again",
                    f"{turns.late.p95:.1f} / {turns.replayed.p95:.1f} ms",
                ),
                ("exec to ready", f"{report.start.seconds:.2f} s"),
                ("resident when ready", f"{report.start.resident_mib:.0f} MiB"),
            ),
        ),
        "<h2>A returning sender's transfer, by the price tables</h2>",
        _table(
            ("", "messages", "segments", "USD"),
            (
                (
                    one.channel,
                    f"{one.billed.messages}",
                    f"{one.billed.segments}",
                    f"{one.billed.cost:.4f}",
                )
                for one in report.transfers
            ),
        ),
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>lola bench</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style><h1>lola bench</h1>{''.join(parts)}</html>\n"
    )


def _costs(costs: Sequence[MessageCost]) -> str:
    head = ("", "CPU ms", "with a tool", "Redis ms", "p50 ms", "p95 ms", "messages/s", "MiB")
    rows = (
        (
            item.name,
            f"{item.cpu_ms:.1f}",
            f"{item.cpu_with_tool_ms:.1f}",
            f"{item.redis_ms:.1f}",
            f"{item.waits.p50:.1f}",
            f"{item.waits.p95:.1f}",
            f"{item.burst_per_second:.0f}",
            f"{item.resident_mib:.0f}",
        )
        for item in costs
    )
    return _table(head, rows)


def _row(figures: Percentiles) -> tuple[str, str, str]:
    return f"{figures.p50:.2f}", f"{figures.p95:.2f}", f"{figures.p99:.2f}"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    def cells(tag: str, values: Iterable[str]) -> str:
        return "".join(f"<{tag}>{escape(value)}</{tag}>" for value in values)

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{cells("th", head)}</tr>{body}</table></div>'


def _bars(items: Iterable[tuple[str, float]]) -> str:
    """Render horizontal bars from zero, each with its figure."""
    rows = tuple(items)
    scale = (_WIDTH - _LABEL - _VALUE) / max(value for _, value in rows)
    bars = "".join(
        f'<text x="0" y="{place * _STEP + 18}">{escape(name)}</text>'
        f'<rect class="bar" x="{_LABEL}" y="{place * _STEP + 5}" height="18" rx="3" '
        f'width="{value * scale:.1f}"/>'
        f'<text x="{_LABEL + value * scale + 8:.1f}" y="{place * _STEP + 18}">{value:,.1f}</text>'
        for place, (name, value) in enumerate(rows)
    )
    label = "; ".join(f"{name}: {value:,.1f}" for name, value in rows)
    height = len(rows) * _STEP
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(label)}">{bars}</svg>'
    )
