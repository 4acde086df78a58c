"""What happens by itself: reminders, links that end, long waits, words that get lost."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lola.sandbox.whatsapp.stub import GraphStub
from lola.settings import load_settings
from lola.testing.harness import Harness, Line
from lola.testing.waiting import until
from tests.support import ManualClock

pytestmark = [pytest.mark.e2e]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def harness(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Harness]:
    settings = load_settings(port=0, lola_data=tmp_path, retriever="")
    async with Harness(settings, clock=clock) as running:
        yield running


async def with_link(line: Line) -> str:
    """Play up to the widget link; answers its address."""
    await line.say("hola, quiero enviar 200 dólares a México en efectivo")
    await line.say("Rosa Hernández")
    await line.choose("OXXO")
    linked = await line.choose("Confirmar")
    return linked.replies[0].links[0][1]


async def test_an_unopened_link_is_recalled_ends_and_is_prepared_again(harness, clock) -> None:
    """50 minutes: the same link again. 60: it is over. One tap: a new quote to confirm."""
    line = harness.line("+15550104601")
    url = await with_link(line)
    clock.advance(minutes=50)
    nudge = await line.event("nudge")
    assert [address for _, address in nudge.replies[0].links] == [url]
    assert "10 minutos" in nudge.replies[0].text
    clock.advance(minutes=10)
    over = await line.event("expired")
    assert "venció" in over.replies[0].text
    assert over.replies[0].links == ()
    again = await line.choose("Preparar otra vez")
    assert "200.00 USD" in again.replies[0].text
    assert [title for _, title in again.replies[0].options] == [
        "Confirmar",
        "Modificar",
        "Cancelar",
    ]
    linked = await line.choose("Confirmar")
    assert linked.replies[0].links[0][1] != url
    assert len(harness.sandbox.m2m.links.list.all()) == 2


async def test_nobody_is_reminded_of_a_link_that_was_approved(harness, clock) -> None:
    """The approval cancels both timers; an hour later there is nothing but what was said."""
    line = harness.line("+15550104602")
    assert await harness.widget.press(await with_link(line), "approve") == 200

    async def approved() -> bool:
        return any("registrado" in received.text for received in line.last_seen)

    await until(approved)
    clock.advance(hours=2)
    assert await harness.service.inbox.fire_due() == 0


async def test_a_wait_that_nobody_ends_is_owned_up_to(harness, clock) -> None:
    """After 15 minutes an apology with the way back, once; the alarm is in the log."""
    line = harness.line("+15550104603")
    await line.say("quiero hablar con una persona")
    clock.advance(minutes=15)
    late = await line.event("late")
    assert "Disculpa la espera" in late.replies[0].text
    assert [title for _, title in late.replies[0].options] == ["Seguir con Lola"]
    back = await line.choose("Seguir con Lola")
    assert back.route == "people"


async def test_a_link_that_may_not_have_arrived_calls_a_person(harness, clock) -> None:
    """The provider took it and broke off: no second send, an honest sentence, the desk."""
    line = harness.line("+15550104604")
    await line.say("hola, quiero enviar 200 dólares a México en efectivo")
    await line.say("Rosa Hernández")
    await line.choose("OXXO")
    # One strikes the receipt, where it does nothing, and one the message, in whatever order.
    harness.sandbox.channel(GraphStub).faults.add("drop", "drop")
    await line.choose("Confirmar")

    async def taken() -> bool:
        return any(received.links for received in line.last_seen)

    # A turn is over when it is committed; the hold begins with the call that comes after it.
    await until(taken)
    clock.advance(seconds=61)
    told = await line.event("lost")
    assert "ya avisé a una persona" in told.replies[0].text.lower()
    links = [received for received in line.last_seen if received.links]
    assert len(links) == 1
    ((conversation, ownership),) = await harness.service.inbox.handoff_queue()
    assert (conversation, ownership.owner) == (line.conversation, "waiting")
    assert ownership.reason == "outcome unknown, about money"
