"""Where the money is to arrive: bank and account agree, and the partner gets both."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lola.settings import load_settings
from lola.testing.harness import Harness

pytestmark = [pytest.mark.e2e]

SANTANDER = "014027000005555558"
STRANGE = "646180110400000007"
"""A valid CLABE whose bank is not in PayHub's list."""
WISH = {
    "es": "quiero enviar 100 dólares a Ana Paz en México a su cuenta de BBVA",
    "en": "I want to send 100 dollars to Ana Paz in Mexico, to her bank account at BBVA",
}
CONFIRM = {"es": "Confirmar", "en": "Confirm"}
WHICH = {"es": "¿Cuál de los dos es el correcto?", "en": "Which of the two is right?"}
NOT_RECOGNISED = {"es": "no reconozco de qué banco es", "en": "I do not recognise which bank"}
WRONG = {"es": "no parece correcto", "en": "does not look right"}
THE_ACCOUNT = {"es": "La cuenta", "en": "The account"}
NAMELESS = {"es": "banco que no reconozco por el número", "en": "bank not recognised"}

in_both_languages = pytest.mark.parametrize("language", ["es", "en"])


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    """A service with its sandbox."""
    async with Harness(load_settings(port=0, lola_data=tmp_path, retriever="")) as running:
        yield running


@in_both_languages
async def test_a_bank_and_an_account_of_another_bank_are_not_settled_by_a_guess(
    harness: Harness, language: str
) -> None:
    """The sender reads both names, says which is right, and only then sees a summary."""
    sender = harness.sender(harness.new_number())
    await sender.say(WISH[language])
    asked = (await sender.say(SANTANDER)).replies[-1]
    assert WHICH[language] in asked.text
    assert [title for _, title in asked.options] == ["Santander México", "BBVA México"]
    summary = (await sender.choose("Santander México")).replies[-1]
    assert "Santander México · ••••5558" in summary.text
    assert CONFIRM[language] in [title for _, title in summary.options]


@in_both_languages
async def test_the_bank_may_be_right_and_the_account_wrong(harness: Harness, language: str) -> None:
    """The account is asked for again; the contradicting one never reaches a summary."""
    sender = harness.sender(harness.new_number())
    await sender.say(WISH[language])
    await sender.say(SANTANDER)
    again = (await sender.choose("BBVA México")).replies[-1]
    assert "CLABE" in again.text
    summary = (await sender.say("012180012345678909")).replies[-1]
    assert "BBVA México · ••••8909" in summary.text


@in_both_languages
async def test_a_valid_account_of_an_unknown_bank_is_not_called_wrong(
    harness: Harness, language: str
) -> None:
    """The check digit decides; that the bank has no known name is said, also in the summary."""
    sender = harness.sender(harness.new_number())
    await sender.say(WISH[language])
    asked = (await sender.say(STRANGE)).replies[-1]
    assert NOT_RECOGNISED[language] in asked.text
    assert WRONG[language] not in asked.text
    summary = (await sender.choose(THE_ACCOUNT[language])).replies[-1]
    assert NAMELESS[language] in summary.text
    assert "••••0007" in summary.text
