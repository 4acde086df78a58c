"""The console on a large and a small screen: sign-in, the queue, a conversation taken over."""

import pytest

from tests.browser.browser import DESKTOP, PHONE, Visitor
from tests.browser.conftest import Visit
from tests.e2e.process import Running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PASSWORD = "correct horse battery"
SIZES = pytest.mark.parametrize(
    ("size", "number"),
    [(PHONE, "+15550104701"), (DESKTOP, "+15550104702")],
    ids=["small", "large"],
)


@SIZES
async def test_a_colleague_takes_over(
    lola: Running, opened: Visit, size: tuple[int, int], number: str
) -> None:
    """Sign in, see who waits, read, take over: no page breaks a rule at either size."""
    width = size[0]
    staff = f"maria{width}"
    await lola.command("staff", "add", staff, LOLA_STAFF_PASSWORD=PASSWORD)
    sender = lola.whatsapp(number, f"Sender {width}")
    await sender.say("hola, quiero enviar 200 dólares a México")
    await sender.say("quiero hablar con una persona")
    desk = await opened(size=size)
    await desk.open(f"{lola.url}/console/")
    await desk.look(f"console-sign-in-{width}")
    await desk.page.locator("input[name=name]").fill(staff)
    await desk.page.locator("input[name=password]").fill(PASSWORD)
    async with desk.page.expect_navigation():
        await desk.page.locator("main button").click()
    await desk.look(f"console-queue-{width}")
    async with desk.page.expect_navigation():
        await desk.page.locator("a[href*='/conversations/']").first.click()
    await desk.look(f"console-conversation-{width}")
    async with desk.page.expect_navigation():
        await desk.page.get_by_role("button", name="Tomar la conversación").click()
    await desk.look(f"console-taken-{width}")


async def _signed_in(lola: Running, opened: Visit, name: str, **options: object) -> Visitor:
    """Return the queue's page of a new colleague."""
    await lola.command("staff", "add", name, LOLA_STAFF_PASSWORD=PASSWORD)
    desk = await opened(**options)
    await desk.open(f"{lola.url}/console/")
    await desk.fill(name=name, password=PASSWORD)
    async with desk.page.expect_navigation():
        await desk.page.locator("main button").click()
    return desk


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["small", "large"])
@pytest.mark.parametrize("language", ["es-MX", "en-US"])
async def test_a_closed_case_is_found_again(
    lola: Running, opened: Visit, size: tuple[int, int], language: str
) -> None:
    """By the last digits or by a word, in both languages, at either size; tabs and filters too."""
    place = f"{size[0]}-{language[:2]}"
    number = f"+1555012{size[0]:04}" if language == "es-MX" else f"+1555013{size[0]:04}"
    await lola.whatsapp(number, f"Closed {place}").say("hola, el abono de mi tía Eduviges")
    desk = await _signed_in(lola, opened, f"leo{place}", size=size, language=language)
    for text in (number[-7:], "Eduviges", f"closed {place}"):
        await desk.fill(search=text)
        await desk.press({"es": "Buscar", "en": "Find"}[language[:2]])
        hit = desk.page.locator(".case", has_text=f"Closed {place}")
        assert await hit.count() == 1
    await desk.look(f"console-search-{place}")
    await desk.press({"es": "Con el asistente", "en": "With the assistant"}[language[:2]])
    await desk.page.locator(".filters summary").click()
    await desk.look(f"console-list-{place}")


async def test_live_updates_come_back(lola: Running, opened: Visit) -> None:
    """After answers other than 200 the page connects again (reference/surprises.md 7.1)."""
    desk = await _signed_in(lola, opened, "live1", size=DESKTOP)
    away = desk.page.locator("#offline [data-state=lost]")
    await desk.page.route("**/live/**", lambda route: route.fulfill(status=503))
    await desk.page.reload()
    await away.wait_for(state="visible")
    await desk.page.unroute("**/live/**")
    await away.wait_for(state="hidden")
    # The browser reports each of them.
    assert all("503" in finding for finding in desk.findings)
    desk.findings.clear()
    sender = lola.whatsapp("+15550104790", "Back Again")
    await sender.say("hola, quiero enviar 200 dólares a México")
    await sender.say("quiero hablar con una persona")
    await desk.page.locator(".case", has_text="Back Again").wait_for()


async def test_who_is_signed_out_is_told(lola: Running, opened: Visit) -> None:
    """A page whose sign-in has ended says so and offers to sign in; it does not try for ever."""
    desk = await _signed_in(lola, opened, "live2", size=DESKTOP)
    await desk.page.locator(".counts").wait_for()
    await lola.command("staff", "disable", "live2")
    ended = desk.page.locator("#offline [data-state=signed-out]")
    await ended.wait_for(state="visible")
    assert await ended.locator("a").count() == 1


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["small", "large"])
@pytest.mark.parametrize("language", ["es-MX", "en-US"])
async def test_the_statistics(
    lola: Running, opened: Visit, size: tuple[int, int], language: str
) -> None:
    """The page of charts breaks no rule in either language at either size."""
    name = f"eva{size[0]}{language[:2]}"
    desk = await _signed_in(lola, opened, name, size=size, language=language)
    await lola.whatsapp(f"+1555010{size[0]:04}", name).say("hola, quiero enviar 200 dólares")
    await desk.press({"es": "Estadísticas", "en": "Statistics"}[language[:2]])
    # The service adds what it counted every few seconds.
    while await desk.page.locator(".figures dd").first.inner_text() == "0":
        await desk.page.reload()
    await desk.look(f"console-statistics-{size[0]}-{language[:2]}")


@pytest.mark.parametrize(
    ("size", "scheme", "numbers"),
    [(DESKTOP, "light", "81"), (DESKTOP, "dark", "82"), (PHONE, "dark", "83")],
    ids=["light", "dark", "small-dark"],
)
async def test_queue_and_conversation_in_light_and_dark(
    lola: Running, opened: Visit, size: tuple[int, int], scheme: str, numbers: str
) -> None:
    """The pages of README's pictures break no rule in either colour scheme."""
    place = f"{size[0]}-{scheme}"
    for last, name in (("1", "Rosa Hernández"), ("2", "Luis Ixchel")):
        sender = lola.whatsapp(f"+155501048{numbers[-1]}{last}", name)
        await sender.say("hola, quiero enviar 200 dólares a México")
        await sender.say("quiero hablar con una persona")
    desk = await _signed_in(
        lola, opened, f"pia{place}", size=size, language="es-MX", color_scheme=scheme
    )
    await desk.page.locator(".case", has_text="Rosa Hernández").first.wait_for()
    await desk.look(f"picture-queue-{place}")
    async with desk.page.expect_navigation():
        await desk.page.locator(".case", has_text="Rosa Hernández").first.click()
    taken = desk.page.get_by_role("button", name="Tomar la conversación")
    if await taken.count():
        async with desk.page.expect_navigation():
            await taken.click()
    await desk.look(f"picture-conversation-{place}")
