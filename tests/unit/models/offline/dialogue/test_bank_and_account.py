"""A bank and an account that contradict each other: said, asked, and settled by the sender."""

from typing import Any

import pytest

from tests.unit.models.offline.conftest import GOOD_CLABE, STRANGE_CLABE

WISH = {
    "es": "enviar 100 dólares a Ana Paz en México a su cuenta de BBVA",
    "en": "send 100 dollars to Ana Paz in Mexico, bank account at BBVA",
}
WHICH = {"es": "¿Cuál de los dos es el correcto?", "en": "Which of the two is right?"}
UNKNOWN = {"es": "no reconozco de qué banco es", "en": "I do not recognise which bank"}
NOT_RIGHT = {"es": "no parece correcto", "en": "does not look right"}
in_both_languages = pytest.mark.parametrize("language", ["es", "en"])


@in_both_languages
async def test_the_contradiction_is_said_and_nothing_is_prepared(chat: Any, language: str) -> None:
    """Both banks are named, and both can be tapped."""
    talk = chat(language=language)
    reply = await talk.play(WISH[language], GOOD_CLABE)
    assert talk.called("prepare_transfer") is None
    assert WHICH[language] in reply.text
    assert reply.choices == ("Santander México", "BBVA México")


@in_both_languages
@pytest.mark.parametrize("said", ["Santander México", "santander", "1"])
async def test_the_accounts_bank_may_be_right(chat: Any, language: str, said: str) -> None:
    """Then the account stays and its bank counts."""
    talk = chat(language=language)
    await talk.play(WISH[language], GOOD_CLABE, said)
    assert (talk.prepared["payer_id"], talk.prepared["account"]) == ("014", GOOD_CLABE)


@in_both_languages
async def test_the_chosen_bank_may_be_right(chat: Any, language: str) -> None:
    """Then the account is asked for again, and the wrong one is never used."""
    talk = chat(language=language)
    reply = await talk.play(WISH[language], GOOD_CLABE, "BBVA México")
    assert "CLABE" in reply.text
    assert talk.called("prepare_transfer") is None
    assert WHICH[language] in (await talk.say(GOOD_CLABE)).text


@pytest.mark.parametrize(("language", "said"), [("es", "La cuenta"), ("en", "the account")])
async def test_an_account_of_an_unknown_bank_is_right_all_the_same(
    chat: Any, language: str, said: str
) -> None:
    """Its bank's name is not known, which is said; the number is not called wrong."""
    talk = chat(language=language)
    reply = await talk.play(WISH[language], STRANGE_CLABE)
    assert UNKNOWN[language] in reply.text
    assert NOT_RIGHT[language] not in reply.text
    await talk.say(said)
    assert talk.prepared["account"] == STRANGE_CLABE
    assert "payer_id" not in talk.prepared


async def test_an_account_alone_needs_no_bank(chat: Any) -> None:
    """Without a chosen bank there is no contradiction, whatever the account's bank is called."""
    talk = chat()
    await talk.say(f"enviar 100 dólares a Ana Paz en México, CLABE {STRANGE_CLABE}")
    assert talk.prepared["account"] == STRANGE_CLABE


async def test_another_account_after_one_that_named_its_bank_is_no_contradiction(chat: Any) -> None:
    """A bank that only the account named goes with it."""
    talk = chat()
    await talk.say(f"enviar 100 dólares a Ana Paz en México, CLABE {STRANGE_CLABE}")
    await talk.play("cambiar la cuenta", GOOD_CLABE)
    assert (talk.prepared["payer_id"], talk.prepared["account"]) == ("014", GOOD_CLABE)


async def test_a_corrected_account_ends_the_question(chat: Any) -> None:
    """A number typed instead of an answer is a new account."""
    talk = chat()
    await talk.play(WISH["es"].replace("BBVA", "Santander"), STRANGE_CLABE, GOOD_CLABE)
    assert (talk.prepared["payer_id"], talk.prepared["account"]) == ("014", GOOD_CLABE)
