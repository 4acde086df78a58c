"""Whole journeys over signed webhooks, in both languages and on both channels."""

import pytest

from tests.e2e.process import Conversation, Running

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


async def prepared(sender: Conversation) -> str:
    """Bring a Spanish conversation to its summary: 200 USD in cash to Mexico."""
    await sender.say("hola, quiero enviar 200 dólares a México en efectivo")
    await sender.say("Rosa Hernández")
    return await sender.tap("OXXO")


async def test_an_unknown_sender_gets_a_link_in_spanish(lola: Running) -> None:
    """From "hola" to approval: summary by code, confirmation by the sender, then the link."""
    sender = lola.whatsapp("+15550104501")
    summary = await prepared(sender)
    for fact in ("Rosa Hernández", "México", "OXXO", "200.00 USD", "3.99 USD", "3,450.00 MXN"):
        assert fact in summary
    assert sender.links == []
    assert "enlace seguro" in await sender.tap("Confirmar")
    (link,) = sender.links
    assert await lola.widget.open(link) == 200
    assert await lola.widget.press(link, "approve") == 200
    assert "Tu identidad quedó verificada" in await sender.hears("Aprobaste tu envío")
    assert "Ruta: sender_home" in await sender.say("/info")


async def test_a_returning_sender_gets_a_link_in_english(lola: Running) -> None:
    """A saved person and their account on file, in English throughout."""
    sender = lola.whatsapp("+15550100001")
    await sender.say("Hi, I want to send 300 dollars to Mexico")
    summary = await sender.tap("Rosa Hernández")
    assert "300.00 USD" in summary
    assert "••••5558" in summary
    assert "secure link" in await sender.tap("Confirm")
    assert await lola.widget.press(sender.links[0], "cancel") == 200
    await sender.hears("No money moved")


async def test_a_correction_voids_what_was_shown(lola: Running) -> None:
    """The old summary's button confirms nothing once an argument has changed."""
    sender = lola.whatsapp("+15550104502")
    await prepared(sender)
    (old,) = [message for message in sender.last if message.options]
    assert "150.00 USD" in await sender.say("mejor 150")
    (stale_id, title) = old.options[0]
    assert title == "Confirmar"
    posted = await sender.device.tap(stale_id, title)
    assert posted.status == 200
    assert "ya no está vigente" in await sender.told()
    assert sender.links == []
    assert "200.00 USD" not in await sender.say("sí")


async def test_a_yes_in_ones_own_words_and_a_second_tap(lola: Running) -> None:
    """A doubt is asked about, a natural yes gives the link, a second tap the same link again."""
    sender = lola.whatsapp("+15550104512")
    await prepared(sender)
    (button, title) = next(message for message in sender.last if message.options).options[0]
    assert "escribe «confirmo»" in await sender.say("creo que sí")
    assert sender.links == []
    assert "enlace seguro" in await sender.say("sí, todo correcto. Gracias")
    (link,) = sender.links
    assert (await sender.device.tap(button, title)).status == 200
    assert "enlace seguro" in await sender.told()
    assert set(sender.links) == {link}
    assert await lola.widget.press(link, "approve") == 200
    await sender.hears("Aprobaste tu envío")
    assert (await sender.device.tap(button, title)).status == 200
    assert "ya lo confirmaste" in await sender.told()


async def test_a_yes_with_a_change_confirms_nothing(lola: Running) -> None:
    """A condition or a change is a new summary in English too, and never a link."""
    sender = lola.whatsapp("+15550104513")
    await sender.say("hi, I want to send 200 dollars to Mexico in cash")
    await sender.say("Rosa Hernández")
    await sender.tap("OXXO")
    assert "300.00 USD" in await sender.say("yes but make it 300")
    assert sender.links == []
    assert "write “confirm”" in await sender.say("I guess so")
    assert "secure link" in await sender.say("looks good, go ahead")


async def test_cancelling_leaves_nothing_behind(lola: Running) -> None:
    """After "Cancelar" there is no draft to confirm."""
    sender = lola.whatsapp("+15550104504")
    await prepared(sender)
    assert "No se envió nada" in await sender.tap("Cancelar")
    await sender.say("sí, confirmo")
    assert sender.links == []


async def test_the_same_journey_by_sms(lola: Running) -> None:
    """Buttons become numbered lines, the link an address (reference/channels.md 0.1), and a long
    text loses the accents that would cost a segment (2.7).
    """
    sender = lola.sms("+15550104505")
    await sender.say("hola, quiero enviar 200 dólares a México en efectivo")
    listed = await sender.say("Rosa Hernández")
    number = next(line.split(".")[0] for line in listed.splitlines() if "OXXO" in line)
    summary = await sender.say(number)
    assert "1. Confirmar" in summary
    await sender.say("1")
    (link,) = sender.links
    assert await lola.widget.press(link, "approve") == 200
    await sender.hears("Aprobaste tu envio")


async def test_a_question_is_answered_from_a_document(lola: Running) -> None:
    """The reply is approved text, and the conversation returns to where it was."""
    sender = lola.whatsapp("+15550104506")
    await sender.say("quiero enviar 200 dólares a México")
    answer = await sender.say("¿qué documentos necesito para verificar mi identidad?")
    assert "identificación" in answer.lower()


async def test_a_file_is_refused_with_a_notice(lola: Running) -> None:
    """Pictures and documents never reach an agent, their words do (reference/lola.md 6)."""
    sender = lola.whatsapp("+15550104507")
    posted = await sender.device.send_media("image", "mi INE")
    assert posted.status == 200
    assert "no puedo abrir el archivo" in await sender.told()


async def test_a_shared_contact_is_read_as_words(lola: Running) -> None:
    """A contact card can name the recipient."""
    sender = lola.whatsapp("+15550104508")
    await sender.say("quiero enviar 200 dólares a México en efectivo")
    posted = await sender.device.share_contact("Rosa Hernández", "+52 1 55 1234 5678")
    assert posted.status == 200
    assert await sender.told()


async def test_a_short_link_dies_with_its_time(lola: Running) -> None:
    """An unknown code gets a page that says so, and no referrer is sent."""
    async with lola.http.get(f"{lola.url}/l/nope") as response:
        assert response.status == 404
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "ya no está disponible" in await response.text()
