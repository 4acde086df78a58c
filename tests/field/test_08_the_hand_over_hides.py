"""Field failure 8: the hand-over hides in the words of the answer, and is missed.

chatwoot/chatwoot PR #13178: a magic word in the text stood for it, and friendly instructions made
the model say something else. Here it is a call of its own, and no word of an answer is read as one.
"""

import pytest

from tests.field.stage import call

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_call_counts_whatever_is_said_beside_it(stage):
    """Friendly text and the call in one answer: the sender waits for a person, and is told so."""
    line = stage.line()
    stage.model.says("¡No te preocupes, todo está bien!", call("talk_to_person", reason="dispute"))
    report = await line.say("no reconozco este cargo")
    assert await stage.owner(line) == "waiting"
    assert [title for _, title in report.replies[0].options] == ["Seguir con Lola"]
    assert "todo está bien" not in report.replies[0].text


async def test_a_magic_word_is_a_word(stage):
    """What other software reads as a signal changes nothing here."""
    line = stage.line()
    stage.model.says("conversation_handoff")
    await line.say("no reconozco este cargo")
    assert await stage.owner(line) == "bot"
