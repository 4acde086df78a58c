"""Field failure 15: nobody knows how to hand back to the bot.

RasaHQ/rasa#1945, #3683, rasa-agent-bot-demo#12: the bot went on replying after somebody opened the
conversation, or never again. Here both ways are one call each, and the sender hears of the return.
"""

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_colleague_hands_back_and_the_next_message_is_the_bots(stage):
    """Opened, read, taken, answered, handed back: silent exactly while the person has it."""
    line = stage.line()
    stage.model.says("¿A qué país quieres enviar?")
    await line.say("hola")
    async with stage.colleague("maria") as maria:
        await maria.get(f"conversations/{line.conversation}")
        stage.model.says("Claro, dime.")
        assert (await line.say("¿me ayudas?")).replies
        await maria.do(line.conversation, "take-over")
        silent = await line.say("¿hola?")
        assert (silent.route, silent.replies) == ("human", ())
        await maria.do(line.conversation, "reply", text="Soy María.")
        assert [reply.text for reply in (await line.event()).replies] == ["Soy María."]
        await maria.do(line.conversation, "hand-back")
        assert "Lola otra vez" in (await line.event()).replies[0].text
        assert (await maria.get("queue"))["cases"] == []
    stage.model.says("¿A qué país quieres enviar?")
    assert (await line.say("gracias")).route == "sender_home"


async def test_who_waits_can_go_back_by_themselves(stage):
    """The button under the waiting note, before anybody came: the bot answers again."""
    line = stage.line()
    await line.say("quiero hablar con una persona")
    assert await stage.owner(line) == "waiting"
    await line.choose("Seguir con Lola")
    stage.model.says("¿A qué país quieres enviar?")
    assert (await line.say("hola")).route == "sender_home"
