"""The console on a large and a small screen: sign-in, the queue, a conversation taken over."""

import pytest

from tests.browser.browser import DESKTOP, PHONE
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


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["small", "large"])
@pytest.mark.parametrize("language", ["es-MX", "en-US"])
async def test_the_statistics(
    lola: Running, opened: Visit, size: tuple[int, int], language: str
) -> None:
    """The page of charts breaks no rule in either language at either size."""
    name = f"eva{size[0]}{language[:2]}"
    await lola.command("staff", "add", name, LOLA_STAFF_PASSWORD=PASSWORD)
    desk = await opened(size=size, language=language)
    await desk.open(f"{lola.url}/console/")
    await desk.fill(name=name, password=PASSWORD)
    async with desk.page.expect_navigation():
        await desk.page.locator("main button").click()
    await lola.whatsapp(f"+1555010{size[0]:04}", name).say("hola, quiero enviar 200 dólares")
    await desk.press({"es": "Estadísticas", "en": "Statistics"}[language[:2]])
    # The service adds what it counted every few seconds.
    while await desk.page.locator(".figures dd").first.inner_text() == "0":
        await desk.page.reload()
    await desk.look(f"console-statistics-{size[0]}-{language[:2]}")
