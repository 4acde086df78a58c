"""The inbox against a real server: accepted once, in order, committed whole or not at all."""

import asyncio

import pytest

from lola.delivery import Ownership
from tests.unit.delivery.workbench import address, answer, happened, reply, said, texts

ME = address().conversation


async def test_a_message_delivered_three_times_at_once_becomes_one_turn(bench):
    """Deliveries are at least once; the effect is not (reference/field.md B.1, row 1)."""
    message = said("hola", message_id="wamid.1")
    answers = await asyncio.gather(*(bench.inbox.enqueue(message, "t") for _ in range(3)))
    assert sorted(item.duplicate for item in answers) == [False, True, True]
    assert {item.seq for item in answers} == {1}
    work = await bench.next()
    assert texts(work) == ["hola"]
    assert await bench.inbox.commit(work, answer(work)) == "idle"
    assert await bench.next() is None


async def test_a_redelivery_after_the_turn_is_still_a_duplicate(bench):
    """The dedupe key outlives the message: eight days, longer than any provider retries."""
    message = said("hola", message_id="wamid.1")
    await bench.inbox.enqueue(message, "t")
    work = await bench.next()
    await bench.inbox.commit(work, answer(work))
    assert (await bench.inbox.enqueue(message, "t")).duplicate
    assert await bench.leftovers() == []
    assert await bench.redis.ttl(bench.keys.seen(message)) > 7 * 24 * 3600


async def test_what_was_said_comes_back_as_it_was(bench):
    """An envelope carries message, trace and time of acceptance unchanged."""
    message = said("¿Cuánto es 1/3? \n {} []", message_id="wamid.ñ")
    await bench.inbox.enqueue(message, "trace-7")
    work = await bench.next()
    (envelope,) = work.envelopes
    assert envelope.inbound == message
    assert (envelope.seq, envelope.attempts, envelope.trace_id) == (1, 0, "trace-7")
    assert envelope.accepted_at == bench.clock.now
    assert (work.state, work.version, work.history) == (None, 0, ())
    assert work.ownership == Ownership()


async def test_waiting_messages_become_one_burst_in_order(bench):
    """Several messages of a sender are answered together (architecture: double texting)."""
    await bench.say("hola", "quiero enviar", "200")
    work = await bench.next()
    assert texts(work) == ["hola", "quiero enviar", "200"]
    assert [item.seq for item in work.envelopes] == [1, 2, 3]


async def test_an_event_always_stands_alone(bench):
    """What happened outside the chat is never merged into what the sender said."""
    await bench.say("uno")
    await bench.inbox.enqueue(happened("m2m.link.opened"), "t")
    await bench.inbox.enqueue(happened("m2m.link.approved"), "t")
    await bench.say("dos", "tres")
    work, seen = await bench.next(), []
    while work is not None:
        seen.append(texts(work))
        await bench.inbox.commit(work, answer(work))
        work = await bench.inbox.reload(work)
    assert seen == [["uno"], ["event"], ["event"], ["dos", "tres"]]


async def test_a_commit_changes_everything_in_one_step(bench):
    """State, version, history, mailbox, outbox and lease move together."""
    await bench.committed(reply("a"), reply("b"), text="uno", nested={"list": []})
    await bench.say("dos")
    work = await bench.next()
    assert (work.state, work.version) == ({"turns": 1, "nested": {"list": []}}, 1)
    assert work.history == ({"said": ["uno"]},)
    await bench.send()
    assert bench.courier.texts == ["a", "b"]


async def test_history_is_bounded_and_cut_for_a_turn(make_bench):
    """A long conversation costs no more than a short one (reference/field.md B.1, row 13)."""
    bench = make_bench(history_kept=3, history_window=2)
    for number in range(5):
        await bench.committed(text=str(number))
    await bench.say("5")
    assert [record["said"] for record in (await bench.next()).history] == [["3"], ["4"]]
    assert await bench.redis.llen(bench.keys.history(ME)) == 3


async def test_row_ids_follow_from_conversation_turn_and_position(bench):
    """The same turn makes the same ids, so that a report finds its row after any restart."""
    await bench.committed(reply("a"), reply("b"))
    await bench.committed(reply("c"))
    await bench.send()
    ids = [row.id for row in bench.courier.rows]
    assert ids == [bench.keys.row_id(ME, seq, n) for seq, n in ((1, 0), (1, 1), (2, 0))]


async def test_a_quiet_system_keeps_only_keys_that_end(bench):
    """After the work is done no mailbox, flag, lease or entry is left, and the rest has a TTL."""
    await bench.committed(reply("a"), escalate=Ownership(owner="waiting"))
    await bench.owners.set_owner(ME, Ownership(owner="bot"), 1)
    await bench.send()
    assert await bench.leftovers() == []
    endless = {
        name.split(":")[1]
        async for name in bench.redis.scan_iter(f"{bench.keys.project}:*")
        if await bench.redis.ttl(name) < 0
    }
    assert endless <= {"ready", "oready", "aud", "audh"}, "only what shards share stays"


async def test_a_message_that_comes_during_a_turn_follows_under_the_same_lease(bench):
    """What arrives while a turn runs waits, unharmed, and is never seen by a second worker."""
    await bench.say("uno")
    work = await bench.next("w1")
    await bench.say("dos")
    assert await bench.next("w2") is None
    assert await bench.inbox.commit(work, answer(work)) == "more"
    again = await bench.inbox.reload(work)
    assert texts(again) == ["dos"]
    assert (again.token, again.version) == (work.token, 1)
    assert await bench.inbox.commit(again, answer(again)) == "idle"
    assert await bench.leftovers() == []


async def test_a_stale_token_changes_nothing(bench):
    """A worker that was paused past its lease is fenced off (docs/delivery.md, promise 4)."""
    await bench.say("uno")
    stale = await bench.next("w1")
    await bench.lose_lease(ME)
    ready = next(iter(bench.inbox.mailbox.held))
    fresh = await bench.inbox.acquire(ready, "w2")
    assert fresh.token > stale.token
    before = await bench.redis.dump(bench.keys.box("inbox", ME).mailbox)
    assert await bench.inbox.commit(stale, answer(stale, reply("doble"))) == "fenced"
    assert await bench.inbox.fail(stale, "late") == "fenced"
    assert await bench.inbox.reload(stale) is None
    await bench.inbox.release(stale)
    assert await bench.redis.dump(bench.keys.box("inbox", ME).mailbox) == before
    assert await bench.inbox.commit(fresh, answer(fresh, reply("una"))) == "idle"
    await bench.send()
    assert bench.courier.texts == ["una"]


async def test_tokens_rise_even_when_the_counter_is_lost(bench):
    """A failover may lose the counter; server time keeps an old token from being new again."""
    await bench.say("uno")
    first = await bench.next()
    await bench.redis.delete(bench.keys.box("inbox", ME).fence)
    await bench.lose_lease(ME)
    again = await bench.inbox.acquire(next(iter(bench.inbox.mailbox.held)), "w2")
    assert again.token > first.token


async def test_a_live_lease_of_another_is_respected(bench):
    """Of two workers with the same entry one gets the conversation, the other goes on."""
    await bench.say("uno")
    await bench.next("w1")
    ready = next(iter(bench.inbox.mailbox.held))
    assert await bench.inbox.acquire(ready, "w2") is None


async def test_a_restarted_worker_takes_over_at_once(bench):
    """After a kill the same name finds its pending work and need not wait for the old lease."""
    await bench.say("uno")
    dead = await bench.next("w1")
    restarted = bench.new_inbox()
    (ready,) = await restarted.mailbox.own_pending("w1")
    work = await restarted.acquire(ready, "w1")
    assert texts(work) == ["uno"]
    assert await bench.inbox.commit(dead, answer(dead)) == "fenced"
    assert await restarted.commit(work, answer(work)) == "idle"


async def test_a_dead_worker_is_inherited_by_another(make_bench):
    """An entry that is not kept fresh for longer than a lease is claimed, and its work done."""
    bench = make_bench(lease_seconds=0.05)
    await bench.say("uno")
    dead = await bench.next("w1")
    async with asyncio.timeout(120):
        while not (claimed := await bench.inbox.mailbox.claim("w2", 10)):
            pass
    work = await bench.inbox.acquire(claimed[0], "w2")
    assert texts(work) == ["uno"]
    assert work.token > dead.token


async def test_a_heartbeat_keeps_lease_and_entry(make_bench):
    """A slow turn is not a dead one (docs/delivery.md, pitfalls)."""
    bench = make_bench(lease_seconds=60)
    await bench.say("uno")
    await bench.next("w1")
    box = bench.keys.box("inbox", ME)
    await bench.redis.pexpire(box.lease, 5000)
    await bench.inbox.mailbox.heartbeat("w1")
    assert await bench.redis.pttl(box.lease) > 50_000
    (pending,) = await bench.redis.xpending_range(box.ready, "workers", "-", "+", 10)
    assert pending["time_since_delivered"] < 5000


async def test_a_lost_lease_is_noticed_by_the_heartbeat(bench):
    """What is not ours any more is not kept alive."""
    await bench.say("uno")
    await bench.next("w1")
    await bench.lose_lease(ME)
    await bench.inbox.mailbox.heartbeat("w1")
    assert bench.inbox.mailbox.held == {}
    assert await bench.redis.exists(bench.keys.box("inbox", ME).lease) == 0


async def test_a_commit_for_another_head_is_refused(bench):
    """The head of the mailbox must be what the turn read."""
    await bench.say("uno")
    work = await bench.next()
    await bench.redis.lpop(bench.keys.box("inbox", ME).mailbox)
    await bench.say("dos")
    assert await bench.inbox.commit(work, answer(work, reply())) == "mismatch"
    await bench.send()
    assert bench.courier.rows == []


async def test_release_leaves_the_message_for_the_next(bench):
    """A turn that is given back starts again somewhere else, in the same state."""
    await bench.say("uno", "dos")
    work = await bench.next("w1")
    await bench.inbox.release(work)
    again = await bench.next("w2")
    assert texts(again) == ["uno", "dos"]
    assert [item.attempts for item in again.envelopes] == [0, 0]


async def test_what_was_read_and_never_begun_can_be_handed_back(bench):
    """A stopping worker leaves nothing that somebody must wait for."""
    await bench.say("uno")
    await bench._take(bench.inbox.mailbox, "w1")
    assert await bench.next("w2") is None
    await bench.inbox.mailbox.hand_back("w1")
    assert texts(await bench.next("w2")) == ["uno"]


async def test_a_vanished_group_is_made_again_and_its_work_found(bench):
    """Without its group a worker would fail for ever; what the stream still holds is served."""
    await bench.inbox.mailbox.prepare()
    await bench.say("uno")
    await bench.redis.xgroup_destroy(bench.keys.box("inbox", ME).ready, "workers")
    assert await bench.next() is None
    assert texts(await bench.next()) == ["uno"]


async def test_a_quiet_period_merges_what_follows(make_bench):
    """With a debounce the turn waits until the sender has stopped writing, but not for ever."""
    bench = make_bench(debounce_seconds=2)
    await bench.say("uno")
    assert await bench.next() is None
    await bench.later(1)
    await bench.say("dos")
    assert await bench.next() is None
    await bench.later(1)
    assert await bench.next() is None, "one second after the newest message"
    await bench.later(1)
    assert texts(await bench.next()) == ["uno", "dos"]


async def test_a_sender_who_never_stops_is_answered_all_the_same(make_bench):
    """The quiet period ends five times its length after the first message."""
    bench = make_bench(debounce_seconds=2)
    work, seconds = None, 0
    while work is None:
        await bench.say(str(seconds))
        work = await bench.next()
        await bench.later(1)
        seconds += 1
    assert seconds == 11


async def test_each_channel_has_its_own_quiet_period(make_bench):
    """People write in bursts on WhatsApp; a channel that is not named waits for nothing."""
    waiting = make_bench(debounce_seconds={"whatsapp": 2.0})
    await waiting.say("uno")
    assert await waiting.next() is None
    other = make_bench(debounce_seconds={"sms": 2.0})
    await other.say("uno")
    assert texts(await other.next()) == ["uno"]


async def test_an_event_waits_for_no_quiet_period(make_bench):
    """Only a sender writes in bursts."""
    bench = make_bench(debounce_seconds=2)
    await bench.inbox.enqueue(happened("m2m.link.opened"), "t")
    assert texts(await bench.next()) == ["event"]


@pytest.mark.parametrize("count", [0, 1])
async def test_promote_says_when_the_next_delay_ends(bench, count):
    """The promoting job sleeps exactly as long as nothing is due."""
    if count:
        await bench.say("uno")
        await bench.inbox.fail(await bench.next(), "busy")
    assert await bench.inbox.mailbox.promote() == (1.0 if count else None)


async def test_putting_off_what_was_committed_meanwhile_changes_nothing(bench):
    """The same lease, but the messages are gone: an answer, not a broken script."""
    await bench.say("uno", "dos")
    work = await bench.next()
    await bench.say("tres")
    assert await bench.inbox.commit(work, answer(work)) == "more"
    assert await bench.inbox.fail(work, "planned") == "mismatch"
    again = await bench.inbox.reload(work)
    assert texts(again) == ["tres"]
