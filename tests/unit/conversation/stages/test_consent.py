"""What it records, says, asks and lets through (`stages.consent` and `stages.opted_out`)."""

from dataclasses import replace
from uuid import uuid4

import pytest

from lola.consent import ConsentStore
from lola.conversation.consent_requests import KEEP, START, STOP
from lola.conversation.pipeline import Pipeline
from lola.conversation.result import TurnResult
from lola.conversation.stages.consent import ROUTE, ConsentStage
from lola.conversation.stages.opted_out import OptedOutStage
from lola.domain.messages import (
    LocationContent,
    MediaContent,
    Option,
    TextContent,
    UnsupportedContent,
)
from lola.settings import Settings
from lola.state import Keys
from lola.text.wording import Wording
from tests.support import ADDRESS, BOT, HUMAN, WAITING, ManualClock, draft, inbound, tap, turn, work


class Chat:
    """One sender before both stages; the session goes from turn to turn as the engine keeps it."""

    def __init__(self, book, clock):
        self.book = book
        self.clock = clock
        consent = ConsentStage(book, Wording(), Settings(brand_name="Banco Sol"))
        self.stages = Pipeline([consent, OptedOutStage()])
        self.session = turn().session
        self.history = ()
        self.token = 0

    async def say(self, *messages, ownership=BOT):
        self.token += 1
        burst = tuple(
            inbound(TextContent(text=item)) if isinstance(item, str) else item for item in messages
        )
        burst = tuple(
            replace(item, id=f"wamid.{self.token}.{place}") for place, item in enumerate(burst)
        )
        now = self.clock()
        leased = work(token=self.token, history=self.history, ownership=ownership)
        result, _ = await self.stages.incoming(
            turn(*burst, session=self.session, now=now, accepted_at=now, work=leased)
        )
        if not isinstance(result, TurnResult):
            return result
        self.session = result.turn.session
        if result.messages:
            offered = getattr(result.messages[-1], "options", ())
            self.session = self.session.evolve(offered=offered)
        return result

    async def state(self):
        return (await self.book.get(ADDRESS)).state


@pytest.fixture
def chat(connections):
    clock = ManualClock()
    return Chat(ConsentStore(connections, Keys(f"t{uuid4().hex[:12]}"), clock), clock)


def ids(result):
    return [option.id for option in result.messages[0].options]


async def test_a_clear_wish_is_kept_and_confirmed_once(chat):
    """One confirmation goes out, as the one text that is allowed; a second STOP gets none."""
    result = await chat.say("Ya no me escriban, por favor")
    assert (result.route, result.author) == (ROUTE, "consent")
    assert "ya no te escribe" in result.messages[0].content
    assert await chat.state() == "out"
    assert (await chat.say("STOP")).messages == ()


async def test_it_answers_in_the_language_of_the_wish(chat):
    """A sender whose language is not known yet gets the reply in their own."""
    assert "START" in (await chat.say("stop texting me")).messages[0].content


@pytest.mark.parametrize("ownership", [HUMAN, WAITING])
async def test_it_is_read_during_a_takeover(chat, ownership):
    """Who owns the conversation changes nothing about the wish."""
    result = await chat.say("BAJA", ownership=ownership)
    assert (result.author, await chat.state()) == ("consent", "out")


@pytest.mark.parametrize("text", ["cancelar", "ya basta", "ayuda"])
async def test_doubt_and_help_are_left_to_staff(chat, text):
    """During a takeover the bot asks no question."""
    assert not isinstance(await chat.say(text, ownership=HUMAN), TurnResult)


async def test_what_the_carrier_read_is_kept_and_gets_no_reply(chat):
    """Twilio confirms STOP itself, and takes nothing more from us (reference/channels.md 2.8)."""
    result = await chat.say(inbound("STOP", carrier="stop"))
    assert (result.messages, await chat.state()) == ((), "out")
    result = await chat.say(inbound("START", carrier="start"))
    assert (result.messages, await chat.state()) == ((), "in")
    assert (await chat.say(inbound("HELP", carrier="help"))).messages == ()
    assert [line.how for line in await chat.book.changes(ADDRESS)] == ["carrier", "carrier"]


async def test_blocking_a_bot_is_kept_in_silence(chat):
    """Telegram reports a block, and that it was lifted (reference/channels.md 3.1)."""
    membership = UnsupportedContent(kind="my_chat_member")
    for wish, state in (("stop", "out"), ("start", "in"), ("start", "in")):
        result = await chat.say(inbound(membership, carrier=wish))
        assert (result.messages, await chat.state()) == ((), state)
    assert [line.how for line in await chat.book.changes(ADDRESS)] == ["carrier", "carrier"]


async def test_the_rest_of_a_burst_with_the_carriers_word_goes_on(chat):
    """A sender who is in already and writes more in the same burst gets a reply to it."""
    for word in ("start", "help"):
        result = await chat.say(inbound("START", carrier=word), "quiero mandar 200")
        assert result.text == "quiero mandar 200"


async def test_cancel_in_the_middle_of_something_is_about_that(chat):
    """With a draft, an offer, a conversation or a burst the word goes to the agent."""
    chat.session = chat.session.evolve(draft=draft())
    assert not isinstance(await chat.say("cancelar"), TurnResult)
    chat.session = turn().session.evolve(offered=(Option(id="a", title="Uno"),))
    assert not isinstance(await chat.say("cancel"), TurnResult)
    chat.session = turn().session
    assert not isinstance(await chat.say("quiero mandar 200", "cancelar"), TurnResult)
    chat.history = ({"route": "onboarding"},)
    assert not isinstance(await chat.say("cancelar"), TurnResult)
    assert await chat.state() == "in"


async def test_cancel_out_of_nowhere_is_asked_about_once(chat):
    """With nothing to cancel the sender is asked, with buttons; their no settles it."""
    result = await chat.say("cancelar")
    assert (ids(result), await chat.state()) == ([STOP, KEEP], "in")
    assert "seguimos" in (await chat.say(tap(KEEP))).messages[0].content
    assert not isinstance(await chat.say("cancelar"), TurnResult)


@pytest.mark.parametrize("answer", ["sí", "Basta", "cancelar", "no me escriban"])
async def test_a_yes_or_the_word_again_confirms_the_doubt(chat, answer):
    """Asked once, the sender need not find the button."""
    await chat.say("ya basta")
    result = await chat.say(answer)
    assert (result.author, await chat.state()) == ("consent", "out")


async def test_a_no_leaves_the_draft_where_it_was(chat):
    """The choice that the question pushed aside is offered again."""
    chat.session = chat.session.evolve(draft=draft())
    await chat.say("basta")
    result = await chat.say("no")
    assert [item.partition(":")[0] for item in ids(result)] == ["draft"] * 3
    assert result.turn.session.draft == draft()


async def test_an_unanswered_question_decides_nothing(chat):
    """A sender who just goes on has not opted out."""
    await chat.say("no más")
    assert not isinstance(await chat.say("¿cuánto cobran?"), TurnResult)
    assert await chat.state() == "in"


async def test_after_a_stop_no_agent_sees_a_message(chat):
    """Neither a model nor a notice replies; thanks get silence."""
    await chat.say("alto")
    for message in ("gracias", inbound(LocationContent(latitude=1, longitude=1))):
        assert (await chat.say(message)).messages == ()


async def test_a_sender_who_comes_back_is_asked_once(chat):
    """A later message gets one question with the way back, and no reply until it is taken."""
    await chat.say("alto")
    chat.clock.advance(hours=2)
    result = await chat.say("quiero mandar 200")
    assert (result.author, ids(result)[0]) == ("consent", START)
    assert (await chat.say("hola?")).messages == ()
    result = await chat.say(tap(START))
    assert (result.author, await chat.state()) == ("code", "in")
    assert not isinstance(await chat.say("quiero mandar 200"), TurnResult)


async def test_a_sender_who_lifts_a_block_is_asked_at_once(chat):
    """They got no confirmation that a "gracias" could reply to."""
    await chat.book.record(ADDRESS, "out", how="provider", event="row-1")
    assert ids(await chat.say("hola"))[0] == START


async def test_a_caption_is_read_too(chat):
    """What is written under a picture counts."""
    await chat.say(inbound(MediaContent(media="image", caption="ya no me escriban")))
    assert await chat.state() == "out"


async def test_a_no_to_coming_back_gets_no_reply(chat):
    """Then the sender stays out, in silence."""
    await chat.say("alto")
    chat.clock.advance(hours=2)
    await chat.say("hola")
    assert (await chat.say("no")).messages == ()
    assert await chat.state() == "out"


async def test_start_brings_the_rest_of_the_burst_along(chat):
    """What was asked together with START goes to the agent, without a welcome in between."""
    await chat.say("baja")
    result = await chat.say("ALTA", "quiero mandar 200")
    assert (result.text, await chat.state()) == ("quiero mandar 200", "in")


async def test_start_of_a_sender_who_is_in_is_an_ordinary_word(chat):
    """Nothing to record, nothing to reply by code."""
    assert not isinstance(await chat.say("start"), TurnResult)


async def test_yes_is_the_carriers_start_only_while_it_blocks(chat):
    """Twilio takes YES as START after its STOP, and so do we (reference/channels.md 2.8)."""
    assert not isinstance(await chat.say("yes"), TurnResult)
    await chat.say(inbound("STOP", carrier="stop"))
    assert (await chat.say("YES")).messages == ()
    assert await chat.state() == "in"


async def test_help_names_the_bank_and_the_way_out(chat):
    """Code replies to HELP and AYUDA, also after an opt-out (reference/channels.md 2.8)."""
    for author in ("code", "consent"):
        result = await chat.say("AYUDA")
        assert result.author == author
        assert all(word in result.messages[0].content for word in ("Banco Sol", "BAJA", "PERSONA"))
        await chat.say("baja")


async def test_the_last_wish_of_a_burst_holds_and_each_is_logged(chat):
    """STOP and then START is START; a turn that is repeated logs neither twice."""
    for _ in range(2):
        await chat.say("stop", "quiero mandar 200", "start")
        chat.token -= 1
    assert await chat.state() == "in"
    assert [line.state for line in await chat.book.changes(ADDRESS)] == ["out", "in"]


async def test_help_leaves_the_draft_where_it_was(chat):
    """The sender can still confirm with a tap after asking for help."""
    chat.session = chat.session.evolve(draft=draft())
    assert len(ids(await chat.say("ayuda"))) == 3


async def test_a_turn_that_is_repeated_confirms_again(chat):
    """A crash between the record and the commit must not swallow the confirmation."""
    await chat.say("stop")
    chat.token -= 1
    assert len((await chat.say("stop")).messages) == 1
