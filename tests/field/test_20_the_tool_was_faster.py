"""Field failure 20: the tool runs before the guardrail has spoken.

openai/openai-agents-python#624, #889, #991, #1985, PR #2688: guards ran beside the agent. Here they
stand in its way, one after the other, before anything runs and before anything is sent.
"""

import pytest

from tests.field.stage import TRANSFER, call

pytestmark = pytest.mark.asyncio(loop_scope="module")
LIE = "Ya envié tu dinero: recibe 99,999.00 MXN."


@pytest.mark.parametrize("kind", ["blocked", "pending", "broken"])
async def test_compliance_comes_before_the_call(stage, kind):
    """Who may not send: the very first answer calls the tool, and there is no draft."""
    line = stage.line(kind)
    stage.model.says(call("prepare_transfer", **TRANSFER))
    stage.model.says("¿En qué más te ayudo?")
    await line.say("manda 200 dólares a Rosa Paz")
    assert "prepare_transfer" not in stage.offered()
    assert (await stage.state(line))["draft"] is None


async def test_refused_text_is_not_sent_and_starts_nothing(stage):
    """What the model wants after the guard has spoken is not run either."""
    line = stage.line("new")
    stage.model.says(LIE)
    stage.model.says(call("prepare_transfer", **TRANSFER))
    report = await line.say("hola")
    assert set(report.record["findings"]) >= {"claims", "numbers"}
    assert report.tools == ()
    assert (await stage.state(line))["draft"] is None
    assert "99,999" not in str(line.last_seen)
    assert "comprobar" in report.replies[0].text


async def test_card_data_is_gone_before_a_model_could_see_it(stage):
    """The input's own guard is the first of all: no model is asked about a card number."""
    line = stage.line("new")
    await line.say("paga con 4111 1111 1111 1111")
    assert stage.model.requests == []
    stage.model.says("¿A qué país quieres enviar?")
    await line.say("quiero enviar dinero")
    assert "1111 1111" not in stage.asked()
