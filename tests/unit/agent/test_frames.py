"""The fixed sentences for refused replies are filled from typed results (docs/safety.md G13)."""

import pytest

from lola.agent.frames import frame
from lola.safety.output.grounding import Sources, check
from lola.text.wording import Wording

WORDING = Wording()
USD = {"amount": "200.00", "currency": "USD", "text": "200.00 USD"}
FEE = {"amount": "3.99", "currency": "USD", "text": "3.99 USD"}
TOTAL = {"amount": "203.99", "currency": "USD", "text": "203.99 USD"}
MXN = {"amount": "3650.00", "currency": "MXN", "text": "3,650.00 MXN"}
QUOTE = {
    "quote": {
        "send": USD,
        "fee": FEE,
        "total": TOTAL,
        "receive": MXN,
        "rate": "18.25",
        "rate_text": "1 USD = 18.25 MXN",
    }
}


def transfers(status):
    row = {"reference": "MX-1001", "recipient": "María López", "send": USD, "status": status}
    return {"transfers": [row], "more": 0}


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize(
    "result",
    [
        QUOTE,
        *map(transfers, ("completed", "in_progress", "failed", "cancelled", "settled")),
        {"error": "x"},
    ],
)
def test_every_frame_passes_the_guard(language, result):
    """What code says instead is supported by the results that it was filled from."""
    text = frame((result,), WORDING, language)
    assert text
    assert check(text, Sources(tool_results=(result,)), language) == ()


def test_a_frame_has_the_facts_of_the_newest_result():
    """The quote's figures and the transfer's status are stated, in the sender's language."""
    assert "3,650.00 MXN" in frame((QUOTE,), WORDING, "es")
    assert "paid out" in frame((QUOTE, transfers("completed")), WORDING, "en")
    assert "pagado" in frame((transfers("completed"), {"error": "x"}), WORDING, "es")


def test_without_a_known_fact_a_frame_says_what_can_be_done():
    """An unknown status, an empty list and other results state nothing."""
    unsure = WORDING("agent.unsure", "es")
    for results in ((), (transfers("strange"),), ({"quote": {"send": USD}},)):
        assert frame(results, WORDING, "es") == unsure
