"""Field failure 22: one invented tool name ends the whole run.

openai/openai-agents-python#325, #2204, #3459. Here the model is told which tools there are, as
often as its budget of calls lasts, and the sender gets an answer in any case.
"""

import pytest

from tests.field.stage import call

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_model_is_told_which_tools_there_are(stage):
    """A name that was not declared: its answer lists the real ones, and the turn goes on."""
    line = stage.line()
    stage.model.says(call("teleport_money", amount=200))
    stage.model.says(call("get_countries"))
    stage.model.says("¿A qué país quieres enviar?")
    report = await line.say("hola, quiero enviar dinero")
    (refusal,) = stage.results(1)
    assert "there is no tool teleport_money" in refusal["error"]
    assert all(name in refusal["error"] for name in stage.offered(0))
    assert report.tools == ("unknown", "get_countries")
    assert [reply.text for reply in report.replies] == ["¿A qué país quieres enviar?"]


async def test_who_never_stops_inventing_is_cut_off(stage):
    """The budget of calls ends it; the sender gets an honest answer, the next turn is normal."""
    line = stage.line()
    limit = stage.harness.service.settings.max_tool_calls
    for number in range(limit + 2):
        stage.model.says(call(f"invented_{number}"))
    report = await line.say("hola")
    assert report.tools == ("unknown",) * limit
    assert stage.offered() == set()
    assert len(report.replies) == 1
    assert report.replies[0].text
    stage.model.says("¿A qué país quieres enviar?")
    assert (await line.say("perdón, ¿me ayudas?")).replies[0].text == "¿A qué país quieres enviar?"
