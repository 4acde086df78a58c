"""Corrections before and after the summary, and what a change makes void."""

from typing import Any

import pytest

CASH = "enviar 200 dólares a Juan Pérez en México, en efectivo en Elektra"
GOOD = "014027000005555558"
BANK = "enviar 200 dólares a Juan Pérez en México a su cuenta, CLABE 014027000005555558"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("mejor 150", {"amount": "150", "amount_currency": "USD"}),
        ("que sean 2500 pesos", {"amount": "2500", "amount_currency": "MXN"}),
        ("no, 150", {"amount": "150"}),
        ("cambia el monto a 150", {"amount": "150"}),
        ("make it 150 instead", {"amount": "150"}),
        ("150 en vez de 200", {"amount": "150"}),
        ("mejor en OXXO", {"payer_id": "mx-oxxo"}),
        ("the name is Luis not Juan", {"recipient_first_name": "Luis"}),
        ("se llama Luis", {"recipient_first_name": "Luis", "recipient_last_name": "Pérez"}),
        ("el apellido es Gómez", {"recipient_last_name": "Gómez"}),
        ("mejor a Ana Paz", {"recipient_first_name": "Ana", "recipient_last_name": "Paz"}),
    ],
)
async def test_after_the_summary(chat: Any, said: str, expected: dict[str, str]) -> None:
    """A changed value leads to a new summary with everything else as it was."""
    talk = chat()
    await talk.say(CASH)
    before = talk.prepared
    await talk.say(said)
    assert talk.prepared == {**before, **expected}


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        ("mandar 200 dólares a México", "mejor 150", {"amount": "150"}),
        ("mandar 200 dólares a México", "no, a Guatemala", {"country": "GT"}),
        ("mandar 200 dólares a México en efectivo", "mejor al banco", {"method": "bank"}),
    ],
)
async def test_before_the_summary(
    chat: Any, first: str, then: str, expected: dict[str, str]
) -> None:
    """A correction while collecting is acknowledged, and the open question comes again."""
    talk = chat()
    await talk.say(first)
    open_question = talk.reply.text.rpartition("¿")[2]
    await talk.say(then)
    assert talk.reply.text.startswith("Listo")
    assert talk.reply.text.endswith(open_question)
    assert expected


async def test_country_voids_payer(chat: Any) -> None:
    """Another country needs another payer and keeps amount and person."""
    talk = chat()
    await talk.play(CASH, "no, a Guatemala")
    assert talk.reply.choices == ("Banrural", "Banco Industrial")
    await talk.say("Banrural")
    assert talk.prepared == {
        "country": "GT", "payout_method": "cash_pickup", "amount": "200",
        "amount_currency": "USD", "recipient_first_name": "Juan", "recipient_last_name": "Pérez",
        "payer_id": "gt-banrural",
    }  # fmt: skip


async def test_country_voids_account(chat: Any) -> None:
    """Another country needs another bank and account."""
    talk = chat()
    await talk.play(BANK, "no, a Guatemala", "Banco Industrial")
    assert "número de cuenta" in talk.reply.text
    await talk.say("12345678901")
    assert (talk.prepared["payer_id"], talk.prepared["account"]) == ("bi", "12345678901")


async def test_method_voids_account(chat: Any) -> None:
    """Cash needs no account, and none is passed on."""
    talk = chat()
    await talk.play(BANK, "cámbialo a efectivo", "2")
    assert talk.prepared["payer_id"] == "mx-oxxo"
    assert "account" not in talk.prepared


async def test_another_person_voids_the_account(chat: Any) -> None:
    """The account of the person before is never kept for another one."""
    talk = chat()
    await talk.play(BANK, "mejor a Ana Paz")
    assert talk.called("prepare_transfer") is None
    assert "banco" in talk.reply.text


async def test_corrected_name_keeps_the_account(chat: Any) -> None:
    """A corrected typing slip in the name keeps the account."""
    talk = chat()
    await talk.play(BANK, "es José, no Juan")
    assert talk.prepared["account"] == "014027000005555558"
    assert talk.prepared["recipient_first_name"] == "José"


@pytest.mark.parametrize(
    ("part", "value", "expected"),
    [
        ("Monto", "90", {"amount": "90"}),
        ("1", "90", {"amount": "90"}),
        ("Destinatario", "Ana Paz", {"recipient_first_name": "Ana", "recipient_last_name": "Paz"}),
        ("el nombre", "Ana Paz", {"recipient_first_name": "Ana", "recipient_last_name": "Paz"}),
        ("la tienda", "OXXO", {"payer_id": "mx-oxxo"}),
    ],
)
async def test_modify(chat: Any, part: str, value: str, expected: dict[str, str]) -> None:
    """A tap on Modificar asks what to change, then for the new value; the summary follows."""
    talk = chat()
    await talk.say(CASH)
    before = talk.prepared
    await talk.say("Modificar")
    assert talk.reply.choices == ("Monto", "Destinatario", "Forma de entrega", "País")
    await talk.say(part)
    assert talk.called("prepare_transfer") is None
    await talk.say(value)
    assert {**before, **expected}.items() <= talk.prepared.items()


async def test_modify_and_think_again(chat: Any) -> None:
    """A sender who changes nothing gets the summary again and no value is lost."""
    talk = chat()
    await talk.play(CASH, "Modificar", "Monto", "déjalo así")
    assert talk.prepared["amount"] == "200"


async def test_wrong_value_without_the_right_one(chat: Any) -> None:
    """Saying that the amount is wrong asks for the right one."""
    talk = chat()
    await talk.play(CASH, "me equivoqué de monto")
    assert "Cuánto" in talk.reply.text
    await talk.say("80")
    assert talk.prepared["amount"] == "80"


async def test_currency_alone(chat: Any) -> None:
    """The currency can be corrected without repeating the number."""
    talk = chat()
    await talk.play(CASH, "mejor en pesos")
    assert (talk.prepared["amount"], talk.prepared["amount_currency"]) == ("200", "MXN")


async def test_draft_from_before_the_transcript(chat: Any) -> None:
    """When the preparation is older than the transcript, the open draft itself is changed."""
    talk = chat()
    await talk.say(CASH)
    before = talk.prepared
    talk.history.clear()
    await talk.say("mejor 150")
    assert talk.prepared == {**before, "amount": "150"}


async def test_payer_named_for_another_question(chat: Any) -> None:
    """A bank's name is taken while its account number is asked for."""
    talk = chat()
    await talk.play("mandar 100 a Ana Paz en Guatemala al banco", "Banco Industrial")
    await talk.say("perdón, G&T Continental")
    assert "G&T Continental" in talk.reply.text
    assert "número de cuenta" in talk.reply.text
    await talk.say("12345678901")
    assert talk.prepared["payer_id"] == "gyt"


async def test_changed_method_asks_for_the_bank(chat: Any) -> None:
    """A place that pays cash is not silently kept as the bank of a deposit."""
    talk = chat()
    await talk.play("mandar 100 a Ana Paz en Guatemala en efectivo en Banco Industrial")
    assert talk.prepared["payer_id"] == "gt-bi"
    await talk.say("no, mejor depósito")
    assert talk.reply.choices == ("Banco Industrial", "G&T Continental")


async def test_payer_brings_its_method(chat: Any) -> None:
    """A name that only pays cash, or only takes deposits, says how the money is to arrive."""
    talk = chat()
    await talk.play("mandar 100 a Ana Paz en México", "que sea en OXXO")
    assert talk.prepared["payout_method"] == "cash_pickup"
    await talk.say("mejor en Santander")
    assert "Santander" in talk.reply.text
    await talk.say(GOOD)
    assert talk.prepared["payout_method"] == "bank_account"


async def test_name_of_both_kinds_leaves_the_method_open(chat: Any) -> None:
    """A bank that also pays cash is remembered until the sender says which is meant."""
    talk = chat()
    await talk.play("mandar 100 a Ana Paz en Guatemala", "Banco Industrial")
    assert talk.reply.choices == ("Cuenta de banco", "Retiro en efectivo")
    await talk.say("Retiro en efectivo")
    assert talk.prepared["payer_id"] == "gt-bi"


async def test_surname_like_a_bank(chat: Any) -> None:
    """A person whose surname is a bank's word stays a person."""
    talk = chat()
    await talk.play("mandar 100 a México en efectivo", "Rosa Elektra", "OXXO")
    assert talk.prepared["recipient_last_name"] == "Elektra"
    assert talk.prepared["payer_id"] == "mx-oxxo"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("her name is Delia not Dilcia", "Delia Marina Bonilla Paz"),
        ("es Dylcia con y", "Dylcia Marina Bonilla Paz"),
        ("es Bonilla de Cruz", "Dilcia Marina Bonilla de Cruz"),
        ("el apellido es Bonilla", "Dilcia Marina Bonilla Paz"),
    ],
)
async def test_one_part_of_a_name_is_corrected(chat: Any, said: str, name: str) -> None:
    """What is spelled anew replaces its own part; the rest of the name stays."""
    talk = chat()
    await talk.play("100 dólares a Dilcia Marina Bonilla Paz en México, efectivo, oxxo", said)
    prepared = talk.prepared if talk.called("prepare_transfer") else talk.draft["terms"]
    full = f"{prepared['recipient_first_name']} {prepared['recipient_last_name']}"
    assert full == name
