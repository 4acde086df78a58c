"""The bot's silence while staff own the conversation (`lola.conversation.stages.taken_over`)."""

from lola.conversation.stages.taken_over import TakenOverStage
from tests.support import HUMAN, turn


async def test_the_bot_says_nothing_and_keeps_what_was_written() -> None:
    """Staff read the message in the record, and a model sees it later."""
    result = await TakenOverStage().incoming(turn("¿sigue ahí?", ownership=HUMAN))
    assert (result.route, result.messages) == ("human", ())
    assert [message.text for message in result.remember] == ["¿sigue ahí?"]


def test_it_sees_messages_during_a_takeover_only() -> None:
    """Every other turn passes it by."""
    assert TakenOverStage.sees == {"taken_over"}
