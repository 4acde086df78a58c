"""The page of telephones: its journeys, and where it is served."""

import pytest

from lola.channel.names import CHANNEL_NAMES
from lola.sandbox.phone import load_journeys
from lola.text.languages import LANGUAGES

JOURNEYS = load_journeys()


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.id)
def test_a_journey_can_be_begun_in_each_language(journey):
    """It has a title and something to write, on a channel that there is."""
    assert set(journey.title) == set(journey.texts) == set(LANGUAGES)
    assert all(text.strip() for texts in journey.texts.values() for text in texts)
    assert journey.channel in CHANNEL_NAMES


def test_there_are_a_dozen_and_each_has_its_own_name():
    """The page promises a dozen."""
    assert len({journey.id for journey in JOURNEYS}) == len(JOURNEYS) >= 12


async def test_without_devices_there_is_no_page(sandbox, http):
    """A sandbox alone plays no telephones, so it shows none."""
    async with http.get(f"{sandbox.url}/phone") as answer:
        assert answer.status == 404
