"""The whole service with the sandbox: a request for money is followed to its end."""

import pytest

from lola.sandbox.payhub.sample_data import VERIFIED
from lola.settings import load_settings
from lola.testing.harness import Harness


@pytest.mark.parametrize(
    ("words", "yes", "paid"),
    [
        ("quiero pedirle 50 dólares a Luis", "sí", "ya te pagaron tu solicitud de 50.00 USD"),
        ("I want to request 50 dollars from Luis", "yes", "your request for 50.00 USD"),
    ],
)
async def test_the_sender_hears_that_a_request_was_paid(tmp_path, words, yes, paid):
    """The bank's webhook reaches the sender through the inbox (reference/raas.md 9)."""
    settings = load_settings(port=0, lola_data=tmp_path, request_money=False)
    async with Harness(settings) as harness:
        sender = harness.sender(VERIFIED)
        await sender.say(words)
        await sender.say(yes)
        operation = harness.sandbox.senders.find(VERIFIED)["operations"][-1]
        assert operation["status"] == "Sent"
        harness.sandbox.payhub.operations.advance(operation["correlationId"], "Completed")
        report = await sender.event("raas-")
        assert paid in report.replies[-1].text
