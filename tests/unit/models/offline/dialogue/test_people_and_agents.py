"""A person on request, and agents that differ only by the tools they are offered."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    "words",
    ["quiero hablar con una persona", "un asesor por favor, quiero un asesor", "agent please",
     "quiero poner una queja", "creo que es un fraude", "quiero mi reembolso"],
)  # fmt: skip
async def test_hand_off(chat: Any, words: str) -> None:
    """A sender who asks for a person, complains or reports a fraud gets one in the same turn."""
    talk = chat()
    await talk.play("quiero mandar 200 a México", words)
    assert [name for name, _ in talk.calls] == ["talk_to_person"]
    assert talk.called("talk_to_person")["reason"]


async def test_no_person_to_call(chat: Any) -> None:
    """When the queue cannot be reached it says so and promises nothing."""
    talk = chat(overrides={"talk_to_person": {"error": "down"}})
    await talk.say("quiero hablar con una persona")
    assert "no te puedo pasar" in talk.reply.text


async def test_unavailable(chat: Any) -> None:
    """Without tools it says that the service is unavailable, and to try later."""
    talk = chat(agent="unavailable")
    await talk.say("quiero mandar 200 a México")
    assert "no está disponible" in talk.reply.text
    assert "No se perdió nada" in talk.reply.text
    english = chat(agent="unavailable", language="en")
    await english.say("send 200 to Mexico")
    assert "not available right now" in english.reply.text


@pytest.mark.parametrize("words", ["hola", "quiero mandar 200 a México", "¿por qué no puedo?"])
async def test_pending(chat: Any, words: str) -> None:
    """While verification is pending, the tool's status is said and nothing is started."""
    talk = chat(agent="restricted", verification="pending")
    await talk.say(words)
    assert talk.calls == [("get_verification", {})]
    assert "sigue en proceso" in talk.reply.text


async def test_blocked(chat: Any) -> None:
    """A blocked sender is told so without a reason, and offered a person."""
    talk = chat(agent="restricted", verification="blocked")
    await talk.say("quiero enviar dinero")
    assert "no es posible hacer envíos" in talk.reply.text
    assert talk.reply.choices == ("Hablar con alguien",)
    await talk.say("Hablar con alguien")
    assert talk.called("talk_to_person")


async def test_pending_with_knowledge(chat: Any) -> None:
    """A knowledge question is answered for a pending sender too."""
    passage = {"id": "x", "heading": "Verificación", "text": "La verificación tarda un día hábil."}
    talk = chat(agent="restricted", verification="pending", passages=[passage])
    await talk.say("¿cuánto tarda la verificación?")
    assert talk.reply.text == passage["text"]


async def test_restricted_is_polite(chat: Any) -> None:
    """Thanks get thanks, and off-topic stays off-topic."""
    talk = chat(agent="restricted", verification="pending")
    await talk.say("gracias")
    assert talk.calls == []
    await talk.say("cuéntame un chiste")
    assert "no te puedo ayudar" in talk.reply.text


async def test_last_call_of_the_budget(chat: Any) -> None:
    """A turn that spent its calls still ends with words about the transfer, not with an outage."""
    talk = chat()
    await talk.play("quiero mandar dinero", "México")
    request = talk.requests[0]
    spent = type(request)(system="", messages=talk.requests[1].messages, tools=(), language="es")
    reply = await talk.model.complete(spent)
    assert "no está disponible" not in reply.text
