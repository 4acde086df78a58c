"""The widget on a phone, from the chat to the chat: approve, cancel, too late, twice."""

import pytest

from tests.browser.conftest import Visit
from tests.e2e.process import Conversation, Running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def link_in_spanish(sender: Conversation) -> str:
    """Talk until there is a secure link: 200 USD in cash to Mexico."""
    await sender.say("hola, quiero enviar 200 dólares a México en efectivo")
    await sender.say("Rosa Hernández")
    await sender.tap("OXXO")
    await sender.tap("Confirmar")
    return sender.links[0]


async def link_in_english(sender: Conversation) -> str:
    """Talk until there is a secure link: 300 USD to a saved person's account."""
    await sender.say("Hi, I want to send 300 dollars to Mexico")
    await sender.tap("Rosa Hernández")
    await sender.tap("Confirm")
    return sender.links[0]


async def test_approving_in_spanish(lola: Running, opened: Visit) -> None:
    """What was confirmed in the chat is shown, approved once, and the chat says so."""
    sender = lola.whatsapp("+15550104601")
    phone = await opened()
    await phone.open(await link_in_spanish(sender))
    await phone.look("review-es")
    shown = await phone.page.locator("main").inner_text()
    for fact in ("Rosa Hernández", "OXXO", "200.00 USD", "3.99 USD", "203.99 USD", "3,450.00 MXN"):
        assert fact in shown
    await phone.fill(first_name="Luz", last_name="Vega")
    await phone.press("Aprobar y enviar")
    await phone.look("approved-es")
    assert await phone.heading() == "¡Listo! Aprobaste tu envío"
    told = await sender.told(replies=2)
    assert "Aprobaste tu envío" in told


async def test_cancelling_in_english(lola: Running, opened: Visit) -> None:
    """A tap on cancel moves no money, and the chat says so."""
    sender = lola.whatsapp("+15550100001")
    phone = await opened(language="en-US")
    await phone.open(await link_in_english(sender))
    await phone.look("review-en")
    await phone.press("Cancel the transfer")
    await phone.look("cancelled-en")
    assert "No money moved" in await sender.told(replies=2)


async def test_a_link_works_once(lola: Running, opened: Visit) -> None:
    """The second use of a link shows that it was used, and does nothing."""
    sender = lola.whatsapp("+15550104602")
    phone = await opened()
    link = await link_in_spanish(sender)
    await phone.open(link)
    await phone.press("Cancelar el envío")
    await phone.open(link, status=410)
    await phone.look("used-es")
    assert await phone.heading() == "Este enlace ya se usó"
    assert not await phone.page.get_by_role("button").count()


async def test_a_link_runs_out(lola: Running, opened: Visit) -> None:
    """After its hour a link shows that it is over, and offers nothing to press."""
    sender = lola.whatsapp("+15550104603")
    phone = await opened()
    link = await link_in_spanish(sender)
    await phone.open(link)
    address = phone.page.url
    await lola.control("POST", "clock", json={"seconds": 3600})
    await phone.open(address, status=410)
    await phone.look("expired-es")
    assert await phone.heading() == "Este enlace venció"
    assert not await phone.page.get_by_role("button").count()
    assert "pide uno nuevo" in await phone.page.locator("main").inner_text()
