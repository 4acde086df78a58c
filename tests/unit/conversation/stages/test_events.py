"""Replies to events: written by code, and sent only when still true (`stages.events`)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lola.agent.context import turn_data
from lola.conversation.deferred import MAX_DEFERRED, deferred_replies
from lola.conversation.handoff import TAKE_BACK, Handoff
from lola.conversation.outbox_events import (
    deferred_event,
    lost_event,
    refused_event,
    repeat_event,
)
from lola.conversation.stages.colleague_events import ColleagueEvents
from lola.conversation.stages.events import LONG_AGO, EventsStage
from lola.delivery.model import OutboxRow, Ownership
from lola.domain.events import (
    CONSOLE_HANDBACK,
    CONSOLE_RESOLVE,
    DATA_REQUEST,
    HANDOFF_LATE,
    SENDER_CHANGED,
    TICKET_EXPIRED,
    TICKET_NUDGE,
)
from lola.domain.messages import EventContent, TextContent, TextMessage
from lola.domain.session import StaffNote
from lola.money.bank_data import BankData
from lola.money.callbacks import Handlers
from lola.money.data_requests import DataRequests
from lola.money.handlers import CALLBACKS
from lola.money.renewal import PREFIX
from lola.money.service import MoneyService
from lola.text.wording import Wording
from tests.support import ADDRESS, BOT, HUMAN, NOW, WAITING, draft, inbound, ticket, turn


@pytest.fixture
def events(money: MoneyService) -> EventsStage:
    async def unknown(phone, fields):
        return None

    requests = DataRequests(client=None, bank=BankData(unknown, timeout=1), fields=("dob",))
    return EventsStage(
        Wording(),
        Handoff(Wording()),
        money,
        Handlers(CALLBACKS),
        requests,
        None,
        ColleagueEvents(timedelta(minutes=60)),
        None,
    )


@pytest.fixture
def happens(events: EventsStage):
    async def happen(name, *tickets, ownership=BOT, now=NOW, **data):
        """Handle one event in a conversation with these tickets."""
        about = turn(inbound(EventContent(name=name, data=data)), now=now, ownership=ownership)
        about = about.evolve(session=about.session.evolve(tickets=tickets))
        return await events.incoming(about)

    return happen


async def test_an_expired_link_is_told_and_can_be_prepared_again(happens) -> None:
    """The ticket ends, and one tap asks for the same transfer with a new quote."""
    result = await happens(TICKET_EXPIRED, ticket(), ticket="tk_1")
    assert result.turn.session.tickets[0].status == "expired"
    (message,) = result.messages
    assert [option.id for option in message.options] == [f"{PREFIX}tk_1"]
    assert "Rosa" in message.content
    assert result.author == "bot"


@pytest.mark.parametrize("status", ["approved", "cancelled", "expired", "failed"])
async def test_a_ticket_that_is_over_does_not_expire(happens, status: str) -> None:
    """A timer may be late; the approval was faster."""
    result = await happens(TICKET_EXPIRED, ticket(status=status), ticket="tk_1")
    assert result.messages == ()
    assert result.turn.session.tickets[0].status == status


async def test_an_unopened_link_is_recalled_once_with_the_link_in_it(happens) -> None:
    """It counts as a message about money, and is not sent after the link's end."""
    result = await happens(TICKET_NUDGE, ticket(), ticket="tk_1")
    (message,) = result.messages
    assert message.links[0].url == ticket().short_url
    assert (result.money, result.valid_until) == (True, ticket().expires_at)
    assert result.turn.session.tickets == (ticket(),)


@pytest.mark.parametrize(
    ("status", "now"), [("opened", NOW), ("approved", NOW), ("link_sent", ticket().expires_at)]
)
async def test_a_link_that_needs_no_nudge_gets_none(happens, status: str, now) -> None:
    """Opened, done, or over already."""
    assert (
        await happens(TICKET_NUDGE, ticket(status=status), ticket="tk_1", now=now)
    ).messages == ()


@pytest.mark.parametrize("name", [TICKET_EXPIRED, TICKET_NUDGE])
@pytest.mark.parametrize("ownership", [WAITING, HUMAN])
async def test_the_bot_keeps_quiet_while_a_person_is_needed(
    happens, name: str, ownership: Ownership
) -> None:
    """The ticket moves on all the same, and the person sees it."""
    result = await happens(name, ticket(), ownership=ownership, ticket="tk_1")
    assert result.messages == ()
    assert (result.turn.session.tickets[0].status == "expired") == (name == TICKET_EXPIRED)


@pytest.mark.parametrize("name", [TICKET_EXPIRED, TICKET_NUDGE])
async def test_a_forgotten_ticket_says_nothing(happens, name: str) -> None:
    """The state of the conversation ended before the link did."""
    assert (await happens(name, ticket="tk_1")).messages == ()


async def test_when_no_person_comes_the_sender_is_told_and_the_log_has_an_error(
    happens, capsys
) -> None:
    """An apology with the way back, and an error in the log; the conversation keeps waiting."""
    result = await happens(HANDOFF_LATE, ownership=WAITING, epoch=4)
    assert [option.id for option in result.messages[0].options] == [TAKE_BACK]
    assert (result.author, result.escalate) == ("code", None)
    assert "handoff.late" in capsys.readouterr().out


@pytest.mark.parametrize("ownership", [BOT, HUMAN, Ownership(owner="waiting", epoch=6)])
async def test_a_deadline_that_was_met_is_silent(happens, ownership: Ownership, capsys) -> None:
    """Staff came, the sender took it back, or this is another wait with its own deadline."""
    assert (await happens(HANDOFF_LATE, ownership=ownership, epoch=4)).messages == ()
    assert "handoff.late" not in capsys.readouterr().out


ROW = OutboxRow(
    id="3-abc", conversation=ADDRESS.conversation, address=ADDRESS, author="bot", money=True,
    message=TextMessage(content="su enlace"), epoch=0, trace_id="t",
)  # fmt: skip


async def test_a_lost_message_about_money_is_admitted_and_a_person_is_called(events) -> None:
    """Nothing is repeated; the reason waits for the person (docs/delivery.md, promise 5)."""
    event = lost_event(ROW, "result unknown, about money")
    result = await events.incoming(turn(event))
    assert result.escalate is not None
    assert (result.escalate.owner, result.escalate.epoch) == ("waiting", 1)
    assert result.escalate.reason == "result unknown, about money"
    assert result.author == "code"
    assert "su enlace" not in result.messages[0].content


async def test_a_person_who_is_there_already_is_not_called(events) -> None:
    """Staff see the dead letter; the sender is not told twice."""
    assert (await events.incoming(turn(lost_event(ROW, "x"), ownership=HUMAN))).messages == ()


def test_the_same_loss_is_one_event() -> None:
    """It may be reported twice; the inbox takes it once."""
    assert lost_event(ROW, "x").id == lost_event(ROW, "x").id
    assert refused_event(ROW, "x").id == refused_event(ROW, "x").id != lost_event(ROW, "x").id


async def test_a_message_that_cannot_reach_the_sender_calls_a_person_in_silence(events) -> None:
    """A message about it would be refused as well (reference/channels.md 1.7)."""
    result = await events.incoming(turn(refused_event(ROW, "LOLA-305 131047")))
    assert result.messages == ()
    assert result.escalate is not None
    assert (result.escalate.owner, result.escalate.reason) == ("waiting", "LOLA-305 131047")
    assert (await events.incoming(turn(refused_event(ROW, "x"), ownership=HUMAN))).escalate is None


async def test_a_reply_that_found_the_window_closed_is_sent_once_more(events) -> None:
    """Unchanged; the session knows that only a template can be sent (reference/channels.md 1.7)."""
    result = await events.incoming(turn(refused_event(ROW, "failed 131047", again=True)))
    assert result.messages == (ROW.message,)
    assert (result.author, result.money) == (ROW.author, ROW.money)
    assert result.turn.session.heard_at == LONG_AGO
    assert result.escalate is None


async def test_a_reply_that_fails_twice_calls_a_person(events) -> None:
    """What was sent once more and failed again is for a person, never sent in a circle."""
    about = turn(refused_event(ROW, "failed 131047", again=True))
    about = about.evolve(session=about.session.evolve(heard_at=LONG_AGO))
    result = await events.incoming(about)
    assert result.messages == ()
    assert result.escalate is not None


async def test_news_that_no_template_brought_waits_for_the_sender(events) -> None:
    """Once, beside the person who is called; also when the row was sent a second time in vain."""
    about = turn(refused_event(ROW, "failed 63040", waits=True))
    first = await events.incoming(about)
    assert first.escalate is not None
    again = turn(refused_event(ROW, "failed 63016", again=True))
    session = first.turn.session.evolve(heard_at=LONG_AGO)
    second = await events.incoming(again.evolve(session=session))
    for result in (first, second):
        assert result.messages == ()
        (waiting,) = deferred_replies(result.turn.session, NOW)
        assert waiting.message == ROW.message


async def test_a_message_that_failed_for_now_is_sent_once_more(events) -> None:
    """It waits for its time, and a second failure of the same message calls a person."""
    row = replace(ROW, message=TextMessage(content="dato"), author="bot", money=False)
    about = turn(repeat_event(row, "failed 30003", seconds=600))
    (later,) = (await events.incoming(about)).later
    assert later.at == NOW + timedelta(minutes=10)
    due = turn(later.event)
    sent = await events.incoming(due)
    assert ([one.content for one in sent.messages], sent.author) == (["dato"], "bot")
    again = turn(repeat_event(replace(row, id="other"), "failed 30003", seconds=600))
    last = await events.incoming(again.evolve(session=sent.turn.session))
    assert (last.messages, last.later) == ((), ())
    assert last.escalate.reason == "failed 30003"


async def test_a_sender_who_has_written_since_gets_no_old_message(events) -> None:
    """They were answered already; the old answer would only confuse."""
    about = turn(repeat_event(ROW, "failed 30003", seconds=600))
    (later,) = (await events.incoming(about)).later
    due = turn(later.event)
    written = due.session.evolve(heard_at=NOW + timedelta(minutes=1))
    result = await events.incoming(due.evolve(session=written))
    assert (result.messages, result.escalate) == ((), None)


async def test_deferred_replies_are_kept_in_order_and_dropped_when_its_time_is_over(events) -> None:
    """What a template took the place of is kept in the session, the newest few of it."""
    session = turn().session
    for number in range(MAX_DEFERRED + 1):
        text = TextMessage(content=f"noticia {number}")
        until = NOW + timedelta(hours=1) if number == 1 else None
        event = deferred_event(replace(ROW, id=f"r{number}", message=text, valid_until=until))
        about = turn(event).evolve(session=session)
        result = await events.incoming(about)
        assert result.messages == ()
        session = result.turn.session
    said = [one.message.content for one in deferred_replies(session, NOW)]
    assert said == [f"noticia {number}" for number in range(1, MAX_DEFERRED + 1)]
    later = [one.message.content for one in deferred_replies(session, NOW + timedelta(hours=1))]
    assert later == said[1:]
    assert deferred_replies(session, NOW)[0].money is ROW.money


async def test_another_person_behind_the_address_finds_nothing_of_the_first(events) -> None:
    """Draft, offer and memory end with the number; links stay known (reference/channels.md 1.4)."""
    about = turn(inbound(EventContent(name=SENDER_CHANGED, data={"change": "x"})))
    full = about.session.evolve(
        draft=draft(), tickets=(ticket(),), profile_name="Ana", number_thanked=True
    )
    result = await events.incoming(about.evolve(session=full))
    session = result.turn.session
    assert (session.draft, session.profile_name, session.number_thanked) == (None, "", False)
    assert session.tickets == full.tickets
    assert result.boundary
    assert result.messages == ()


async def test_a_data_request_is_settled_in_silence(happens) -> None:
    """The sender is told nothing; the audit trail has the result, without a value."""
    result = await happens(DATA_REQUEST, ticket(sender="sender-1"), **asked())
    assert result.messages == ()
    assert result.later == ()
    (record,) = result.turn.audit
    assert (record["outcome"], record["asked"], record["told"]) == ("not known", ["dob"], [])


def asked(**changes):
    data = {
        "ticket": "tk_1",
        "request": "dr_sol_1",
        "reference": "sender-1",
        "fields": ["dob"],
        "expires_at": ticket().expires_at.isoformat(),
    }
    return data | changes


async def test_staff_hand_back_with_a_note_that_the_next_case_forgets(happens) -> None:
    """The note is in the session, whose bot starts without memory; resolving leaves none."""
    back = await happens(CONSOLE_HANDBACK, staff="ana", note="mañana a las 10")
    assert back.boundary
    assert back.turn.session.staff_note == StaffNote(text="mañana a las 10", at=NOW)
    resolved = await happens(CONSOLE_RESOLVE, staff="ana", reason="answered")
    assert resolved.boundary
    assert resolved.turn.session.staff_note is None


async def test_a_model_gets_the_note_of_staff_as_data(happens) -> None:
    """It is a named fact beside the draft, with its day, and is not there without a note."""
    back = await happens(CONSOLE_HANDBACK, staff="ana", note="mañana a las 10")
    agreed = turn_data(back.turn, ())["agreed_with_staff"]
    assert agreed == {"text": "mañana a las 10", "date": NOW.date().isoformat()}
    assert "agreed_with_staff" not in turn_data(turn(inbound(TextContent(text="hola"))), ())
