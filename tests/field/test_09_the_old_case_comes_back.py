"""Field failure 9: after a case is closed, the old context hands over again and again.

chatwoot/chatwoot#13880, #15068. Here handing back draws a line, and a model sees nothing beyond it.
"""

import pytest

from tests.field.stage import call

pytestmark = pytest.mark.asyncio(loop_scope="module")
OLD = "me cobraron dos veces el envío de Zacatecas"


async def test_the_model_sees_nothing_of_the_closed_case(stage):
    """Neither the text nor the hand-over is in the next request, and the bot keeps talking."""
    line = stage.line()
    stage.model.says(call("talk_to_person", reason="Zacatecas"))
    await line.say(OLD)
    assert "Zacatecas" in stage.asked()
    async with stage.colleague("ana") as ana:
        await ana.do(line.conversation, "take-over")
        await ana.do(line.conversation, "hand-back")
    assert "Lola otra vez" in (await line.event("console")).replies[0].text
    for words in ("hola", "¿me ayudas?"):
        stage.model.says("¿A qué país quieres enviar?")
        report = await line.say(words)
        assert [reply.text for reply in report.replies] == ["¿A qué país quieres enviar?"]
        assert "Zacatecas" not in stage.asked()
        assert "talk_to_person" not in str(stage.model.requests[-1]["contents"])
        assert await stage.owner(line) == "bot"
