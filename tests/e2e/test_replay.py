"""A recorded conversation is played against another build: `lola record`, `lola replay`."""

import pytest

from lola.app.evidence import masking, names_in
from lola.cli.replay import html_page
from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.recording import Recording
from lola.testing.replay import replay, summary_of
from lola.testing.scripted_model import says

pytestmark = pytest.mark.e2e


class Curt:
    """A model that says one word, whatever it is asked."""

    name = "curt"

    async def complete(self, _request):
        return says("Hola.")

    async def close(self):
        """Release nothing."""


async def recorded(harness) -> Recording:
    """Return a transfer up to its link, with a person's reply in it."""
    sender = harness.sender(harness.new_number("verified"))
    await sender.say("hola, quiero enviar 200 dólares a México")
    await sender.choose("Rosa Hernández")
    await sender.choose("Confirmar")
    stored = await harness.service.store.read(sender.conversation, limit=50)
    mask = masking(names_in((stored.state or {}, *stored.history)))
    return Recording.of(sender.conversation, stored.history, mask)


async def test_the_same_build_does_the_same(tmp_path):
    """Routes, tools and words are alike; the page shows both sides and no sender's number."""
    async with Harness(load_settings(port=0, lola_data=tmp_path)) as harness:
        recording = await recorded(harness)
        played = await replay(harness, recording)
    summary = summary_of([played])
    assert summary.turns == len(recording.turns) >= 3
    assert summary.same_route == 1.0
    page = html_page([played], summary)
    assert "this build" in page
    assert "+1555" not in page


async def test_another_build_is_seen_to_differ(tmp_path):
    """A build whose agents answer otherwise differs in tools and words, turn by turn."""
    async with Harness(load_settings(port=0, lola_data=tmp_path)) as harness:
        recording = await recorded(harness)
        with harness.model(Curt()):
            played = await replay(harness, recording)
    summary = summary_of([played])
    assert summary.same_words < 0.5
    assert summary.same_tools < 1.0
