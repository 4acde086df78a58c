"""Forms beside a transfer: what they collect, when they call, and that only an approval acts."""

from typing import Any

import pytest


async def test_a_person_is_saved_from_one_sentence(chat: Any) -> None:
    """Name, country and number in one line are enough for the proposal; a yes carries it out."""
    talk = chat(agent="home")
    await talk.say("agrega a mi lista a Nadia Coc de Guatemala, su cel es 5544-3322")
    assert talk.called("add_recipient") == {
        "first_name": "Nadia", "last_name": "Coc", "country": "GT", "recipient_phone": "5544-3322",
    }  # fmt: skip
    assert talk.called("carry_out") is None
    await talk.say("Sí, adelante")
    assert talk.called("carry_out") == {}


async def test_a_person_is_saved_step_by_step(chat: Any) -> None:
    """One question at a time, in words about the person and not about a transfer."""
    talk = chat(agent="home")
    await talk.play("quiero guardar un contacto nuevo", "Pedro Gómez")
    assert "¿En qué país vive Pedro?" in talk.reply.text
    await talk.play("México", "55 9876 5432")
    assert talk.called("add_recipient") is not None


@pytest.mark.parametrize("words", ["No, gracias", "no"])
async def test_a_declined_form_is_over(chat: Any, words: str) -> None:
    """Nothing is carried out, and a later yes does not revive it."""
    talk = chat(agent="home")
    await talk.play("quiero pedirle 50 dólares a Luis", words)
    assert talk.called("carry_out") is None
    await talk.say("hola")
    assert talk.calls == []


async def test_a_request_asks_for_what_is_missing(chat: Any) -> None:
    """The person by a family word, then the amount."""
    talk = chat(agent="home")
    await talk.say("quiero solicitarle un pago a mi mamá")
    assert "¿Cuánto le quieres pedir a Rosa?" in talk.reply.text
    await talk.say("25")
    assert talk.called("request_money") == {"recipient_id": "ct-rosa", "amount": "25"}


async def test_a_request_needs_a_saved_person(chat: Any) -> None:
    """A person who is not saved cannot be asked: the saved ones are offered."""
    talk = chat(agent="home")
    await talk.say("quiero pedirle 50 dólares a Filiberto Xicay")
    assert talk.called("request_money") is None
    assert talk.reply.choices == ("Rosa Hernández", "Luis Ruiz")


async def test_a_form_gives_way_to_a_transfer(chat: Any) -> None:
    """Asking to send money ends it; what was said of the person is kept."""
    talk = chat(agent="home")
    await talk.play("quiero pedirle dinero a Luis", "mejor mándale 50 dólares")
    assert talk.prepared["recipient_id"] == "ct-luis"


async def test_one_approval_at_a_time(chat: Any) -> None:
    """While a summary is on the screen, a form waits for it."""
    talk = chat(agent="home")
    await talk.play("mándale 100 dólares a mi mamá", "ponle de apodo Lucho a Luis")
    assert talk.called("edit_recipient") is None
    assert "Primero terminemos el envío" in talk.reply.text


async def test_a_question_between(chat: Any) -> None:
    """An answer comes first, then the form's own question again."""
    talk = chat(agent="home")
    await talk.play("quiero guardar un contacto nuevo", "¿qué bancos hay en México?")
    assert "BBVA" in talk.reply.text
    assert "nombre completo de la persona" in talk.reply.text


async def test_an_unknown_sender_has_no_forms(chat: Any) -> None:
    """A sender whom the bank does not know cannot save a person."""
    talk = chat()
    await talk.say("guarda a mi prima Nadia Coc")
    assert talk.called("add_recipient") is None
