"""The widget on a small screen: completed, cancelled, too late, submitted twice."""

from dataclasses import dataclass

import pytest

from tests.browser.browser import Visitor
from tests.browser.conftest import CHAT, Visit
from tests.e2e.process import Conversation, Running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

CARD = {"number": "5555 5555 5555 4444", "expiry": "1239", "code": "987"}


@dataclass(frozen=True)
class Words:
    """What a person reads and taps, in one language."""

    locale: str
    chat: tuple[str, str]
    confirm: str
    start: str
    proceed: str
    passport: str
    scan: str
    face: str
    add: str
    save: str
    approve: str
    cancel: str
    done: str
    told: str
    unmoved: str
    back: str


SPANISH = Words(
    locale="es-MX",
    chat=("hola, quiero enviar 200 dólares a México en efectivo", "Rosa Hernández"),
    confirm="Confirmar",
    start="Empezar",
    proceed="Continuar",
    passport="Pasaporte",
    scan="Simular la foto",
    face="Simular la prueba",
    add="Agregar una tarjeta",
    save="Guardar la tarjeta",
    approve="Aprobar y enviar",
    cancel="Cancelar el envío",
    done="¡Listo! Aprobaste tu envío",
    told="Aprobaste tu envío",
    unmoved="No se movió dinero",
    back="Volver al chat",
)
ENGLISH = Words(
    locale="en-US",
    chat=("hi, I want to send 200 dollars to Mexico in cash", "Rosa Hernandez"),
    confirm="Confirm",
    start="Start",
    proceed="Continue",
    passport="Passport",
    scan="Simulate the photo",
    face="Simulate the check",
    add="Add a card",
    save="Save the card",
    approve="Approve and send",
    cancel="Cancel the transfer",
    done="Done! You approved your transfer",
    told="You approved",
    unmoved="No money moved",
    back="Back to the chat",
)
BOTH = pytest.mark.parametrize("words", [SPANISH, ENGLISH], ids=["es", "en"])


async def link_for(sender: Conversation, words: Words) -> str:
    """Talk until there is a secure link: 200 USD in cash to Mexico."""
    wish, recipient = words.chat
    await sender.say(wish)
    await sender.say(recipient)
    await sender.tap("OXXO")
    await sender.tap(words.confirm)
    return sender.links[0]


async def verified(lola: Running, number: str) -> Conversation:
    """A sender whom the bank knows, so that the widget asks for a card only."""
    await lola.control("PUT", f"senders/{number}", json={"verdict": "passed"})
    return lola.whatsapp(number)


async def fill_in(visitor: Visitor, words: Words, name: str) -> None:
    """Go from the first page to the card, looking at every page."""
    await visitor.look(f"1-start-{name}")
    await visitor.press(words.start)
    await visitor.look(f"2-data-{name}")
    await visitor.fill(first_name="Luz", last_name="Vega", second_last_name="Soto")
    await visitor.fill(day="15", month="5", year="1990", id_number="GAPA900515HDFRRL09")
    await visitor.press(words.proceed)
    await visitor.look(f"3-scan-{name}")
    await visitor.page.get_by_label(words.passport).check()
    await visitor.press(words.scan)
    await visitor.look(f"4-liveness-{name}")
    await visitor.press(words.face)


async def add_card(visitor: Visitor, words: Words, name: str) -> None:
    """Go to the vault and come back with a card."""
    await visitor.look(f"5-card-{name}")
    await visitor.press(words.add)
    await visitor.look(f"6-vault-{name}")
    await visitor.fill(**CARD)
    await visitor.press(words.save)
    await visitor.look(f"7-review-{name}")


@BOTH
async def test_the_whole_way(lola: Running, opened: Visit, words: Words) -> None:
    """Chat, link, data, identity, card in the vault, review, approval, and the chat says so."""
    sender = lola.whatsapp("+15550104601" if words is SPANISH else "+15550104602")
    visitor = await opened(language=words.locale)
    name = words.locale[:2]
    await visitor.open(await link_for(sender, words))
    await fill_in(visitor, words, name)
    await add_card(visitor, words, name)
    shown = await visitor.page.locator("main").inner_text()
    for fact in (words.chat[1], "OXXO", "200.00 USD", "3.99 USD", "203.99 USD", "3,450.00 MXN"):
        assert fact in shown
    assert "Mastercard •••• 4444" in shown
    await visitor.press(words.approve)
    await visitor.look(f"8-done-{name}")
    assert await visitor.heading() == words.done
    assert await visitor.page.get_by_role("link", name=words.back).get_attribute("href") == CHAT
    await sender.hears(words.told)


@BOTH
async def test_without_scripts(lola: Running, opened: Visit, words: Words) -> None:
    """The same way works where no script runs, in the dark."""
    sender = lola.whatsapp("+15550104603" if words is SPANISH else "+15550104604")
    visitor = await opened(
        language=words.locale,
        color_scheme="dark",
        java_script_enabled=False,
        reduced_motion="reduce",
    )
    name = f"{words.locale[:2]}-dark"
    await visitor.open(await link_for(sender, words))
    await fill_in(visitor, words, name)
    await add_card(visitor, words, name)
    await visitor.press(words.approve)
    assert await visitor.heading() == words.done


@BOTH
async def test_cancelling(lola: Running, opened: Visit, words: Words) -> None:
    """A tap on cancel moves no money, and the chat says so; a second use does nothing."""
    sender = lola.whatsapp("+15550104605" if words is SPANISH else "+15550104606")
    visitor = await opened(language=words.locale)
    link = await link_for(sender, words)
    await visitor.open(link)
    address = visitor.page.url
    await visitor.press(words.cancel)
    await visitor.look(f"cancelled-{words.locale[:2]}")
    await sender.hears(words.unmoved)
    await visitor.open(address, status=410)
    await visitor.look(f"used-{words.locale[:2]}")
    assert not await visitor.page.get_by_role("button").count()


async def test_mistakes_are_explained(lola: Running, opened: Visit) -> None:
    """Fields say what is wrong, to the eye and to a reader, and pass the checks while they do."""
    sender = lola.whatsapp("+15550104607")
    visitor = await opened()
    await visitor.open(await link_for(sender, SPANISH))
    await visitor.press("Empezar")
    await visitor.fill(first_name="Luz", day="31", month="2", year="1990", id_number="GAPA90")
    await visitor.press("Continuar")
    await visitor.look("mistakes-data")
    assert await visitor.page.get_by_role("alert").inner_text() == "Revisa los campos marcados."
    assert await visitor.page.get_by_role("alert").evaluate("e => e === document.activeElement")
    curp = visitor.page.get_by_label("Número del documento")
    assert await curp.input_value() == "GAPA90"
    assert await curp.get_attribute("aria-invalid") == "true"
    await visitor.fill(last_name="Vega", day="1", id_number="GAPA900515HDFRRL09")
    await visitor.press("Continuar")
    await visitor.press("Simular la foto")
    await visitor.look("mistakes-scan")
    assert "Elige el documento" in await visitor.page.locator("main").inner_text()


async def test_a_card_is_helped_along(lola: Running, opened: Visit) -> None:
    """The vault groups digits, names the brand, and complains before anything leaves the page."""
    sender = lola.whatsapp("+15550100001")
    visitor = await opened()
    await sender.say("hola, quiero enviar 300 dólares a México")
    await sender.tap("Rosa Hernández")
    await sender.tap("Confirmar")
    await visitor.open(sender.links[0])
    await visitor.press("Empezar")
    await visitor.look("saved-card")
    await visitor.press("Usar otra tarjeta")
    page = visitor.page
    await page.locator("#number").press_sequentially("3782822463100")
    assert await page.locator("#number").input_value() == "3782 822463 100"
    assert await page.locator("#brand").inner_text() == "Amex"
    await page.locator("#expiry").press_sequentially("0120")
    assert await page.locator("#expiry").input_value() == "01 / 20"
    await page.get_by_role("button", name="Guardar la tarjeta").click()
    assert "revisa las cifras" in await page.locator("#number-error").inner_text()
    assert "ya venció" in await page.locator("#expiry-error").inner_text()
    assert "Escribe el código" in await page.locator("#code-error").inner_text()
    await visitor.look("mistakes-vault")
    await visitor.fill(number="4012 8888 8888 1881", expiry="12/39", code="123")
    await visitor.press("Guardar la tarjeta")
    await visitor.look("refused-vault")
    assert "Aquí solo valen tarjetas de prueba" in await page.locator("#number-error").inner_text()
    assert await page.locator("#number").input_value() == ""
    await visitor.press("Volver sin guardar")
    assert await visitor.heading() == "¿Con qué tarjeta pagas?"


async def test_a_tap_too_many(lola: Running, opened: Visit) -> None:
    """Two taps on approve make one transfer, and the sender sees that it is done."""
    visitor = await opened()
    await visitor.open(await link_for(await verified(lola, "+15550104610"), SPANISH))
    await visitor.press("Empezar")
    await add_card(visitor, SPANISH, "verified")
    async with visitor.page.expect_navigation():
        await visitor.page.get_by_role("button", name="Aprobar y enviar").dblclick()
    assert await visitor.heading() == SPANISH.done


async def test_with_the_keyboard(lola: Running, opened: Visit) -> None:
    """Everything can be reached with the Tab key, in the order of the page, and shows its focus."""
    sender = lola.whatsapp("+15550104608")
    visitor = await opened()
    await visitor.open(await link_for(sender, SPANISH))
    assert await visitor.tab_through() == ["English", "Empezar", "Cancelar el envío"]
    await visitor.press("Empezar")
    reached = await visitor.tab_through()
    assert reached[1:5] == ["first_name", "second_name", "last_name", "second_last_name"]
    assert reached[5:8] == ["day", "month", "year"]
    assert reached[-2:] == ["Continuar", "Cancelar el envío"]


async def test_the_language_is_switched(lola: Running, opened: Visit) -> None:
    """One tap on the other language, and every later page speaks it, the vault too."""
    visitor = await opened()
    await visitor.open(await link_for(await verified(lola, "+15550104611"), SPANISH))
    await visitor.press("English")
    await visitor.press("Start")
    await visitor.press("Add a card")
    assert await visitor.heading() == "Your card's details"
    await visitor.press("Español")
    assert await visitor.heading() == "Los datos de tu tarjeta"


async def test_a_link_runs_out(lola: Running, opened: Visit) -> None:
    """After its hour a link shows that it is over, and offers nothing to press."""
    sender = lola.whatsapp("+15550104609")
    visitor = await opened()
    await visitor.open(await link_for(sender, SPANISH))
    address = visitor.page.url
    await lola.control("POST", "clock", json={"seconds": 3600})
    await visitor.open(address, status=410)
    await visitor.look("expired-es")
    assert await visitor.heading() == "Este enlace venció"
    assert not await visitor.page.get_by_role("button").count()
    assert "pide uno nuevo" in await visitor.page.locator("main").inner_text()
