"""The five routes, from the webhook to the answer."""

import pytest

from tests.e2e.process import Running

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


@pytest.mark.parametrize(
    ("number", "route"),
    [
        ("+15550104401", "onboarding"),
        ("+15550100001", "sender_home"),
        ("+15550100002", "blocked"),
        ("+15550100003", "pending_cip"),
        ("+15550100009", "service_unavailable"),
    ],
)
async def test_each_sender_reaches_their_agent(lola: Running, number: str, route: str) -> None:
    """Identity and compliance choose one of five agents (reference/lola.md 4)."""
    sender = lola.whatsapp(number)
    await sender.say("hola")
    assert f"Ruta: {route}" in await sender.say("/info")


async def test_a_verdict_counts_from_the_next_message(lola: Running) -> None:
    """Compliance is read afresh every turn and never cached (architecture 4)."""
    sender = lola.whatsapp("+15550104402")
    await lola.control("PUT", "senders/+15550104402", json={"verdict": "passed"})
    assert "sender_home" in await sender.say("/info")
    await lola.control("PUT", "senders/+15550104402", json={"verdict": "blocked"})
    assert "blocked" in await sender.say("/info")


@pytest.mark.parametrize("number", ["+15550100002", "+15550100003"])
async def test_a_restricted_sender_gets_no_transfer(lola: Running, number: str) -> None:
    """Blocked and pending senders can start nothing, however they ask (reference/lola.md 4)."""
    sender = lola.whatsapp(number)
    for text in ("quiero enviar 200 dólares a México", "a Rosa Hernández en OXXO", "confirmar"):
        await sender.say(text)
        assert sender.links == []
    assert (await lola.control("GET", "links"))["items"] == []


async def test_an_outage_loses_nothing(lola: Running) -> None:
    """PayHub down: the sender is told, and the conversation goes on afterwards."""
    sender = lola.whatsapp("+15550104403")
    await sender.say("quiero enviar 100 dólares a México")
    await lola.control("POST", "faults", json={"partner": "payhub", "fault": "500", "times": 9})
    assert "no" in await sender.say("en efectivo, en OXXO")
    await lola.control("DELETE", "faults")
    assert "100.00 USD" in await sender.say("es para Rosa Hernández")
