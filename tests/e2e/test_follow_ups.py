"""After the link: a new one on request, and where the money is, from ticket and partner."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.simulated_sender import SimulatedSender
from lola.testing.widget_browser import WidgetError
from tests.e2e.pages import RETURNING, linked
from tests.support import ManualClock

pytestmark = [pytest.mark.e2e]

SENDER = "+15550100001"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def harness(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Harness]:
    settings = load_settings(port=0, lola_data=tmp_path, retriever="")
    async with Harness(settings, clock=clock) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def sender(harness: Harness) -> SimulatedSender:
    return harness.sender(SENDER)


async def control(harness: Harness, http: aiohttp.ClientSession, path: str, **body: Any) -> None:
    url = f"{harness.sandbox.url}/control/m2m/{path}"
    send = http.put if path == "switches" else http.post
    async with send(url, json=body) as response:
        assert response.status < 300, await response.text()


async def approved(harness: Harness, sender: SimulatedSender) -> str:
    """Bring the sender to an approved transfer and return its operation's id."""
    await harness.widget.press(await linked(sender, RETURNING), "approve")
    # Page and partner both report, in any order; the first report is told.
    while True:
        told = (await sender.event()).replies[-1].text
        if "Referencia: " in told:
            return told.partition("Referencia: ")[2].split()[0]


@pytest.mark.parametrize("words", ["mándame otro enlace", "el enlace no abre"])
async def test_a_lost_link_is_given_again_while_it_is_good(
    sender: SimulatedSender, words: str
) -> None:
    """The same link, in a text that code wrote; nothing new is made."""
    url = await linked(sender, RETURNING)
    again = await sender.say(words)
    assert again.tools == ("resend_link",)
    assert [target for _, target in again.replies[-1].links] == [url]


async def test_after_it_ran_out_the_transfer_is_confirmed_anew(
    sender: SimulatedSender, clock
) -> None:
    """A new link needs a new quote and the sender's new confirmation."""
    url = await linked(sender, RETURNING)
    clock.advance(minutes=61)
    await sender.event("expired")
    summary = await sender.say("mándame otro enlace")
    assert summary.replies[-1].links == ()
    assert summary.replies[-1].options[0][1] == "Confirmar"
    fresh = await sender.choose("Confirmar")
    ((_, other),) = fresh.replies[-1].links
    assert other != url


@pytest.mark.parametrize("words", ["cancela el envío", "ya no lo quiero mandar, cancélalo"])
async def test_a_link_is_taken_back_in_the_chat(
    harness, sender: SimulatedSender, words: str
) -> None:
    """Code says what came of it, and the page behind the old link offers nothing any more."""
    url = await linked(sender, RETURNING)
    gone = await sender.say(words)
    assert gone.tools == ("cancel_transfer",)
    assert "su enlace ya no sirve" in gone.replies[-1].text
    with pytest.raises(WidgetError):
        await harness.widget.press(url, "approve")


async def test_without_a_link_there_is_none_to_give(sender: SimulatedSender) -> None:
    """The tool does not exist, and the answer says how to get one."""
    await sender.say("hola")
    answer = await sender.say("mándame otro enlace")
    assert (answer.tools, answer.replies[-1].links) == ((), ())


async def test_where_the_money_is_follows_the_partner(
    harness, http, sender: SimulatedSender
) -> None:
    """Approved, being processed, complete: the last is told once, by code, with its reference."""
    operation = await approved(harness, sender)
    assert "registrado" in (await sender.say("¿dónde está mi dinero?")).replies[-1].text
    await control(harness, http, f"operations/{operation}", status="processing")
    assert "en proceso" in (await sender.say("¿ya llegó mi envío?")).replies[-1].text
    await control(harness, http, f"operations/{operation}", status="completed")
    report = await sender.say("¿dónde está mi dinero?")
    assert "se completó" in report.replies[-1].text
    assert operation in report.replies[-1].text
    assert "se completó" in (await sender.say("¿cómo va mi envío?")).replies[-1].text


async def test_a_partner_that_tells_the_end_itself_is_heard(
    harness, http, sender: SimulatedSender
) -> None:
    """Its event is inferred; its content is told once (reference/m2m.md 7.5)."""
    await control(harness, http, "switches", tellEnds=True)
    operation = await approved(harness, sender)
    await control(harness, http, f"operations/{operation}", status="processing")
    await control(
        harness, http, f"operations/{operation}", status="failed", reason="Insufficient funds"
    )
    told = await sender.event("m2m")
    assert "no se pudo completar" in told.replies[-1].text
    assert operation in told.replies[-1].text


async def test_without_the_partner_the_ticket_has_to_do(harness, sender: SimulatedSender) -> None:
    """An outage of the partner is no outage of the answer."""
    await approved(harness, sender)
    harness.sandbox.faults.add("m2m", "500", 20)
    assert "registrado" in (await sender.say("¿dónde está mi dinero?")).replies[-1].text
