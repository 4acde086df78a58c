"""What happens without a message: reminders, expired links, long waits, failed sends."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lola.sandbox.whatsapp.stub import GraphStub
from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.simulated_sender import SimulatedSender
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


async def with_link(sender: SimulatedSender) -> str:
    """Play up to the widget link and return its address."""
    await sender.say("hola, quiero enviar 200 dólares a México en efectivo")
    await sender.say("Rosa Hernández")
    await sender.choose("OXXO")
    linked = await sender.choose("Confirmar")
    return linked.replies[0].links[0][1]


async def test_an_unopened_link_is_recalled_ends_and_is_prepared_again(harness, clock) -> None:
    """50 minutes: the same link again. 60: it is over. One tap: a new quote to confirm."""
    sender = harness.sender("+15550104601")
    url = await with_link(sender)
    clock.advance(minutes=50)
    nudge = await sender.event("nudge")
    assert [address for _, address in nudge.replies[0].links] == [url]
    assert "10 minutos" in nudge.replies[0].text
    clock.advance(minutes=10)
    over = await sender.event("expired")
    assert "venció" in over.replies[0].text
    assert over.replies[0].links == ()
    again = await sender.choose("Preparar otra vez")
    assert "200.00 USD" in again.replies[0].text
    assert [title for _, title in again.replies[0].options] == [
        "Confirmar",
        "Modificar",
        "Cancelar",
    ]
    linked = await sender.choose("Confirmar")
    assert linked.replies[0].links[0][1] != url
    assert len(harness.sandbox.m2m.links.list.all()) == 2


async def test_nobody_is_reminded_of_a_link_that_was_approved(harness, clock) -> None:
    """The approval cancels both timers; an hour later there is nothing but what was said."""
    sender = harness.sender("+15550104602")
    assert await harness.widget.press(await with_link(sender), "approve") == 200

    async def approved() -> bool:
        return any("registrado" in received.text for received in sender.last_seen)

    await until(approved)
    clock.advance(hours=2)
    assert await harness.service.state.timers.fire_due() == 0


async def test_a_wait_that_nobody_ends_is_owned_up_to(harness, clock) -> None:
    """After 15 minutes an apology with the way back, once; the alarm is in the log."""
    sender = harness.sender("+15550104603")
    await sender.say("quiero hablar con una persona")
    clock.advance(minutes=15)
    late = await sender.event("late")
    assert "Disculpa la espera" in late.replies[0].text
    assert [title for _, title in late.replies[0].options] == ["Seguir con Lola"]
    back = await sender.choose("Seguir con Lola")
    assert back.route == "people"


async def test_a_link_that_may_not_have_arrived_calls_a_person(harness, clock) -> None:
    """The provider broke off after accepting: no second send, a notice, a person."""
    sender = harness.sender("+15550104604")
    await sender.say("hola, quiero enviar 200 dólares a México en efectivo")
    await sender.say("Rosa Hernández")
    await sender.choose("OXXO")
    # One strikes the receipt, where it does nothing, and one the message, in whatever order.
    harness.sandbox.channel(GraphStub).faults.add("drop", "drop")
    await sender.choose("Confirmar")

    async def taken() -> bool:
        return any(received.links for received in sender.last_seen)

    # A turn is over when it is committed; the hold begins with the call that comes after it.
    await until(taken)
    clock.advance(seconds=61)
    told = await sender.event("lost")
    assert "ya avisé a una persona" in told.replies[0].text.lower()
    links = [received for received in sender.last_seen if received.links]
    assert len(links) == 1
    ((conversation, ownership),) = await harness.service.state.ownership.handoff_queue()
    assert (conversation, ownership.owner) == (sender.conversation, "waiting")
    assert ownership.reason == "outcome unknown, about money"
