"""The sums and the page of `lola bench`; what is measured is tested end to end."""

from decimal import Decimal
from html.parser import HTMLParser

import pytest
from rich.console import Console

from lola.channel.cost import Bill
from lola.cli.bench import _burst_table, _cost_table
from lola.testing.bench.html import page
from lola.testing.bench.measurements import (
    Acknowledgements,
    Burst,
    CpuTime,
    Dialogues,
    MessageCost,
    Percentiles,
    Report,
    Start,
    TransferCost,
    TurnTime,
)


def burst(name="1 worker", **changes):
    values = {
        "name": name,
        "workers": 1,
        "messages": 200,
        "replies": 120,
        "seconds": 4.0,
        "cpu": CpuTime(gateway=0.2, workers=1.0, redis=0.4),
    }
    return Burst(**{**values, **changes})


def cost(name="this version", **changes):
    values = {
        "name": name,
        "cpu_ms": 12.0,
        "cpu_with_tool_ms": 20.0,
        "redis_ms": 2.5,
        "waits": Percentiles(p50=14.0, p95=24.0, p99=30.0),
        "burst_per_second": 110.0,
        "resident_mib": 150.0,
    }
    return MessageCost(**{**values, **changes})


def report(**changes):
    values = {
        "acknowledgements": Acknowledgements(
            messages=2,
            ours=Percentiles(p50=3.0, p95=6.0, p99=9.0),
            bare=Percentiles(p50=2.0, p95=3.0, p99=9.0),
        ),
        "costs": (cost(), cost("bare <handler>", cpu_ms=3.0)),
        "start": Start(seconds=1.25, resident_mib=80.4),
        "paced_per_second": 25,
        "paced": Percentiles(p50=7.0, p95=11.0, p99=13.0),
        "bursts": (burst(), burst("2 <workers>", seconds=2.0)),
        "turn_time": TurnTime(
            senders=1,
            early=Percentiles(p50=2.0, p95=3.0, p99=4.0),
            late=Percentiles(p50=3.0, p95=4.0, p99=5.0),
            replayed=Percentiles(p50=6.0, p95=16.0, p99=20.0),
        ),
        "dialogues": Dialogues(senders=2, messages=40, first_tenth_ms=9.0, last_tenth_ms=9.9),
        "transfers": (
            TransferCost(
                channel="sms",
                billed=Bill(messages=6, segments=11, cost=Decimal("0.0913")),
                passed=True,
            ),
        ),
    }
    return Report(**{**values, **changes})


def test_percentiles_are_in_milliseconds_and_between_the_times_they_come_from():
    """101 times from 0 to 100 ms: the percentiles are their own places."""
    found = Percentiles.of([place / 1000 for place in range(101)])
    assert (found.p50, found.p95, found.p99) == pytest.approx((50, 95, 99))


def test_a_ratio_is_taken_figure_by_figure():
    """Ours over the bare handler's, for each percentile by itself."""
    ratio = report().acknowledgements.ours.ratio_to(report().acknowledgements.bare)
    assert (ratio.p50, ratio.p95, ratio.p99) == (1.5, 2.0, 1.0)


def test_a_burst_counts_the_service_and_not_the_server_it_stores_in():
    """200 messages in 4 s with 1.2 s of CPU: 50 a second, 6 ms each."""
    assert burst().per_second == 50
    assert burst().replies_per_second == 30
    assert burst().cpu_ms == pytest.approx(6.0)


def test_time_spent_is_the_difference_of_two_looks():
    """What was spent before the burst does not count."""
    later = CpuTime(gateway=3.0, workers=5.0, redis=1.0)
    assert later - CpuTime(gateway=1.0, workers=2.0, redis=1.0) == CpuTime(
        gateway=2.0, workers=3.0, redis=0.0
    )


def test_long_conversations_compare_their_first_and_last_tenth():
    """Two senders of 20 messages: the medians of the first two and the last two of each."""
    slow_end = [0.01] * 18 + [0.02] * 2
    found = Dialogues.of([slow_end, slow_end])
    assert (found.senders, found.messages) == (2, 40)
    assert (found.first_tenth_ms, found.last_tenth_ms) == pytest.approx((10, 20))


def test_every_figure_of_a_burst_fits_a_terminal():
    """80 columns, nothing cut off."""
    console = Console(width=80)
    names = ("1 worker", "2 workers", "3 workers", "1 worker, Gemini, a tool")
    with console.capture() as captured:
        console.print(_burst_table(tuple(burst(name, messages=2_000) for name in names)))
    shown = captured.get()
    assert "…" not in shown
    for figure in ("2,000", "500", "120", "30", "0.6", "0.1", "0.5", "0.2"):
        assert figure in shown


def test_a_version_is_compared_with_each_other_one_figure_by_figure():
    """12 ms against 24 ms is a ratio of 0.50, and every row has one."""
    console = Console(width=100)
    with console.capture() as captured:
        console.print(_cost_table((cost(), cost("before", cpu_ms=24.0, burst_per_second=55.0))))
    lines = captured.get().splitlines()
    cpu = next(line for line in lines if "CPU ms " in line and "tool" not in line)
    speed = next(line for line in lines if "messages/s" in line)
    assert cpu.replace("│", " ").split()[-3:] == ["12.0", "24.0", "0.50"]
    assert speed.replace("│", " ").split()[-3:] == ["110.0", "55.0", "2.00"]


class _Page(HTMLParser):
    """Collects elements, and fails on anything that would be loaded or run."""

    def __init__(self):
        super().__init__()
        self.widths = []
        self.texts = []

    def handle_starttag(self, tag, attrs):
        assert tag not in {"script", "link", "img", "iframe"}
        if tag == "rect":
            self.widths.append(float(dict(attrs)["width"]))

    def handle_data(self, data):
        self.texts.append(data)


def test_the_page_shows_every_figure_and_loads_nothing():
    """Bars are as long as their figures, names are escaped, nothing is fetched."""
    parser = _Page()
    parser.feed(page(report()))
    versions, speeds, replies, costs = (parser.widths[at : at + 2] for at in (0, 2, 4, 6))
    assert versions[0] == pytest.approx(4 * versions[1])
    assert speeds[1] == pytest.approx(2 * speeds[0])
    assert replies[1] == pytest.approx(2 * replies[0])
    assert costs[0] == pytest.approx(costs[1])
    shown = " ".join(parser.texts)
    for text in (
        "2 <workers>",
        "bare <handler>",
        "1.50",
        "7.0 / 11.0 ms",
        "9.0 / 9.9 ms",
        "1.25 s",
        "80 MiB",
        "0.0913",
    ):
        assert text in shown


def test_turn_time_is_compared_with_reading_the_window_again():
    """16 ms against 4 at p95 are four times less; 3 ms late against 2 early grow by half."""
    assert (report().turn_time.times_less, report().turn_time.growth) == (4.0, 1.5)
    assert "4.0 / 16.0 ms" in page(report())
