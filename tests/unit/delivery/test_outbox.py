"""The way out against a real server: in order, at least once, at most twice, never out of turn."""

from datetime import timedelta

import pytest

from lola.delivery import Outbox, Ownership
from lola.errors import (
    AmbiguousSendError,
    ChannelStoppedError,
    MessageLimitError,
    RejectedError,
    RetryLaterError,
)
from tests.unit.delivery.workbench import address, reply

ME = address().conversation
HUMAN = Ownership(owner="human", staff="ana")


async def status_of(bench, row):
    return await bench.redis.hgetall(bench.keys.row_status(row.id))


async def test_rows_leave_in_the_order_of_their_commits(bench):
    """Two turns, two rows each: four messages in their order."""
    await bench.committed(reply("1"), reply("2"))
    await bench.committed(reply("3"), reply("4"))
    await bench.send()
    assert bench.courier.texts == ["1", "2", "3", "4"]
    assert await bench.leftovers() == []


async def test_a_row_is_marked_before_the_channel_is_called(bench):
    """If the process dies inside the call, the next one sees that the outcome is unknown."""
    seen = {}

    async def courier(row):
        seen.update(await status_of(bench, row))
        seen["raw"] = await bench.redis.lindex(bench.keys.box("outbox", ME).mailbox, 0)
        seen["row"] = row
        return ("p1",)

    bench.courier = courier
    await bench.committed(reply("hola", money=True))
    await bench.send()
    assert seen["status"] == "sending"
    assert " sending " in seen["raw"]
    assert (seen["row"].state, seen["row"].attempts, seen["row"].money) == ("sending", 1, True)
    assert (seen["row"].address, seen["row"].trace_id) == (address(), "trace")
    after = await status_of(bench, seen["row"])
    assert (after["status"], after["providers"]) == ("sent", '["p1"]')


@pytest.mark.parametrize(
    ("author", "owner", "goes"),
    [
        ("bot", None, True),
        ("bot", Ownership(owner="waiting"), False),
        ("bot", HUMAN, False),
        ("staff", None, True),
        ("staff", Ownership(owner="waiting"), True),
        ("staff", HUMAN, True),
        ("code", None, True),
        ("code", Ownership(owner="waiting"), True),
        ("code", HUMAN, True),
    ],
)
async def test_the_right_to_speak_is_asked_again_when_sending(bench, author, owner, goes):
    """A takeover between commit and send silences the bot (reference/field.md B.1, row 7)."""
    await bench.committed(reply(author, author=author))
    if owner:
        await bench.owners.set_owner(ME, owner, 0)
    await bench.send()
    assert bench.courier.texts == ([author] if goes else [])
    assert await bench.leftovers() == []


async def test_a_row_from_before_a_takeover_does_not_come_back_after_it(bench):
    """The bot owns the conversation again, but the answer belongs to a context that is over."""
    await bench.committed(reply("viejo"))
    await bench.owners.set_owner(ME, HUMAN, 0)
    await bench.owners.set_owner(ME, Ownership(owner="bot"), 1)
    await bench.committed(reply("nuevo"))
    await bench.send()
    assert bench.courier.texts == ["nuevo"]


async def test_a_promise_that_ran_out_is_not_made(bench):
    """An expired quote is not sent; the row behind it is."""
    until = bench.clock.now + timedelta(seconds=30)
    await bench.committed(reply("cotización", valid_until=until), reply("otra cosa"))
    bench.clock.advance(30)
    await bench.send()
    assert bench.courier.texts == ["otra cosa"]


async def test_a_busy_channel_gets_the_same_row_again_first(bench):
    """RetryLaterError: later, in order, and no sooner than the channel asked for."""
    await bench.committed(reply("1"), reply("2"))
    bench.courier.fail = [RetryLaterError("busy", after=30)]
    await bench.send()
    await bench.later(29)
    await bench.send()
    assert bench.courier.texts == ["1"]
    await bench.later(1)
    await bench.send()
    assert bench.courier.texts == ["1", "1", "2"]
    assert [row.attempts for row in bench.courier.rows] == [1, 2, 1]


@pytest.mark.parametrize(("seconds", "calls"), [(30, 1), (31, 0)])
async def test_a_sender_that_stood_still_does_not_call(bench, seconds, calls):
    """With a hold of 60 s, a call that may take 30 begins within 30 of its mark or not at all."""

    async def paused(row):
        bench.clock.advance(seconds)

    bench.outbox = Outbox(bench.connections, bench.keys, bench.clock, may_send=paused)
    await bench.committed(reply("tu enlace", money=True))
    await bench.send()
    assert len(bench.courier.rows) == calls


async def test_a_row_that_was_too_late_goes_out_as_if_it_had_not_been_tried(bench):
    """It certainly did not arrive, so even text about money is sent, once."""
    pauses = [61, 0]

    async def paused(row):
        bench.clock.advance(pauses.pop(0))

    bench.outbox = Outbox(bench.connections, bench.keys, bench.clock, may_send=paused)
    await bench.committed(reply("tu enlace", money=True))
    await bench.send()
    await bench.later(0)
    await bench.send()
    assert bench.courier.texts == ["tu enlace"]
    assert await bench.leftovers() == []
    assert await bench.dead_letters.newest() == ()


async def test_a_late_sender_whose_row_was_resolved_meanwhile_changes_nothing(bench):
    """Another worker resolved the row as unknown; the paused one is fenced when it goes on."""
    other = Outbox(bench.connections, bench.keys, bench.clock)

    async def paused(row):
        await bench.lose_lease(ME, "outbox")
        bench.clock.advance(61)
        await other.serve(ready, "w2", bench.courier)

    sleeper = Outbox(bench.connections, bench.keys, bench.clock, may_send=paused)
    await bench.committed(reply("tu enlace", money=True))
    (ready,) = await bench._take(sleeper.mailbox, "w1")
    await sleeper.serve(ready, "w1", bench.courier)
    assert bench.courier.rows == []
    (letter,) = await bench.dead_letters.newest()
    assert letter.reason == "outcome unknown, about money"


async def test_a_row_that_no_channel_takes_for_a_day_is_given_up(bench):
    """A conversation is never blocked for ever, and nothing vanishes without a trace."""
    bench.courier.fail = [RetryLaterError("busy")] * 40
    await bench.committed(reply("1"))
    await bench.send()
    await bench.later(24 * 3600 + 1)
    await bench.send()
    (letter,) = await bench.dead_letters.newest()
    assert (letter.kind, letter.reason) == ("outbox", "not taken in time")
    assert letter.body["message"]["content"] == "1"
    assert await bench.leftovers() == []


@pytest.mark.parametrize(
    "error", [AmbiguousSendError("cut"), TimeoutError(), MessageLimitError("our bug")]
)
async def test_an_unknown_outcome_is_resent_once_and_no_more(bench, error):
    """Informational: held for a minute, sent a second time, then a dead letter (at most twice)."""
    await bench.committed(reply("dato"))
    bench.courier.fail = [error, error]
    await bench.send()
    await bench.later(59)
    await bench.send()
    assert len(bench.courier.rows) == 1
    await bench.later(1)
    await bench.send()
    assert len(bench.courier.rows) == 2
    await bench.later(60)
    await bench.send()
    assert len(bench.courier.rows) == 2
    (letter,) = await bench.dead_letters.newest()
    assert letter.reason == "outcome unknown twice"


async def test_words_about_money_are_never_sent_twice_by_themselves(bench):
    """Unknown outcome and money: a person decides; the conversation goes on."""
    await bench.committed(reply("su enlace", money=True), reply("¿algo más?"))
    bench.courier.fail = [AmbiguousSendError("cut")]
    await bench.send()
    await bench.later(60)
    await bench.send()
    assert bench.courier.texts == ["su enlace", "¿algo más?"]
    (letter,) = await bench.dead_letters.newest()
    assert letter.reason == "outcome unknown, about money"


@pytest.mark.parametrize("status", ["sent", "delivered", "read", "failed"])
async def test_a_report_ends_the_hold_without_a_resend(bench, status):
    """The provider's report says that it has the message, so there is nothing to repeat."""
    await bench.committed(reply("dato"), reply("más"))
    bench.courier.fail = [AmbiguousSendError("cut")]
    await bench.send()
    assert await bench.statuses.record_status(bench.courier.rows[0].id, status)
    await bench.later(0)
    await bench.send()
    assert bench.courier.texts == ["dato", "más"]
    assert await bench.dead_letters.newest() == ()
    assert await bench.leftovers() == []


async def test_a_crash_between_call_and_record_is_an_unknown_outcome(bench):
    """`sending` survives the process: the next one holds the row instead of repeating it."""
    await bench.committed(reply("dato"))
    (ready,) = await bench._take(bench.outbox.mailbox, "w1")
    await bench.outbox._next(ready, "w1", "")
    await bench.outbox.serve(ready, "w1", bench.courier)
    assert bench.courier.rows == []
    await bench.later(60)
    await bench.send()
    assert bench.courier.texts == ["dato"]


async def test_a_rejected_row_makes_room_for_the_next(bench):
    """A permanent no is kept with the provider's code; the following messages still go."""
    await bench.committed(reply("1"), reply("2"))
    bench.courier.fail = [RejectedError("no such recipient", provider_code="131026")]
    await bench.send()
    assert bench.courier.texts == ["1", "2"]
    (letter,) = await bench.dead_letters.newest()
    assert (letter.kind, letter.reason, letter.attempts) == ("outbox", "LOLA-303 131026", 1)
    assert letter.trace_id == "trace"


async def test_a_stopped_channel_keeps_its_messages(bench):
    """Bad credentials lose nothing: the row waits, slowly, until a person has acted."""
    await bench.committed(reply("1"))
    bench.courier.fail = [ChannelStoppedError("token expired", provider_code="190")] * 3
    for _ in range(3):
        await bench.send()
        await bench.later(59)
        await bench.send()
        await bench.later(1)
    await bench.send()
    assert [row.attempts for row in bench.courier.rows] == [1, 2, 3, 4]
    assert await bench.leftovers() == []


async def test_a_sender_that_lost_its_lease_records_nothing(bench):
    """A paused sender does not pop a row that is somebody else's by now."""
    await bench.committed(reply("1"))

    async def courier(row):
        await bench.lose_lease(ME, "outbox")
        return ("late",)

    bench.courier = courier
    await bench.send()
    assert await bench.redis.llen(bench.keys.box("outbox", ME).mailbox) == 1


async def test_many_rows_let_others_in_between(bench):
    """After twenty rows the conversation goes to the end of the queue; nothing is skipped."""
    await bench.committed(*(reply(str(number)) for number in range(25)))
    await bench.send()
    assert len(bench.courier.rows) == 20
    await bench.send()
    assert bench.courier.texts == [str(number) for number in range(25)]


async def test_an_unreadable_row_is_a_dead_letter(bench):
    """A broken row blocks nothing."""
    box = bench.keys.box("outbox", ME)
    now = int(bench.clock.now.timestamp() * 1000)
    await bench.redis.rpush(box.mailbox, f"0-{'a' * 24} code 0 0 {now} 0 pending 0 0 0 {{}}")
    await bench.committed(reply("2"))
    await bench.send()
    assert bench.courier.texts == ["2"]
    assert [letter.reason for letter in await bench.dead_letters.newest()] == ["unreadable"]


async def test_a_status_only_moves_up(bench):
    """Reports come late, twice and in any order (reference/field.md B.1, row 3)."""
    await bench.committed(reply("1"))
    await bench.send()
    row = bench.courier.rows[0]
    changed = [
        await bench.statuses.record_status(row.id, status)
        for status in ("delivered", "sent", "delivered", "read", "delivered", "failed", "failed")
    ]
    assert changed == [True, False, False, True, False, True, False]
    known = await status_of(bench, row)
    assert (known["status"], known["failed"]) == ("read", "1")


async def test_a_report_that_is_faster_than_our_own_record_is_not_lowered(bench):
    """`delivered` may arrive before the call has returned."""

    async def courier(row):
        assert await bench.statuses.record_status(row.id, "delivered")
        bench.row = row
        return ("p1",)

    bench.courier = courier
    await bench.committed(reply("1"))
    await bench.send()
    assert (await status_of(bench, bench.row))["status"] == "delivered"


@pytest.mark.parametrize(
    ("reference", "status"),
    [("", "sent"), ("0-" + "a" * 24, "sent"), ("nonsense", "read"), ("ROW", "accepted")],
)
async def test_reports_about_nothing_of_ours_change_nothing(bench, reference, status):
    """Unknown rows and unknown statuses are ignored: providers send both."""
    await bench.committed(reply("1"))
    await bench.send()
    reference = bench.courier.rows[0].id if reference == "ROW" else reference
    assert not await bench.statuses.record_status(reference, status)
