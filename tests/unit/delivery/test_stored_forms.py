"""What version 0.1.0 left in Redis is still taken, sent and reported (tests/data/README.md)."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from lola.channel.contract import SendPolicy
from lola.delivery import Limits, Outbox, Ready
from lola.domain.messages import ConversationId, LinkMessage, TextContent
from lola.domain.session import session_from_json, session_to_json
from lola.state import Keys
from tests.unit.delivery.workbench import Bench, answer, texts

FOLDER = Path(__file__).parents[2] / "data" / "stored_forms"
STORED = json.loads((FOLDER / "delivery.json").read_text(encoding="utf-8"))
SESSIONS = json.loads((FOLDER / "sessions.json").read_text(encoding="utf-8"))["sessions"]


def conversation(title):
    return ConversationId(STORED["senders"][title]["conversation"])


async def load(redis, project):
    """Write every stored key under another project's name."""
    for name, stored in STORED["keys"].items():
        key, value = project + name.removeprefix("stored"), stored["value"]
        match stored["type"]:
            case "string":
                await redis.set(key, value)
            case "list":
                await redis.rpush(key, *value)
            case "hash":
                await redis.hset(key, mapping=value)
            case "zset":
                await redis.zadd(key, dict(value))
            case "stream":
                for entry, fields in value:
                    await redis.xadd(key, fields, id=entry)


@pytest.fixture
async def bench(connections, clock):
    clock.now = datetime.fromisoformat(STORED["now"])
    keys = Keys(f"t{uuid4().hex[:12]}")
    await load(connections.commands, keys.project)
    bench = Bench(connections, keys, clock, limits=Limits(max_attempts=5))
    bench.lost = []

    async def on_lost(row, reason):
        bench.lost.append((row.message.content, reason))

    bench.outbox = Outbox(
        connections,
        keys,
        clock,
        policies={"whatsapp": SendPolicy(correlation="id")},
        on_lost=on_lost,
    )
    return bench


async def ready_of(bench, kind, title):
    """Return the one ready entry of a conversation."""
    name = conversation(title)
    return Ready(name, await bench.redis.get(bench.keys.box(kind, name).flag))


async def acquired(bench, title):
    return await bench.inbox.acquire(await ready_of(bench, "inbox", title), "w1")


async def served(bench, title):
    """Send what is ready of one conversation; return the rows of this call."""
    before = len(bench.courier.rows)
    await bench.outbox.mailbox.prepare()
    await bench.outbox.serve(await ready_of(bench, "outbox", title), "w1", bench.courier)
    return bench.courier.rows[before:]


async def letters(bench, title):
    found = await bench.dead_letters.newest()
    return [letter for letter in found if letter.conversation == conversation(title)]


async def test_waiting_messages_of_every_kind_are_read(bench):
    """Content, proof of number, time and redaction come back as they were accepted."""
    await bench.inbox.mailbox.prepare()
    work = await acquired(bench, "messages waiting")
    kinds = [item.inbound.content.type for item in work.envelopes]
    assert kinds == [
        *("text", "choice", "contacts", "location", "media", "reaction", "unsupported"),
    ]
    first, second = work.envelopes[:2]
    assert first.inbound.content == TextContent(text="¿cuánto es 1/3? {} []")
    assert (first.seq, first.attempts, first.trace_id) == (1, 0, "trace-0")
    assert (first.inbound.address.phone, first.inbound.redacted) == ("+525500000099", ("card",))
    assert first.accepted_at == first.inbound.sent_at == bench.clock.now
    assert second.inbound.carrier == "stop"


async def test_an_event_behind_the_messages_is_read_in_its_own_turn(bench):
    """The commit of this version takes the older envelopes away and leaves the event."""
    await bench.inbox.mailbox.prepare()
    work = await acquired(bench, "messages waiting")
    assert await bench.inbox.commit(work, answer(work)) == "more"
    (event,) = (await bench.inbox.reload(work)).envelopes
    assert event.inbound.content.data == {"ticket": "tk_1", "n": 1.5, "list": []}


async def test_a_message_that_failed_once_comes_back_with_its_attempt(bench):
    """The delay set, the flag and the count of attempts are those of the older version."""
    await bench.inbox.mailbox.prepare()
    await bench.later(60)
    work = await acquired(bench, "message that failed once")
    assert (texts(work), work.envelopes[0].attempts) == (["otra vez"], 1)
    assert await bench.inbox.fail(work, "busy") == "delayed"
    await bench.later(60)
    work = await acquired(bench, "message that failed once")
    assert work.envelopes[0].attempts == 2


async def test_pending_rows_leave_in_their_order_with_all_they_carry(bench):
    """Author, money, validity, language and time of the sender's last message are kept."""
    rows = await served(bench, "rows pending")
    assert [row.author for row in rows] == [*["bot"] * 4, "code", "staff", "consent"]
    assert [row.money for row in rows] == [False, False, True, False, True, False, False]
    until = [row.valid_until for row in rows]
    assert until == [None, datetime.fromisoformat("2026-03-01T13:00:00+00:00"), *[None] * 5]
    assert {row.language for row in rows} == {"es"}
    assert {row.heard_at.isoformat() for row in rows} == {"2026-03-01T09:00:00+00:00"}
    assert rows[0].message.content == 'hola ñ {} [] \n "comillas"'
    assert isinstance(rows[4].message, LinkMessage)
    assert rows[0].address.sender == STORED["senders"]["rows pending"]["sender"]


async def test_a_pending_row_whose_validity_is_over_is_dropped(bench):
    """The header's `valid_until` is read by the script of this version."""
    bench.clock.advance(3600)
    assert len(await served(bench, "rows pending")) == 6


async def test_a_bots_row_is_dropped_once_a_person_has_the_conversation(bench):
    """The header's author and epoch are read by the script of this version."""
    ownership = await bench.owners.get(conversation("rows pending"))
    assert await bench.owners.set_owner(
        conversation("rows pending"), type(ownership)(owner="human", staff="ana"), 0
    )
    assert [row.author for row in await served(bench, "rows pending")] == [
        *("code", "staff", "consent")
    ]


async def test_a_row_without_language_and_time_is_sent(bench):
    """An even older version did not write them."""
    (row,) = await served(bench, "row of a version before this one")
    assert (row.message.content, row.language, row.heard_at) == ("sin idioma", "", None)


async def test_a_refused_row_is_tried_again_before_the_next(bench):
    """It is pending with one attempt; the wait that its channel asked for is kept."""
    await bench.later(3600)
    rows = await served(bench, "row to be sent again after a refusal")
    assert [(row.message.content, row.attempts) for row in rows] == [
        ("un momento", 2),
        ("y esto después", 1),
    ]
    assert not any(row.resent for row in rows)


@pytest.mark.parametrize(
    "title", ["row held, outcome unknown", "row whose sender died in the call"]
)
async def test_a_row_with_an_unknown_outcome_is_sent_once_more_after_its_hold(bench, title):
    """The header's state, time and count of resends are read by the script of this version."""
    if "died" in title:
        assert await served(bench, title) == []
    await bench.later(61)
    (row,) = await served(bench, title)
    assert (row.resent, row.attempts) == (True, 2)


@pytest.mark.parametrize(
    ("title", "reason", "lost"),
    [
        (
            "row held, outcome unknown, about money",
            "outcome unknown, about money",
            [("tu enlace", "outcome unknown, about money")],
        ),
        ("row resent, outcome unknown again", "outcome unknown twice", []),
    ],
)
async def test_a_row_that_must_not_be_sent_again_is_a_dead_letter(bench, title, reason, lost):
    """Text about money, and a second unknown outcome, go to a person."""
    await bench.later(130)
    assert await served(bench, title) == []
    (letter,) = await letters(bench, title)
    assert (letter.kind, letter.reason) == ("outbox", reason)
    assert bench.lost == lost


async def test_a_failure_reported_for_an_older_row_is_a_dead_letter(bench):
    """The kept copy is found by the provider's id and read by both sides of the codec."""
    title = "row sent, report outstanding"
    found = {"channel": "whatsapp", "provider_id": "provider-11-1d38d8dd48964876b98cf480"}
    row = await bench.statuses.sent_row("", **found)
    assert (row.message.content, row.money, row.author) == ("tu envío salió", True, "code")
    assert await bench.statuses.record_status(
        "", "failed", dead_letter=(row, "failed 131026"), **found
    )
    (letter,) = await letters(bench, title)
    assert (letter.reason, letter.attempts) == ("failed 131026", 1)
    assert letter.body["message"]["content"] == "tu envío salió"
    assert await bench.statuses.sent_row("", **found) is None


async def test_a_report_ends_the_hold_of_an_older_row(bench):
    """A row that was delivered is taken out of the outbox and not sent again."""
    title = "row held, outcome unknown"
    assert await bench.statuses.record_status("12-fef1b877569604954998138f", "delivered")
    await bench.outbox.mailbox.promote()
    assert await served(bench, title) == []
    assert not await bench.redis.exists(bench.keys.box("outbox", conversation(title)).mailbox)


async def test_dead_letters_are_read(bench):
    """Both kinds, with reason, attempts, trace and body."""
    (letter,) = await letters(bench, "message that was given up")
    assert (letter.kind, letter.attempts, letter.trace_id) == ("inbox", 2, "trace")
    assert letter.reason == "handler failed: KeyError LOLA-301"
    assert letter.body["inbound"]["content"]["text"] == "veneno"
    (letter,) = await letters(bench, "row rejected")
    assert (letter.kind, letter.reason, letter.attempts) == ("outbox", "LOLA-303", 1)


async def test_owners_and_the_handoff_queue_are_read(bench):
    """Owner, epoch, staff and reason; the queue holds who waits before who is with a person."""
    person = await bench.owners.get(conversation("owner is a person"))
    assert (person.owner, person.epoch, person.staff, person.reason) == (
        *("human", 2, "ana", "asked"),
    )
    bot = await bench.owners.get(conversation("owner is the bot again"))
    assert (bot.owner, bot.epoch) == ("bot", 2)
    assert [name for name, _ in await bench.owners.handoff_queue()] == [
        conversation("message that was given up"),
        conversation("owner is a person"),
    ]


async def test_timers_fire(bench):
    """Those of a turn and those that were set outside of one, each at its time."""
    assert await bench.timers.fire_due() == 0
    bench.clock.advance(601)
    assert await bench.timers.fire_due() == 1
    bench.clock.now += timedelta(hours=1)
    assert await bench.timers.fire_due() == 1
    await bench.inbox.mailbox.prepare()
    work = await acquired(bench, "timers")
    assert work.envelopes[0].inbound.content.data == {"epoch": 3}
    assert (work.envelopes[0].trace_id, work.version) == ("trace-9", 1)


async def test_the_audit_trail_is_read(bench):
    """Oldest first, each with its conversation and trace."""
    records = await bench.audit_trail.newest()
    assert [record.body for record in records] == [
        {"event": "ticket.created", "ticket": "tk_1"},
        {"event": "ticket.sent", "ticket": "tk_1", "attempt": 2},
    ]
    assert {(record.subject, record.trace_id) for record in records} == {
        (conversation("ticket in the audit trail"), "trace")
    }


def is_kept(stored, again):
    """Return whether a value still holds everything; a later version may add fields."""
    match stored:
        case dict():
            return all(is_kept(value, again[name]) for name, value in stored.items())
        case list():
            return len(stored) == len(again) and all(map(is_kept, stored, again))
    return stored == again


@pytest.mark.parametrize("title", SESSIONS)
def test_sessions_are_read_and_written_again(title):
    """Address, language, draft, tickets and options of every stage of a conversation are kept."""
    stored = SESSIONS[title]
    session = session_from_json(stored)
    again = session_to_json(session)
    for field in ("address", "language", "profile_name", "tickets", "offered"):
        assert is_kept(stored[field], again[field]), field
    assert (session.draft is None) == (stored["draft"] is None)
    assert session_from_json(again) == session


def test_the_sample_holds_every_stage_of_a_conversation():
    """A sample that lost its contents would prove nothing."""
    assert {len(stored["tickets"]) for stored in SESSIONS.values()} == {0, 1}
    assert {fact for stored in SESSIONS.values() for fact in stored["facts"]} == {
        *("consent_asked", "consent_resume_asked", "number_asked", "number_thanked"),
        *("proposal", "waiting_told_at"),
    }
    assert any(stored["draft"] for stored in SESSIONS.values())
    assert any(stored["owed"] for stored in SESSIONS.values())
