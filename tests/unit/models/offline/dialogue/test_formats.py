"""What senders write in forms of their own, followed through a whole transfer."""

from typing import Any

import pytest


async def test_a_range_is_asked_about(chat: Any) -> None:
    """Two amounts are offered; the one that is chosen counts, with its currency."""
    talk = chat()
    await talk.say("quiero mandar entre 200 y 300 dólares a México por oxxo")
    assert talk.reply.choices == ("200.00 USD", "300.00 USD")
    assert talk.called("prepare_transfer") is None
    await talk.play("la segunda", "Ana Paz y Miño")
    assert (talk.prepared["amount"], talk.prepared["amount_currency"]) == ("300", "USD")
    assert talk.prepared["recipient_last_name"] == "Paz y Miño"


async def test_the_choice_keeps_its_currency(chat: Any) -> None:
    """The bare number of an amount that was offered has the currency of the offer."""
    talk = chat()
    await talk.play("mandar dos o tres mil pesos a Juan E. Peña en México, oxxo", "3000")
    assert (talk.prepared["amount"], talk.prepared["amount_currency"]) == ("3000", "MXN")
    assert talk.prepared["recipient_first_name"] == "Juan E."


async def test_an_unclear_change_withdraws_the_amount(chat: Any) -> None:
    """After a summary, a change to one of two amounts is asked about before it is prepared."""
    talk = chat()
    await talk.say("mandar 100 dólares a Rosa Paz en México, efectivo, oxxo")
    assert talk.prepared["amount"] == "100"
    await talk.say("mejor 150 o 200")
    assert talk.called("prepare_transfer") is None
    await talk.say("150")
    assert talk.prepared["amount"] == "150"


@pytest.mark.parametrize(
    ("line", "amount", "currency"),
    [
        ("mandar 500 lps a Rosa Paz en Honduras, efectivo, Elektra", "500", "HNL"),
        ("mandar Q. 500 a Rosa Paz en Guatemala, efectivo, Banrural", "500", "GTQ"),
        ("mandar $1,500.00 M.N. a Rosa Paz en México, efectivo, oxxo", "1500", "MXN"),
        ("mandar 2 000 pesitos a Rosa Paz en México, efectivo, oxxo", "2000", "MXN"),
        ("mandar 1’500 dólares a Rosa Paz en México, efectivo, oxxo", "1500", "USD"),
        ("mandar mil y medio a Rosa Paz en México, efectivo, oxxo", "1500", "USD"),
        ("mandar 200 con 50 a Rosa Paz en México, efectivo, oxxo", "200.5", "USD"),
    ],
)
async def test_amounts_reach_the_transfer(chat: Any, line: str, amount: str, currency: str) -> None:
    """What is prepared has the value and the currency that were written."""
    talk = chat()
    await talk.say(line)
    assert (talk.prepared["amount"], talk.prepared["amount_currency"]) == (amount, currency)


async def test_a_currency_that_the_country_does_not_use(chat: Any) -> None:
    """A word for another country's money is no amount; the sender is told what counts."""
    talk = chat()
    await talk.say("mandar 50 lucas a México")
    assert "MXN" in talk.reply.text
    assert talk.called("prepare_transfer") is None


async def test_a_mistyped_method_is_no_person(chat: Any) -> None:
    """A slip in the method chooses it, whatever was asked, and names nobody."""
    talk = chat()
    await talk.play(
        "mandar 100 dólares a Guatemala", "bbva", "efctivo", "María de los Ángeles Luna"
    )
    await talk.say("Banrural")
    assert talk.prepared["payout_method"] == "cash_pickup"
    assert talk.prepared["recipient_first_name"] == "María de los Ángeles"
    assert talk.prepared["recipient_last_name"] == "Luna"


async def test_the_surname_that_begins_with_a_particle(chat: Any) -> None:
    """The answer to the question for the surname keeps its "de la"."""
    talk = chat()
    await talk.play("mandar 100 dólares a Rosa en México, efectivo, oxxo", "de la Cruz")
    assert talk.prepared["recipient_last_name"] == "de la Cruz"


async def test_a_state_of_the_sending_country(chat: Any) -> None:
    """Where the sender is does not choose the country; the short name of one does, when asked."""
    talk = chat()
    await talk.play("vivo en Nuevo México y quiero mandar 100 dólares")
    assert "México" in talk.reply.choices
    await talk.play("Salvador", "Rosa Pérez Vda. de García", "Banco Agrícola")
    assert talk.prepared["country"] == "SV"
    assert talk.prepared["recipient_last_name"] == "Pérez Vda. de García"


async def test_without_an_account_it_is_cash(chat: Any) -> None:
    """Who has no account is paid in cash, and the bank that was chosen is dropped."""
    talk = chat()
    await talk.play("150 dólares a Petrona Paz en México, a su cuenta de bbva", "no tiene")
    assert "¿Dónde le queda mejor recoger" in talk.reply.text
    await talk.say("elektra")
    assert talk.prepared["payout_method"] == "cash_pickup"
    assert talk.prepared["payer_id"] == "mx-elektra"


@pytest.mark.parametrize("said", ["oxxo, no, elektra", "elektra, no oxxo"])
async def test_a_place_is_corrected_in_one_line(chat: Any, said: str) -> None:
    """Of two places in one line the one that is not denied counts."""
    talk = chat()
    await talk.play("100 dólares a Rosa Paz en México, en efectivo", said)
    assert talk.prepared["payer_id"] == "mx-elektra"


async def test_a_place_that_is_called_bank_changes_no_method(chat: Any) -> None:
    """An unknown "Banco …" is no wish for a deposit while a place to collect is asked for."""
    talk = chat()
    await talk.play("100 dólares a Rosa Paz en México, en efectivo", "banco del pueblo")
    assert talk.reply.choices == ("Elektra", "OXXO")


async def test_a_question_beside_the_transfer_costs_no_value(chat: Any) -> None:
    """Both sentences of a line are heard: the question is answered, the values are kept."""
    talk = chat()
    await talk.say("is this really the bank? i want to send 150 dollars to Honduras")
    assert "contraseñas" in talk.reply.text
    await talk.play("Gloria Paz", "cash", "elektra")
    assert (talk.prepared["country"], talk.prepared["amount"]) == ("HN", "150")


@pytest.mark.parametrize("said", ["3 0 0", "en la otra me dan a 18.90"])
async def test_what_is_no_amount_is_asked_again(chat: Any, said: str) -> None:
    """Digits one by one and somebody else's rate are not taken for an amount."""
    talk = chat()
    await talk.play("quiero mandar dinero a Rosa Paz en México por oxxo", said)
    assert talk.called("prepare_transfer") is None
