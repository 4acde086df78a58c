"""Field failure 21: after a hand-over between agents the next message goes back to the first.

openai/openai-agents-python#741, #1815, #1671. Here no agent hands over: code chooses one for every
message by what the partner says about the sender, and all of them share one memory.
"""

import pytest

from lola.sandbox.payhub.sample_data import VERIFIED
from tests.field.stage import call

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_whoever_became_a_customer_stays_with_the_customers_agent(stage):
    """Short answers go where the last one went, with its tools, its text and what was said."""
    line = stage.line("new")
    stage.model.says("¿A qué país quieres enviar?")
    assert (await line.say("hola, quiero enviar dinero")).route == "onboarding"
    stage.model.says("¿Cuánto quieres enviar?")
    assert (await line.say("México")).route == "onboarding"
    first = stage.offered()
    stage.harness.sandbox.senders.add_like(VERIFIED, line.address.phone, "passed")
    for words in ("200", "sí", "efectivo"):
        stage.model.says("¿Quién recibe el dinero?")
        report = await line.say(words)
        assert report.route == "sender_home"
        assert "México" in stage.asked()
        assert stage.offered() - first
    stage.harness.sandbox.senders.add_like(VERIFIED, line.address.phone, "blocked")
    stage.model.says(call("get_recipients"))
    stage.model.says("¿Quieres hablar con una persona?")
    report = await line.say("Rosa")
    assert report.route == "blocked"
    assert "there is no tool get_recipients" in stage.results()[0]["error"]
