"""Failures of a turn: tried again in order, then a dead letter with an apology."""

import pytest

from lola.delivery import Ownership
from tests.unit.delivery.workbench import address, answer, happened, reply, texts

ME = address().conversation


async def fail_until_given_up(bench):
    """Fail the head as often as it takes; return the last outcome and the work that it ended."""
    outcome, work = "delayed", await bench.next()
    while outcome == "delayed":
        outcome = await bench.inbox.fail(work, "handler failed: KeyError")
        if outcome == "delayed":
            assert await bench.next() is None
            await bench.later(60)
            work = await bench.next()
    return outcome, work


async def test_a_failed_turn_comes_back_later_in_its_place(bench):
    """The head stays the head: what came after it waits behind it, delays included."""
    await bench.say("uno")
    assert await bench.inbox.fail(await bench.next(), "busy") == "delayed"
    await bench.say("dos")
    assert await bench.next() is None
    await bench.later(1)
    work = await bench.next()
    assert texts(work) == ["uno", "dos"]
    assert [item.attempts for item in work.envelopes] == [1, 0]


async def test_the_pauses_grow(bench):
    """A busy model is not hammered: 1, 4, 16 and 60 seconds."""
    await bench.say("uno")
    pauses = []
    for _ in range(4):
        await bench.inbox.fail(await bench.next(), "busy")
        pauses.append(await bench.inbox.mailbox.promote())
        await bench.later(pauses[-1])
    assert pauses == [1.0, 4.0, 16.0, 60.0]


async def test_poison_goes_to_the_dead_letter_with_an_apology(bench):
    """After five attempts: reason kept, person asked (docs/delivery.md, promise 6)."""
    await bench.say("veneno")
    outcome, _ = await fail_until_given_up(bench)
    assert outcome == "idle"
    (letter,) = await bench.dead_letters.newest()
    assert (letter.conversation, letter.kind, letter.attempts) == (ME, "inbox", 5)
    assert letter.reason == "handler failed: KeyError"
    assert letter.trace_id == "trace"
    assert letter.body["inbound"]["content"]["text"] == "veneno"
    await bench.send()
    assert bench.courier.texts == ["perdón"]
    assert [name for name, _ in await bench.owners.handoff_queue()] == [ME]
    assert await bench.leftovers() == []


async def test_the_conversation_goes_on_after_poison(bench):
    """Only the poison becomes a dead letter, also when it arrived in the middle of a burst."""
    await bench.say("veneno", "después")
    outcome, work = await fail_until_given_up(bench)
    assert outcome == "more"
    assert texts(await bench.inbox.reload(work)) == ["después"]
    assert len(await bench.dead_letters.newest()) == 1


async def test_on_its_last_attempt_a_message_stands_alone(make_bench):
    """If it is the poison, only it is lost; the others get their own turn."""
    bench = make_bench(max_attempts=2)
    await bench.say("veneno", "después")
    await bench.inbox.fail(await bench.next(), "busy")
    await bench.later(1)
    work = await bench.next()
    assert texts(work) == ["veneno"]
    assert await bench.inbox.fail(work, "busy") == "more"
    assert texts(await bench.inbox.reload(work)) == ["después"]


async def test_the_apology_respects_a_person_who_took_over_meanwhile(bench):
    """Giving up is a commit like any other: the owner is read again when it changed."""
    seen = []

    def on_poison(work, reason):
        seen.append(work.ownership.owner)
        return answer(work, reply("perdón"))

    bench.inbox = bench.new_inbox(on_poison=on_poison)
    bench.inbox.limits = type(bench.limits)(max_attempts=1)
    await bench.say("veneno")
    work = await bench.next()
    await bench.owners.set_owner(ME, Ownership(owner="human", staff="ana"), 0)
    assert await bench.inbox.fail(work, "broken") == "idle"
    assert seen == ["bot", "human"]
    await bench.send()
    assert bench.courier.rows == [], "the bot is silent when a person has the conversation"


async def test_poison_that_breaks_the_apology_still_reaches_a_person(make_bench):
    """A message that nothing can handle never blocks the mailbox."""
    bench = make_bench(max_attempts=1)

    def on_poison(work, reason):
        raise KeyError("poison")

    bench.inbox = bench.new_inbox(on_poison=on_poison)
    await bench.say("veneno")
    assert await bench.inbox.fail(await bench.next(), "broken") == "idle"
    ((name, ownership),) = await bench.owners.handoff_queue()
    assert (name, ownership.owner, ownership.reason) == (ME, "waiting", "broken")
    assert len(await bench.dead_letters.newest()) == 1


@pytest.mark.parametrize("body", ["not json", "{}", '{"inbound":{"id":1}}'])
async def test_an_unreadable_envelope_is_a_dead_letter_too(bench, body):
    """A broken or newer spelling is kept for a person, and the mailbox goes on behind it."""
    await bench.say("antes")
    box = bench.keys.box("inbox", ME)
    await bench.redis.rpush(box.mailbox, f"2 0 {body}")
    await bench.redis.set(bench.keys.counter(ME), 2)
    await bench.say("después")
    work = await bench.next()
    assert texts(work) == ["antes"]
    assert await bench.inbox.commit(work, answer(work)) == "more"
    again = await bench.inbox.reload(work)
    assert texts(again) == ["después"]
    assert again.ownership.owner == "waiting"
    (letter,) = await bench.dead_letters.newest()
    assert letter.reason == "unreadable"


async def test_events_are_tried_and_given_up_alike(make_bench):
    """A partner's event that breaks the handler is no exception to the rule."""
    bench = make_bench(max_attempts=1)
    await bench.inbox.enqueue(happened("m2m.link.approved"), "t")
    assert await bench.inbox.fail(await bench.next(), "broken") == "idle"
    assert len(await bench.dead_letters.newest()) == 1


async def test_dead_letters_are_listed_newest_first_and_limited(make_bench):
    """The console shows what happened last."""
    bench = make_bench(max_attempts=1)
    for number in range(3):
        await bench.say(str(number), sender=f"+52550000000{number}")
        await bench.inbox.fail(await bench.next(), str(number))
    letters = await bench.dead_letters.newest(limit=2)
    assert len(letters) == 2
    assert letters[0].at >= letters[1].at


async def test_of_a_malformed_webhook_only_the_outline_is_kept(bench):
    """Its body may hold anything, so it is never stored (reference/channels.md 0.3)."""
    body = b'{"card":"4111111111111111"'
    await bench.malformed.keep_malformed("whatsapp", body, "x" * 500)
    (outline,) = await bench.malformed.newest()
    assert (outline.channel, outline.size, len(outline.error)) == ("whatsapp", len(body), 200)
    assert outline.at == bench.clock.now
    assert "4111" not in str(await bench.redis.xrange(bench.keys.malformed()))
