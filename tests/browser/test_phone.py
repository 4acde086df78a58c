"""The page of telephones: a tester plays senders in a browser, on a small and a large screen."""

from dataclasses import dataclass

import pytest

from tests.browser.browser import DESKTOP, PHONE, Visitor
from tests.browser.conftest import Visit
from tests.e2e.process import Running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@dataclass(frozen=True)
class Words:
    """What a tester reads and presses, in one language."""

    locale: str
    begin: str
    send: str
    sms: str
    confirm: str
    link: str
    write: str
    conditions: str
    clock: str
    more: str
    twice: str


SPANISH = Words(
    locale="es-MX", begin="Empezar una conversación", send="Enviar a una persona guardada",
    sms="Por SMS", confirm="Confirmar", link="Abrir la página", write="Mensaje",
    conditions="Condiciones", clock="Reloj +1 h", more="Más", twice="Enviar dos veces",
)  # fmt: skip
ENGLISH = Words(
    locale="en-US", begin="Begin a conversation", send="Send to a saved person",
    sms="By SMS", confirm="Confirm", link="Open the page", write="Message",
    conditions="Conditions", clock="Clock +1 h", more="More", twice="Send twice",
)  # fmt: skip


async def began(lola: Running, opened: Visit, words: Words, size: tuple[int, int]) -> Visitor:
    """Open the page and begin the journey of a saved recipient."""
    desk = await opened(size=size, language=words.locale)
    await desk.open(f"{lola.sandbox}/phone")
    await desk.page.get_by_text(words.begin, exact=True).click()
    await desk.page.get_by_role("button", name=words.send, exact=True).click()
    return desk


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["small", "large"])
@pytest.mark.parametrize("words", [SPANISH, ENGLISH], ids=["es", "en"])
async def test_a_journey_ends_with_a_link_to_the_secure_page(
    lola: Running, opened: Visit, words: Words, size: tuple[int, int]
) -> None:
    """One click begins it, a tap confirms, the link is a preview, and the inspector says how."""
    place = f"{size[0]}-{words.locale[:2]}"
    desk = await began(lola, opened, words, size)
    inspector = desk.page.locator("#inspector")
    # The sender is the same in every test, so older summaries are on the screen too.
    await inspector.get_by_text("prepare_transfer", exact=True).wait_for()
    await desk.page.get_by_role("button", name=words.confirm, exact=True).last.click()
    preview = desk.page.locator("a.preview", has_text=words.link).last
    await preview.wait_for()
    assert await preview.get_attribute("target") == "_blank"
    await inspector.get_by_text("send_money", exact=True).wait_for()
    assert await desk.page.locator(".mine .ticks").last.inner_text() == "✓✓"
    await desk.look(f"phone-{place}")


async def test_two_telephones_side_by_side(lola: Running, opened: Visit) -> None:
    """A second sender by SMS: no buttons, its own look; both stay after a reload."""
    desk = await began(lola, opened, SPANISH, DESKTOP)
    await desk.page.get_by_text(SPANISH.begin, exact=True).click()
    await desk.page.get_by_role("button", name=SPANISH.sms, exact=True).click()
    sms = desk.page.locator(".phone[data-channel=sms]")
    await sms.locator(".theirs").first.wait_for()
    assert await sms.locator(".options").count() == 0
    await desk.look("phone-two")
    said = await sms.locator(".bubble").all_inner_texts()
    await desk.page.reload()
    await sms.locator(".theirs").first.wait_for()
    # Ticks are of the moment; the words are kept.
    again = await sms.locator(".bubble").all_inner_texts()
    assert [one.partition("\n✓")[0] for one in again] == [one.partition("\n✓")[0] for one in said]


async def test_a_double_send_and_the_clock(lola: Running, opened: Visit) -> None:
    """Two messages at once are two on the wire; the sandbox's clock moves by an hour."""
    desk = await opened(size=DESKTOP, language=SPANISH.locale)
    await desk.open(f"{lola.sandbox}/phone")
    await desk.page.get_by_label(SPANISH.write, exact=True).fill("hola")
    await desk.page.get_by_text(SPANISH.more, exact=True).click()
    await desk.page.get_by_role("button", name=SPANISH.twice, exact=True).click()
    await desk.page.locator(".theirs").first.wait_for()
    assert await desk.page.locator(".mine").count() == 2
    await desk.page.get_by_text(SPANISH.conditions, exact=True).click()
    await desk.page.get_by_role("button", name=SPANISH.clock, exact=True).click()
    await desk.page.get_by_text("El reloj del sandbox marca").wait_for()


async def test_what_the_service_says_is_never_markup(lola: Running, opened: Visit) -> None:
    """A name with markup is shown as text, on the page of telephones too."""
    desk = await opened(size=DESKTOP, language=SPANISH.locale)
    await desk.open(f"{lola.sandbox}/phone")
    text = "<img src=x onerror=alert(1)> hola"
    await desk.page.get_by_label(SPANISH.write, exact=True).fill(text)
    await desk.page.keyboard.press("Enter")
    await desk.page.locator(".theirs").last.wait_for()
    assert await desk.page.locator(".log img").count() == 0
    assert text in await desk.page.locator(".mine").last.inner_text()
