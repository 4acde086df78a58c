"""What a colleague wrote with the provider's app, in the conversation's history."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lola.conversation.stages.colleague_events import ColleagueEvents
from lola.domain.events import COLLEAGUE_QUIET, COLLEAGUE_WROTE
from lola.domain.messages import EventContent
from lola.escalation.colleagues import APP
from tests.support import BOT, HUMAN, NOW, inbound, turn

HOUR = timedelta(hours=1)
THEIRS = replace(HUMAN, staff=APP)


async def wrote(text, *, patience=HOUR, ownership=BOT, **data):
    event = EventContent(name=COLLEAGUE_WROTE, data={"text": text, **data})
    about = turn(replace(inbound(event), sent_at=NOW), ownership=ownership)
    return await ColleagueEvents(patience).wrote(about, event)


async def test_it_is_remembered_and_not_sent():
    """Staff read it as a reply of staff, the agent sees it as said, and nothing goes out."""
    result = await wrote("Le atiende Rosa")
    assert result.messages == ()
    assert [message.content for message in result.announced] == ["Le atiende Rosa"]
    assert (result.author, result.staff) == ("staff", APP)
    assert [message.text for message in result.remember] == ["Le atiende Rosa"]
    assert result.escalate.owner == "human"


async def test_a_long_text_is_kept_whole():
    """An app's message may be longer than one of ours."""
    result = await wrote("palabra " * 300)
    assert len(result.announced) > 1


async def test_what_was_removed_is_named():
    """A card number that a colleague wrote is kept nowhere."""
    assert (await wrote("[card]", removed=["card"])).findings == ("card",)


async def test_a_conversation_that_staff_have_keeps_its_owner():
    """The console's owner goes on; their colleague's words are recorded all the same."""
    result = await wrote("hola", ownership=HUMAN)
    assert result.escalate is None
    assert result.announced


@pytest.mark.parametrize(("patience", "timers"), [(HOUR, 1), (timedelta(), 0)])
async def test_the_end_is_set_where_there_is_one(patience, timers):
    """One hour after the message, or never."""
    result = await wrote("hola", patience=patience)
    assert [timer.at for timer in result.later] == [NOW + patience] * timers


@pytest.mark.parametrize(
    ("quiet", "ownership", "owner"),
    [(60, THEIRS, "bot"), (20, THEIRS, None), (60, HUMAN, None), (60, BOT, None)],
)
async def test_the_bot_speaks_again_after_the_silence(quiet, ownership, owner):
    """Nothing is said; the next message is answered."""
    event = EventContent(name=COLLEAGUE_QUIET)
    about = turn(inbound(event), ownership=ownership)
    session = about.session.evolve(colleague_at=NOW - timedelta(minutes=quiet))
    result = await ColleagueEvents(HOUR).quiet(about.evolve(session=session), event)
    assert result.messages == ()
    assert (result.escalate and result.escalate.owner) == owner
