"""Messages over the rate, and machines that answer our replies (`stages.limits`, `loops`)."""

from datetime import timedelta
from uuid import uuid4

import pytest

from lola.conversation.handoff import Handoff
from lola.conversation.loops import automatic_replies
from lola.conversation.stages.limits import QUIET_FOR, LimitsStage
from lola.domain.work import Envelope
from lola.settings import load_settings
from lola.state import Keys, Rates
from lola.testing.harness import Harness
from lola.text.wording import Wording
from tests.support import BOT, NOW, WAITING, ManualClock, inbound, tap, turn, work


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def make(connections, clock):
    """Build the stage with these settings; all of one test share their counts."""
    rates = Rates(connections, Keys(f"t{uuid4().hex[:12]}"), clock)

    def made(**settings) -> LimitsStage:
        chosen = load_settings(**{"messages_per_minute": 20, **settings})
        return LimitsStage(rates, Handoff(Wording()), Wording(), chosen)

    return made


def written(*texts: str, seq: int = 1, at=NOW, ownership=BOT, history=(), **changes):
    """A turn of messages that came at one time."""
    messages = [inbound(text) if isinstance(text, str) else text for text in texts]
    envelopes = [
        Envelope(seq=seq + n, attempts=1, accepted_at=at, trace_id="t", inbound=message)
        for n, message in enumerate(messages)
    ]
    leased = work(*envelopes, ownership=ownership, history=tuple(history))
    return turn(*messages, **{"now": at, "work": leased, **changes})


def replied(text: str, *replies: str, kind: str = "text", author: str = "bot") -> dict:
    """A record of the history."""
    return {
        "inbound": [{"kind": kind, "text": text}],
        "outbound": [{"content": reply} for reply in replies],
        "author": author,
    }


async def flooded(stage: LimitsStage, **changes):
    """The answer to a sender who wrote eleven messages at once."""
    return await stage.incoming(written(*(f"{n} dólares" for n in range(11)), **changes))


async def test_over_the_rate_the_sender_hears_it_once_and_then_nothing(make, clock) -> None:
    """One honest sentence; later turns are remembered in silence, and answered after the wait."""
    stage = make()
    first = await flooded(stage)
    assert first.route == "limit:messages"
    assert "Espera un minuto" in first.messages[0].content
    again = await stage.incoming(written("hola", seq=20, session=first.turn.session))
    assert (again.route, again.messages) == ("limit:messages", ())
    assert [message.text for message in again.remember] == ["hola"]
    clock.advance(minutes=1)
    calm = written("hola", seq=21, at=clock(), session=first.turn.session)
    assert await stage.incoming(calm) is calm


async def test_the_notice_comes_again_after_a_while_and_in_the_senders_language(make) -> None:
    """A sender who floods again later is told again."""
    stage = make()
    session = (await flooded(stage)).turn.session
    later = written("hi", seq=20, session=session, language="en").evolve(now=NOW + QUIET_FOR)
    answer = await stage.incoming(later)
    assert "wait a minute" in answer.messages[0].content


async def test_a_person_can_be_called_whatever_the_rate(make) -> None:
    """The wish goes on to the stage that calls one; while waiting, nothing is said."""
    stage = make()
    await flooded(stage)
    wish = written("quiero hablar con una persona", seq=20)
    assert await stage.incoming(wish) is wish
    waiting = await stage.incoming(written("persona", seq=21, ownership=WAITING))
    assert (waiting.route, waiting.messages) == ("limit:messages", ())


async def test_a_turn_that_is_repeated_after_a_crash_counts_once(make) -> None:
    """The same burst gets the same answer however often it is tried."""
    stage = make(messages_burst=3)
    same = written("uno", "dos")
    for _ in range(5):
        assert await stage.incoming(same) is same
    after = written("tres", seq=10)
    assert await stage.incoming(after) is after


async def test_senders_count_for_themselves_and_a_channel_for_all(make) -> None:
    """A channel's limit is another sentence, because its senders did nothing wrong."""
    stage = make(channel_messages_per_minute={"whatsapp": 12})
    await flooded(stage)
    other = [written("hola", seq=n, phone=f"+1555010{n:04}") for n in range(100, 113)]
    answers = [await stage.incoming(one) for one in other]
    assert answers[:12] == other[:12]
    assert answers[12].route == "limit:channel_messages"
    assert "muchas personas" in answers[12].messages[0].content


async def test_without_a_limit_nothing_is_counted(make) -> None:
    """0 switches it off."""
    stage = make(messages_per_minute=0)
    many = written(*["hola"] * 15)
    assert await stage.incoming(many) is many


async def test_a_machine_that_repeats_itself_is_not_answered_and_staff_is_told(make) -> None:
    """After ten replies to the same text a person is called and nothing is sent."""
    stage = make(messages_per_minute=0)
    history = [replied("Gracias por su mensaje.", f"¿En qué te ayudo? {n}") for n in range(11)]
    answer = await stage.incoming(written("gracias por su MENSAJE", history=history))
    assert answer.messages == ()
    assert (answer.escalate.owner, answer.escalate.reason) == ("waiting", "loop")
    still = written("Gracias por su mensaje.", history=history, ownership=WAITING)
    answer = await stage.incoming(still)
    assert (answer.messages, answer.escalate) == ((), None)
    person = written("¿me escuchan?", history=history)
    assert await stage.incoming(person) is person


def test_texts_in_turns_and_our_own_words_are_repetitions() -> None:
    """A machine with three sentences, and one that sends ours back."""
    cycle = ["uno", "dos", "tres"]
    history = [replied(cycle[n % 3], "ok") for n in range(13)]
    assert automatic_replies(written("dos", history=history)) == 11
    echoes = [replied("hola", "¿Qué necesitas?"), *[replied("¿Qué necesitas?", "No sé.")] * 3]
    assert automatic_replies(written("¿Qué necesitas?", history=echoes)) == 4


@pytest.mark.parametrize(
    ("history", "text"),
    [
        ([replied(f"{n} dólares", "ok") for n in range(20)], "21 dólares"),
        ([replied("Sí", "ok", kind="choice")] * 20, tap("x", "Sí")),
        ([replied("hola", "ok", author="staff")] * 20, "hola"),
        ([replied("hola")] * 20, "hola"),
        ([replied("hola", "ok"), *[replied(f"texto {n}", "ok") for n in range(9)]], "hola"),
    ],
    ids=["amounts", "taps", "staff", "silence", "long ago"],
)
def test_people_are_no_loops(history, text) -> None:
    """New texts, taps, a colleague's replies, silence, and a text of long ago."""
    assert automatic_replies(written(text, history=history)) < 10


async def test_messages_that_piled_up_during_an_outage_are_not_a_flood(make, clock) -> None:
    """They are counted when they came, not when they are read."""
    clock.advance(minutes=10)
    messages = [inbound(f"{n}") for n in range(15)]
    envelopes = [
        Envelope(
            seq=n,
            attempts=1,
            accepted_at=NOW + timedelta(seconds=30 * n),
            trace_id="t",
            inbound=message,
        )
        for n, message in enumerate(messages)
    ]
    late = turn(*messages, work=work(*envelopes), now=clock())
    assert await make().incoming(late) is late


async def test_a_running_service_slows_a_sender_down_and_loses_nothing(tmp_path) -> None:
    """Two replies, one notice, then silence; all four messages are in the history, in order."""
    settings = load_settings(
        port=0, lola_data=tmp_path, retriever="", messages_per_minute=1, messages_burst=2
    )
    async with Harness(settings) as harness:
        line = harness.sender(harness.new_number("verified"))
        texts = ("hola", "¿cuánto cuesta?", "¿y a Honduras?", "¿hola?")
        reports = [await line.say(text) for text in texts]
        assert [bool(report.replies) for report in reports] == [True, True, True, False]
        assert [report.route for report in reports[2:]] == ["limit:messages"] * 2
        history = (await harness.service.store.read(line.conversation)).history
        assert [record["inbound"][0]["text"] for record in history] == list(texts)
        metrics = harness.service.metrics.render().decode()
    assert 'lola_limited_total{limit="messages"} 2.0' in metrics
