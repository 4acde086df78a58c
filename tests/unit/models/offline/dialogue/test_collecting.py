"""Filling the goal tool's properties: any order, several at once, one question at a time."""

from itertools import permutations
from typing import Any

import pytest

CLABE = "014027000005555558"
FULL = {
    "country": "MX", "payout_method": "cash_pickup", "amount": "200", "amount_currency": "USD",
    "recipient_first_name": "María", "recipient_last_name": "López", "payer_id": "mx-elektra",
}  # fmt: skip


async def test_everything_in_one_sentence(chat: Any) -> None:
    """One sentence that gives every value leads straight to the summary."""
    talk = chat()
    await talk.say(
        "Hola, mándale 200 dólares a mi mamá María López en México, en efectivo en Elektra"
    )
    assert talk.prepared == FULL


async def test_everything_in_one_english_sentence(chat: Any) -> None:
    """The same works in English, with a bank account."""
    talk = chat(language="en")
    await talk.say(
        f"please send 200 dollars to Ana Soto in Mexico, bank account at Santander, CLABE {CLABE}"
    )
    assert talk.prepared == {
        "country": "MX", "payout_method": "bank_account", "amount": "200",
        "amount_currency": "USD", "recipient_first_name": "Ana", "recipient_last_name": "Soto",
        "payer_id": "014", "account": CLABE,
    }  # fmt: skip


async def test_one_question_at_a_time(chat: Any) -> None:
    """Each answer leads to the next question, with the choices of the right tool."""
    talk = chat()
    reply = await talk.say("quiero enviar dinero")
    assert reply.choices == ("México", "Guatemala", "Honduras", "El Salvador")
    reply = await talk.say("México")
    assert "Cuánto" in reply.text
    reply = await talk.say("200")
    assert "nombre completo" in reply.text
    reply = await talk.say("maria lopez")
    assert reply.choices == ("Cuenta de banco", "Retiro en efectivo")
    reply = await talk.say("1")
    assert reply.choices == ("BBVA México", "Santander México", "Banorte", "Banco Azteca")
    reply = await talk.say("la segunda")
    assert "CLABE" in reply.text
    await talk.say(CLABE)
    assert (talk.prepared["payer_id"], talk.prepared["account"]) == ("014", CLABE)


PIECES = ("200 dólares", "a México", "para María López", "en efectivo")


@pytest.mark.parametrize("order", list(permutations(PIECES))[::3])
async def test_any_order(chat: Any, order: tuple[str, ...]) -> None:
    """The order in which the pieces come makes no difference."""
    talk = chat()
    await talk.play("quiero hacer un envío", *order, "Elektra")
    assert talk.prepared == FULL


async def test_a_burst_of_lines(chat: Any) -> None:
    """Several messages merged into one turn are read line by line."""
    talk = chat()
    await talk.say("hola\n200 dolares\na mexico\nMaría López\nefectivo\nelektra")
    assert talk.prepared == FULL


async def test_a_payer_named_before_its_list_was_known(chat: Any) -> None:
    """A bank or payer named early is used as soon as the tool lists it."""
    talk = chat()
    await talk.say("quiero mandar dinero en efectivo, que lo recoja en Elektra")
    await talk.play("México", "200", "María López")
    assert talk.prepared == FULL


async def test_the_only_way_is_not_asked_for(chat: Any) -> None:
    """Where a country has one payout method, it is taken without a question."""
    talk = chat()
    await talk.play("quiero mandar 100 a El Salvador", "Ana Paz")
    reply = talk.reply
    assert reply.choices == ("Banco Agrícola",)
    await talk.say("sí")
    assert talk.prepared["payout_method"] == "cash_pickup"


async def test_menu_number_or_amount(chat: Any) -> None:
    """With options before it "2" is a choice; "20 dólares" is an amount all the same."""
    talk = chat()
    await talk.play("quiero mandar 100 dólares a Juan Pérez en México en efectivo")
    assert talk.reply.choices == ("Elektra", "OXXO")
    await talk.say("20 dólares")
    assert talk.called("prepare_transfer") is None
    await talk.say("2")
    assert talk.prepared["payer_id"] == "mx-oxxo"
    assert talk.prepared["amount"] == "20"


@pytest.mark.parametrize(
    ("said", "amount", "currency"),
    [
        ("200", "200", "USD"), ("$200", "200", "USD"), ("2,500 pesos", "2500", "MXN"),
        ("1.500,50 pesos", "1500.5", "MXN"), ("doscientos cincuenta", "250", "USD"),
        ("mil pesos", "1000", "MXN"),
    ],
)  # fmt: skip
async def test_currency_of_the_country(chat: Any, said: str, amount: str, currency: str) -> None:
    """Pesos are the destination's, a bare number is in the currency the sender pays in."""
    talk = chat()
    await talk.play("enviar a Ana Paz en México, efectivo en Elektra", said)
    assert (talk.prepared["amount"], talk.prepared["amount_currency"]) == (amount, currency)


async def test_money_that_names_its_country(chat: Any) -> None:
    """Quetzales are only paid in Guatemala, so the country needs no question."""
    talk = chat()
    await talk.say("quiero mandar 500 quetzales")
    assert "Guatemala" in talk.reply.text


async def test_currency_that_does_not_fit(chat: Any) -> None:
    """An amount in another country's money is refused with the currencies that fit."""
    talk = chat()
    await talk.say("quiero mandar 500 quetzales a Honduras")
    assert "USD y HNL" in talk.reply.text


async def test_amount_outside_the_limits(chat: Any) -> None:
    """An amount outside the limits is told at once, with the limits of the tool, until it fits."""
    talk = chat()
    reply = await talk.say("quiero mandar 5000 dólares a Ana Paz en México")
    assert "2,999.00 USD" in reply.text
    assert "Cuánto" in reply.text
    reply = await talk.say("500")
    assert reply.choices == ("Cuenta de banco", "Retiro en efectivo")


async def test_country_without_service(chat: Any) -> None:
    """A country that is not served is refused with a list of those that are."""
    talk = chat()
    reply = await talk.say("quiero mandar dinero a Colombia")
    assert "Colombia" in reply.text
    assert reply.choices == ("México", "Guatemala", "Honduras", "El Salvador")


async def test_bad_account_is_asked_for_again(chat: Any) -> None:
    """An account that the check refuses never reaches the goal tool."""
    talk = chat()
    await talk.play("enviar 100 a Ana Paz en México a su cuenta Santander", "123456789012345678")
    assert talk.called("validate_bank")
    assert talk.called("prepare_transfer") is None
    assert "no parece correcto" in talk.reply.text
    await talk.say("014 027 0000 0555 5558")
    assert talk.prepared["account"] == CLABE


async def test_the_account_names_its_bank(chat: Any) -> None:
    """A CLABE proves the bank, so the sender is not asked for it."""
    talk = chat()
    await talk.say(f"enviar 100 dólares a Ana Paz en México, CLABE {CLABE}")
    assert (talk.prepared["payout_method"], talk.prepared["payer_id"]) == ("bank_account", "014")


async def test_wallet_needs_a_phone(chat: Any) -> None:
    """A mobile wallet asks for the recipient's number and has it checked."""
    talk = chat()
    await talk.play("enviar 100 dólares a Ana Paz en Honduras a su billetera", "+504 9999-1234")
    assert talk.called("validate_phone") == {"recipient_phone": "+504 9999-1234", "country": "HN"}
    assert talk.prepared["recipient_phone"] == "+504 9999-1234"


async def test_relative_in_the_question(chat: Any) -> None:
    """The question for the name mentions the relative that the sender named."""
    talk = chat()
    await talk.say("quiero mandarle 100 a mi hermana en Honduras")
    assert "tu hermana" in talk.reply.text


async def test_a_property_that_a_bank_added(chat: Any) -> None:
    """An unknown property that the schema requires is asked for by the schema's description."""
    talk = chat()
    talk.require("purpose", {"type": "string", "description": "motivo", "enum": ["renta", "gasto"]})
    await talk.say("enviar 100 dólares a Ana Paz en México, efectivo en Elektra")
    assert "motivo" in talk.reply.text
    assert talk.reply.choices == ("renta", "gasto")
    await talk.say("2")
    assert talk.prepared["purpose"] == "gasto"


async def test_missing_that_only_the_tool_knows(chat: Any) -> None:
    """What the goal tool reports as missing is asked for next."""
    talk = chat()
    talk.overrides["prepare_transfer"] = {
        "error": "missing", "code": "MISSING", "missing": ["recipient_phone"],
    }  # fmt: skip
    await talk.say("enviar 100 dólares a Ana Paz en México, efectivo en Elektra")
    assert "celular" in talk.reply.text
    talk.overrides.clear()
    await talk.say("5512345678")
    assert talk.prepared["recipient_phone"] == "5512345678"
