"""What time does to a transfer: played on the real service with a clock that tests move."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.simulated_sender import SimulatedSender
from tests.support import ManualClock

pytestmark = [pytest.mark.e2e]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def harness(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Harness]:
    async with Harness(load_settings(port=0, lola_data=tmp_path), clock=clock) as running:
        yield running


async def summarised(sender: SimulatedSender) -> str:
    await sender.say("hola, quiero enviar 200 dólares a México en efectivo")
    await sender.say("Rosa Hernández")
    report = await sender.choose("OXXO")
    return report.replies[-1].text


async def test_an_expired_quote_is_priced_and_confirmed_again(harness, clock) -> None:
    """The old button leads to a new summary; only its own confirmation leads to a link."""
    sender = harness.sender("+15550104511")
    assert "vale 10 minutos" in await summarised(sender)
    clock.advance(minutes=11)
    again = await sender.choose("Confirmar")
    assert "venció" in again.replies[0].text
    assert [title for _, title in again.replies[0].options] == [
        "Confirmar",
        "Modificar",
        "Cancelar",
    ]
    assert again.replies[0].links == ()
    linked = await sender.choose("Confirmar")
    assert linked.tools == ("send_money",)
    assert len(linked.replies[0].links) == 1


async def test_a_confirmed_draft_survives_an_outage_of_m2m(harness, clock) -> None:
    """M2M down: the sender is told, nothing is lost; back again: one link for the same ticket."""
    sender = harness.sender("+15550104512")
    await summarised(sender)
    harness.sandbox.faults.add("m2m", "500", 50)
    sorry = await sender.choose("Confirmar")
    assert sorry.route == "service_unavailable"
    assert sorry.replies[0].links == ()
    harness.sandbox.faults.clear()
    linked = await sender.say("¿ya se puede?")
    assert linked.tools == ("send_money",)
    assert len(harness.sandbox.m2m.links.list.all()) == 1


async def test_a_lost_answer_of_m2m_makes_no_second_link(harness, clock) -> None:
    """The link was made but its answer never came: it is found by its ticket and used."""
    sender = harness.sender("+15550104513")
    await summarised(sender)
    harness.sandbox.faults.add("m2m", "garbage", 0)
    harness.sandbox.faults.add("m2m", "timeout", 1)
    linked = await sender.choose("Confirmar")
    assert len(linked.replies[0].links) == 1
    assert len(harness.sandbox.m2m.links.list.all()) == 1


async def test_a_short_link_ends_with_the_widget_link(harness, clock) -> None:
    """After its hour the address in the chat leads nowhere."""
    sender = harness.sender("+15550104514")
    await summarised(sender)
    linked = await sender.choose("Confirmar")
    (_, url) = linked.replies[0].links[0]
    clock.advance(minutes=61)
    assert await harness.widget.open(url) in {404, 410}
