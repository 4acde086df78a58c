"""A sender's own records and the pickup places, from this turn's results only."""

from typing import Any

import pytest

PAST = [
    {"reference": "Tz41Mb", "kind": "sent", "status": "ready_for_pickup", "date": "2026-11-20",
     "recipient": "Luis Ruiz", "send": {"amount": "150.00", "currency": "USD",
                                        "text": "150.00 USD"}},
    {"reference": "Kd82Qa", "kind": "sent", "status": "completed", "date": "2026-10-28",
     "recipient": "Rosa Hernández", "send": {"amount": "300.00", "currency": "USD",
                                             "text": "300.00 USD"}},
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said", "unsaid"),
    [
        ("mis últimos envíos", ["Luis Ruiz", "Rosa Hernández"], []),
        ("¿ya cobró Luis?", ["Luis Ruiz: listo para cobrar"], ["Rosa"]),
        ("¿qué le he mandado a mi mamá?", ["Rosa Hernández: entregado"], ["Luis"]),
    ],
)
async def test_history(chat: Any, words: str, said: list[str], unsaid: list[str]) -> None:
    """All past transfers, or those to the person who is named by name or family word."""
    talk = chat(agent="home", past=PAST)
    await talk.say(words)
    assert all(text in talk.reply.text for text in said)
    assert not any(text in talk.reply.text for text in unsaid)


async def test_status_falls_back_on_the_record(chat: Any) -> None:
    """With no transfer in this chat, the bank's records are used."""
    talk = chat(agent="home", past=PAST)
    await talk.say("¿cómo va mi envío?")
    assert [name for name, _ in talk.calls] == ["get_own_status", "get_transfers"]


@pytest.mark.parametrize(
    ("words", "reference"),
    [
        ("pásame el recibo Kd82Qa", "Kd82Qa"),
        ("el comprobante de mi mamá", "Kd82Qa"),
        ("necesito un comprobante", "Tz41Mb"),
    ],
)
async def test_receipts(chat: Any, words: str, reference: str) -> None:
    """By reference, by person, or the newest; code writes the receipt."""
    talk = chat(agent="home", past=PAST)
    await talk.say(words)
    assert talk.called("get_receipt") == {"reference": reference}


async def test_no_such_receipt(chat: Any) -> None:
    """A reference that is not the sender's own is not found, and nothing is made up."""
    talk = chat(agent="home", past=PAST)
    await talk.say("el recibo zz99zz")
    assert "No encuentro" in talk.reply.text


async def test_the_next_step_of_a_verification(chat: Any) -> None:
    """What is missing is said when the bank says it."""
    talk = chat(agent="restricted", verification="pending", next_step="scan_id_again")
    await talk.say("¿qué me falta para verificarme?")
    assert "la foto de tu identificación" in talk.reply.text


async def test_own_limits(chat: Any) -> None:
    """Limit, used and left, beside the limits of one transfer."""
    figures = {
        name: {"amount": amount, "currency": "USD", "text": f"{amount} USD"}
        for name, amount in (("limit", "5000"), ("limit_used", "850"), ("limit_left", "4150"))
    }
    talk = chat(agent="home", own_limits=figures)
    await talk.say("¿cuánto me queda de mi límite?")
    assert "te quedan 4150 USD" in talk.reply.text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("¿hay una sucursal en Guadalajara?", "Elektra: Av. Juárez 340"),
        ("¿hay una sucursal en Puebla?", "No encuentro una sucursal en Puebla"),
    ],
)
async def test_branches(chat: Any, words: str, said: str) -> None:
    """In the city that was named; elsewhere in the country when there is none."""
    talk = chat()
    await talk.say(words)
    assert said in talk.reply.text


async def test_comparing_payout_methods(chat: Any) -> None:
    """All payout methods of a country with their totals; the amount may come later."""
    talk = chat()
    await talk.play("¿qué me conviene más para Honduras?", "100 dólares")
    assert talk.called("compare_payout_methods") == {
        "country": "HN", "amount": "100", "currency": "USD",
    }  # fmt: skip
    assert "La que menos te cuesta es" in talk.reply.text
