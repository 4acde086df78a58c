"""A conversation's page in a browser: read, write and hand over, in both languages and sizes."""

import pytest
import pytest_asyncio

from tests.browser.browser import DESKTOP, PHONE, Visitor
from tests.browser.conftest import Visit
from tests.e2e.process import Running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PASSWORD = "correct horse battery"
WORDS = {
    "es-MX": {
        "take": "Tomar la conversación", "send": "Enviar", "note": "Nota interna",
        "keep": "Guardar nota", "back": "Devolver al bot", "resolve": "Dar por resuelto",
        "canned": "Respuestas listas", "use": "Usar", "assign": "Asignar",
        "identity": "Consultar su identidad en el banco", "verified": "Verificado",
        "typing": "está escribiendo", "kept": "Borrador guardado", "asked": "Pidió hablar",
        "foreign": "Parece que escribe en inglés", "card": "Hay datos sensibles",
        "mine": "Lo que estaba escribiendo", "link": "Consultar qué pasó con el enlace",
        "made": "Se creó el enlace",
    },
    "en-US": {
        "take": "Take over", "send": "Send", "note": "Internal note", "keep": "Keep note",
        "back": "Hand back to the bot", "resolve": "Resolve", "canned": "Ready replies",
        "use": "Use", "assign": "Assign", "identity": "Look up their identity at the bank",
        "verified": "Verified", "typing": "is typing", "kept": "Draft kept",
        "asked": "Asked for a person", "foreign": "You seem to be writing in English",
        "card": "There is sensitive data", "mine": "What you were writing",
        "link": "Look up what happened to the link", "made": "The link was made",
    },
}  # fmt: skip
CASES = pytest.mark.parametrize(
    ("size", "language", "number"),
    [
        (PHONE, "es-MX", "+15550104711"),
        (PHONE, "en-US", "+15550104712"),
        (DESKTOP, "es-MX", "+15550104713"),
        (DESKTOP, "en-US", "+15550104714"),
    ],
    ids=["phone-es", "phone-en", "desktop-es", "desktop-en"],
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def accounts(lola: Running) -> None:
    """A colleague and a supervisor."""
    await lola.command("staff", "add", "maria", LOLA_STAFF_PASSWORD=PASSWORD)
    await lola.command("staff", "add", "eva", "--role", "supervisor", LOLA_STAFF_PASSWORD=PASSWORD)


async def enter(lola: Running, desk: Visitor, name: str, sender: str) -> None:
    """Sign in and open a sender's conversation from the queue."""
    await desk.open(f"{lola.url}/console/")
    await desk.page.locator("input[name=name]").fill(name)
    await desk.page.locator("input[name=password]").fill(PASSWORD)
    async with desk.page.expect_navigation():
        await desk.page.locator("main button").click()
    async with desk.page.expect_navigation():
        await desk.page.locator("a.case", has_text=sender).first.click()


async def fold_out(desk: Visitor, id_: str) -> None:
    """Open one of the further actions, unless it is open."""
    if await desk.page.locator(f"#{id_}[open]").count() == 0:
        await desk.page.locator(f"#{id_} > summary").click()


@CASES
async def test_a_colleague_reads_writes_and_hands_over(
    lola: Running, opened: Visit, accounts: None, size, language: str, number: str
) -> None:
    """Every action of the page, by keyboard where one types; no state of it breaks a rule."""
    words, name = WORDS[language], f"{language[:2]}-{size[0]}"
    sender = lola.whatsapp(number, f"Rosa {name}")
    await sender.say("hola, quiero enviar 200 dólares a México")
    await sender.say("quiero hablar con una persona")
    desk = await opened(size=size, language=language)
    page = desk.page
    await enter(lola, desk, "maria", f"Rosa {name}")
    assert words["asked"] in await page.locator(".case-reason").inner_text()
    if size is PHONE:
        await page.locator("aside summary").click()
    await page.get_by_role("link", name=words["identity"]).click()
    await page.locator("[data-part=identity] strong").wait_for()
    await desk.look(f"conversation-waiting-{name}")
    if size is PHONE:
        await page.locator("aside summary").click()
    await page.locator(".how summary").first.click()
    await desk.press(words["take"])

    await page.locator("#text").press_sequentially("Hello, your card 4111 1111 1111 1111 is fine")
    await page.get_by_text(words["card"]).wait_for()
    assert words["foreign"] in await page.locator("#hints").inner_text()
    assert words["kept"] in await page.locator("#kept").inner_text()
    await desk.look(f"conversation-hints-{name}")
    await page.locator("#text").fill("Primera línea")
    await page.locator("#text").press("Shift+Enter")
    await page.locator("#text").press_sequentially("y la segunda")
    await page.locator("#text").press("Enter")
    assert await sender.told() == "Primera línea\ny la segunda"
    await page.locator(".bubble.staff", has_text="y la segunda").wait_for()

    await fold_out(desk, "more-canned")
    await page.get_by_role("button", name=words["use"], exact=True).click()
    assert (await page.locator("#text").input_value()).startswith("Hola Rosa, le atiende maria")
    await fold_out(desk, "more-note")
    await page.locator("#note-text").fill("@eva mira este caso")
    await desk.press(words["keep"])
    await page.locator(".note", has_text="mira este caso").wait_for()
    # What was being written is still there.
    assert (await page.locator("#text").input_value()).startswith("Hola Rosa")
    await desk.look(f"conversation-taken-{name}")

    await fold_out(desk, "more-back")
    await page.locator("#agreed").fill("Quedamos en mandar 200 dólares")
    await desk.look(f"conversation-back-{name}")
    await desk.press(words["back"])
    await page.get_by_text(words["mine"]).wait_for()
    await page.locator(".event", has_text="Quedamos en mandar 200 dólares").wait_for()
    await desk.look(f"conversation-over-{name}")
    assert "Soy Lola otra vez" in await sender.told()


@pytest.mark.parametrize("language", ["es-MX", "en-US"])
async def test_two_colleagues_do_not_cost_each_other_a_word(
    lola: Running, opened: Visit, accounts: None, language: str
) -> None:
    """Each sees the other look and type; a supervisor's end shows, and the typed words stay."""
    words = WORDS[language]
    sender = lola.whatsapp(f"+155501047{21 if language == 'es-MX' else 22}", f"Luz {language}")
    await sender.say("quiero hablar con una persona")
    # Dark, so that the colours are checked there as well.
    marias = await opened(language=language, color_scheme="dark")
    evas = await opened(size=DESKTOP, language=language, color_scheme="dark")
    await enter(lola, marias, "maria", f"Luz {language}")
    await enter(lola, evas, "eva", f"Luz {language}")
    await marias.page.locator("#presence", has_text="eva").wait_for()
    await marias.press(words["take"])
    await marias.page.locator("#text").press_sequentially("Le explico con calma")
    await evas.page.locator("#presence", has_text=words["typing"]).wait_for()
    await evas.look(f"conversation-typing-{language[:2]}")
    await fold_out(evas, "more-resolve")
    await evas.press(words["resolve"])
    kept = marias.page.locator(".kept-words", has_text="Le explico con calma")
    await kept.wait_for()
    await marias.page.get_by_text("eva").first.wait_for()
    await marias.look(f"conversation-words-kept-{language[:2]}")
    await marias.press(words["take"])
    assert await marias.page.locator("#text").input_value() == "Le explico con calma"
    await evas.page.locator("#presence", has_text="maria").wait_for()


async def test_a_transfer_is_followed_from_the_page(
    lola: Running, opened: Visit, accounts: None
) -> None:
    """Draft, link and what the partner says of it, each in words; the answer's way on demand."""
    sender = lola.whatsapp("+15550100001", "Ana Transfer")
    await sender.say("quiero mandar 200 dólares a Rosa Hernández en México")
    await sender.tap("Confirmar")
    await sender.say("quiero hablar con una persona")
    for size, language in ((PHONE, "es-MX"), (DESKTOP, "en-US")):
        words = WORDS[language]
        desk = await opened(size=size, language=language)
        page = desk.page
        await enter(lola, desk, "maria", "Ana Transfer")
        if size is PHONE:
            await page.locator("aside summary").click()
        await page.get_by_role("link", name=words["identity"]).click()
        await page.get_by_text(words["verified"], exact=True).wait_for()
        await page.get_by_role("link", name=words["link"]).last.click()
        await page.get_by_text(words["made"]).wait_for()
        await page.locator(".how summary").first.click()
        await desk.look(f"conversation-transfer-{language[:2]}-{size[0]}")
