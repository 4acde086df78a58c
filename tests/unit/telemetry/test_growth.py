"""What the metrics counted since the last time."""

from lola.telemetry.growth import DAILY, Counted
from lola.telemetry.metrics import Metrics


def test_growth_is_returned_once():
    """The first call returns all, the next one only what came since."""
    metrics = Metrics()
    counted = Counted(metrics.registry)
    metrics.turn("send", 0.5)
    metrics.turn("send", 0.25)
    metrics.guard_hit("claims")
    assert counted.growth() == {
        "lola_turns_total|route=send": 2.0,
        "lola_turn_seconds_sum|route=send": 0.75,
        "lola_turn_seconds_count|route=send": 2.0,
        "lola_guard_hits_total|guard=claims": 1.0,
    }
    assert counted.growth() == {}
    metrics.turn("people", 1.0)
    assert counted.growth()["lola_turns_total|route=people"] == 1.0


def test_all_chosen_metrics_exist():
    """A name in the choice that no metric has would be an empty table for ever."""
    families = {family.name for family in Metrics().registry.collect()}
    assert families >= DAILY


def test_what_is_not_for_the_statistics_is_left_out():
    """Channels' webhooks are in Prometheus only."""
    metrics = Metrics()
    metrics.webhook("whatsapp", "accepted")
    assert Counted(metrics.registry).growth() == {}
