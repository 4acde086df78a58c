"""A person takes over through the console's HTTP, and the bot is silent until they hand back."""

import pytest

from tests.e2e.colleague import PASSWORD, Colleague
from tests.e2e.process import Running

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


async def test_takeover_and_hand_back_while_the_sender_writes(lola: Running) -> None:
    """Asked for, taken, answered, handed back: the bot says nothing in between."""
    await lola.command("staff", "add", "maria", LOLA_STAFF_PASSWORD=PASSWORD)
    sender = lola.whatsapp("+15550104801")
    await sender.say("hola, quiero enviar 200 dólares a México")
    assert "una persona te contestará" in await sender.say("quiero hablar con una persona")

    maria = Colleague(lola.http, lola.url)
    await maria.sign_in("maria")
    (case,) = (await maria.get("queue"))["cases"]
    conversation = case["conversation"]
    await maria.do(conversation, "take-over")

    for words in ("¿hola?", "confirmar", "/info", "quiero enviar 500 dólares"):
        assert (await sender.device.say(words)).status == 200
    await maria.do(conversation, "reply", text="Soy María, ¿en qué le ayudo?")
    assert await sender.told() == "Soy María, ¿en qué le ayudo?"

    transcript = await maria.get(f"conversations/{conversation}")
    assert "quiero enviar 500 dólares" in str(transcript)

    await maria.do(conversation, "notes", text="Pregunta por 500 dólares")
    await maria.do(conversation, "hand-back", note="Quedamos en enviar mañana")
    assert "Soy Lola otra vez" in await sender.told()
    transcript = str(await maria.get(f"conversations/{conversation}"))
    assert "Quedamos en enviar mañana" in transcript
    assert "Pregunta por 500 dólares" in transcript
    assert "Ruta: onboarding" in await sender.say("/info")
    assert (await maria.get("queue"))["cases"] == []


@pytest.mark.parametrize(
    "number", ["+15550104802", "+15550100001", "+15550100002", "+15550100003", "+15550100009"]
)
async def test_a_person_can_be_asked_for_from_every_agent(lola: Running, number: str) -> None:
    """Also from the one without tools, while the identity service is down."""
    sender = lola.whatsapp(number)
    assert "una persona te contestará" in await sender.say("quiero hablar con una persona")
    assert "seguimos" in await sender.tap("Seguir con Lola")


async def test_the_console_is_closed_to_strangers(lola: Running) -> None:
    """Without signing in there is no queue, no page and no action."""
    for path in ("api/queue", f"api/conversations/whatsapp-{'0' * 24}"):
        async with lola.fresh_http() as http, http.get(f"{lola.url}/console/{path}") as response:
            assert response.status == 401
