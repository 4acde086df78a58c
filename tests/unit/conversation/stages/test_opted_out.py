"""The end of a turn of a sender who opted out (`lola.conversation.stages.opted_out`)."""

from lola.conversation.result import no_reply, reply_with
from lola.conversation.stages.opted_out import OptedOutStage
from lola.domain.messages import TextMessage
from tests.support import turn


async def test_it_says_what_consent_decided_on() -> None:
    """Whatever other stages added to the turn meanwhile is kept, and nothing else is said."""
    allowed = reply_with(turn("ayuda"), "consent", TextMessage(content="x"), author="consent")
    about = turn("ayuda", consent_answer=allowed).evolve(notes={"seen": True})
    result = await OptedOutStage().incoming(about)
    assert (result.messages, result.author) == (allowed.messages, "consent")
    assert result.turn is about


async def test_without_a_decision_it_is_silent() -> None:
    """The safe end when another stage lost it."""
    result = await OptedOutStage().incoming(turn())
    assert (result.route, result.messages) == ("consent", ())


async def test_silence_stays_silence() -> None:
    """Most messages of a sender who opted out get no reply."""
    result = await OptedOutStage().incoming(turn(consent_answer=no_reply(turn(), "consent")))
    assert result.messages == ()
