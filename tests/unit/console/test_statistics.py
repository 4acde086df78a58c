"""The console's statistics: sums over days, bars, and the page."""

from datetime import timedelta

import pytest

from lola.console import charts
from lola.console.statistics import statistics_of
from lola.state.daily_statistics import DailyStatistics
from tests.unit.escalation.support import NOON

TODAY = NOON.date()
YESTERDAY = TODAY - timedelta(days=1)
ONE_DAY = {
    "lola_turns_total|route=send": 8.0,
    "lola_turns_total|route=people": 2.0,
    "lola_turn_seconds_sum|route=send": 0.4,
    "lola_turn_seconds_count|route=send": 8.0,
    "lola_journey_steps_total|step=started": 4.0,
    "lola_journey_steps_total|step=quoted": 3.0,
    "lola_journey_steps_total|step=person": 1.0,
    "lola_guard_hits_total|guard=claims": 2.0,
    "lola_model_calls_total|model=gemini:x|outcome=ok": 9.0,
    "lola_model_calls_total|model=gemini:x|outcome=timeout": 1.0,
    "lola_model_seconds_sum|model=gemini:x": 5.0,
    "lola_model_cost_total|model=gemini:x": 0.25,
    "lola_billed_messages_total|channel=whatsapp|category=service|route=send": 5.0,
    "lola_billed_messages_total|channel=whatsapp|category=service|route=people": 1.0,
    "lola_message_cost_total|channel=whatsapp|category=service|route=send": 0.5,
}


def test_days_are_added_up():
    """Counts, means and shares are of the whole period; each day keeps its own bar."""
    found = statistics_of([YESTERDAY, TODAY], [{"lola_turns_total|route=send": 2.0}, ONE_DAY])
    assert found.days == ((YESTERDAY, 2), (TODAY, 10))
    assert found.steps[:2] == (("started", 4), ("quoted", 3))
    assert (found.persons, found.resolved) == (1, 0.75)
    assert [(one.name, one.turns, one.milliseconds) for one in found.routes] == [
        ("send", 10, 40.0),
        ("people", 2, 0.0),
    ]
    [model] = found.models
    assert (model.calls, model.failed, model.milliseconds, model.cost) == (10, 1, 500.0, 0.25)
    [billed] = found.billed
    assert (billed.messages, billed.cost) == (6, 0.5)
    assert found.cost == 0.75


def test_days_without_anything():
    """No conversation is no share, not a perfect one."""
    found = statistics_of([TODAY], [{}])
    assert found.resolved is None
    assert found.days == ((TODAY, 0),)
    assert (found.routes, found.models, found.guards, found.billed) == ((), (), (), ())


def test_the_highest_bar_fills_the_chart():
    """Bars are in proportion, inside the drawing, and flat when there is nothing."""
    low, high = charts.columns([("a", 1), ("b", 4)])
    assert (high.height, low.height) == (charts.HEIGHT, charts.HEIGHT / 4)
    assert high.x + high.width <= charts.WIDTH
    assert charts.shares([("a", 2), ("b", 4)]) == (50.0, 100.0)
    assert charts.shares([("a", 0)]) == (0.0,)
    assert [bar.height for bar in charts.columns([("a", 0)])] == [0.0]


@pytest.mark.parametrize(
    ("language", "words"),
    [("es", ("Estadísticas", "Resumen mostrado")), ("en", ("Statistics", "Summary shown"))],
)
async def test_the_page(bank, ana, language, words):
    """It shows today's totals in the colleague's language, for 28 days as well as for 7."""
    statistics = DailyStatistics(bank.connections, bank.keys)
    await statistics.add(TODAY, ONE_DAY)
    await statistics.add(TODAY - timedelta(days=20), {"lola_turns_total|route=send": 990.0})
    for query, count in (("", "8"), ("?days=28", "998"), ("?days=999", "8")):
        headers = {"Accept-Language": language}
        async with ana.get(f"statistics{query}", headers=headers) as answer:
            assert answer.status == 200
            page = await answer.text()
        assert all(word in page for word in (*words, "75 %", "gemini:x"))
        assert f'<td class="number">{count}</td>' in page
