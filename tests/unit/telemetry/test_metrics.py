"""Figures are counted in a registry of their own and rendered for Prometheus."""

import pytest

from lola.telemetry.metrics import Metrics


@pytest.fixture
def metrics():
    return Metrics()


def test_every_figure_is_rendered(metrics):
    """Each method moves its own counter or histogram, with its labels."""
    metrics.webhook("whatsapp", "accepted")
    metrics.turn("sender_home", 0.02)
    metrics.model_call("offline", "ok", 0.01, input_tokens=3, output_tokens=5)
    metrics.tool_call("get_quote", "ok")
    metrics.send("sms", "sent")
    metrics.guard_hit("links")
    metrics.queue_age(0.4)
    text = metrics.render().decode()
    for line in (
        'lola_webhooks_total{channel="whatsapp",outcome="accepted"} 1.0',
        'lola_turns_total{route="sender_home"} 1.0',
        'lola_turn_seconds_count{route="sender_home"} 1.0',
        'lola_model_calls_total{model="offline",outcome="ok"} 1.0',
        'lola_model_tokens_total{direction="output",model="offline"} 5.0',
        'lola_tool_calls_total{outcome="ok",tool="get_quote"} 1.0',
        'lola_sends_total{channel="sms",outcome="sent"} 1.0',
        'lola_guard_hits_total{guard="links"} 1.0',
        "lola_queue_age_seconds_count 1.0",
    ):
        assert line in text


def test_two_services_count_apart(metrics):
    """A second set of metrics in the same process starts at nothing."""
    metrics.send("sms", "sent")
    assert "lola_sends_total{" not in Metrics().render().decode()
