"""Field failure 10: agents behind the first one forget the language (chatwoot/chatwoot#14853).

The rule stood in the first prompt only. Here the language is decided once, before there is an
agent, and kept behind every one of them.
"""

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")
SPANISH = "Claro que sí, con mucho gusto te ayudo. ¿Qué necesitas y a quién le quieres mandar?"
KINDS = {
    "new": "onboarding",
    "verified": "sender_home",
    "pending": "pending_cip",
    "blocked": "blocked",
    "broken": "service_unavailable",
}


@pytest.mark.parametrize("kind", KINDS)
async def test_every_agent_answers_in_the_senders_language(stage, kind):
    """Its instructions are in English, and a model that insists on Spanish is not passed on."""
    line = stage.line(kind)
    stage.model.says(SPANISH)
    stage.model.says(SPANISH)
    report = await line.say("hello, I would like some help please")
    assert report.route == KINDS[kind]
    assert report.language == "en"
    assert "it must be in plain English" in stage.asked()
    assert "Answer in English" in stage.instructions()
    assert [reply.text.partition(" and")[0] for reply in report.replies] == [
        "I had trouble answering"
    ]
    # Words of both languages change nothing afterwards.
    stage.model.says("Which country would you like to send to?")
    again = await line.say("ok")
    assert again.language == "en"
    assert [reply.text for reply in again.replies] == ["Which country would you like to send to?"]
