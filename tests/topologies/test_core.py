"""What the inbox promises, on one Redis 7.0, on Valkey, behind Sentinel and on a cluster."""

import asyncio
from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from lola.app.privacy.erase import Eraser
from lola.delivery import Ownership
from lola.errors import AmbiguousSendError
from lola.state import StateStore
from lola.state.audit import Verifier
from tests.unit.delivery.workbench import (
    DEADLINE,
    Bench,
    address,
    answer,
    happened,
    reply,
    said,
    texts,
)

pytestmark = pytest.mark.topologies

SENDERS = [f"+52{number}" for number in range(10)]
ME = address().conversation


async def echo(work):
    return answer(work, *(reply(text) for text in texts(work)))


async def _note(work, seen):
    seen.append(work.conversation)
    return answer(work, reply("ya"))


@asynccontextmanager
async def working(*workers):
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        yield
    finally:
        for worker in workers:
            await worker.stop()
        async with asyncio.timeout(DEADLINE):
            await asyncio.gather(*tasks)


async def test_a_message_delivered_three_times_is_accepted_once(bench):
    """Dedupe and storing are one script, wherever it runs."""
    message = said("hola", message_id="wamid.1")
    stored = await asyncio.gather(*(bench.inbox.enqueue(message, "t") for _ in range(3)))
    assert sorted(item.duplicate for item in stored) == [False, True, True]
    assert texts(await bench.next()) == ["hola"]


async def test_two_workers_keep_every_conversation_in_order(bench):
    """Ten senders in several shards, twenty messages each: all answered, in order, nothing left."""
    other = Bench(bench.connections, bench.keys, bench.clock, courier=bench.courier)
    async with working(bench.worker(echo, "w1"), other.worker(echo, "w2")):
        for number in range(20):
            await asyncio.gather(*(bench.say(str(number), sender=one) for one in SENDERS))
        await bench.courier.wait_for(200)
    heard = defaultdict(list)
    for row in bench.courier.rows:
        heard[row.address.sender].append(row.message.content)
    assert heard == {sender: [str(number) for number in range(20)] for sender in SENDERS}
    assert await bench.leftovers() == []


async def test_a_lost_lease_changes_nothing_any_more(bench):
    """A newer token refuses the older one's commit."""
    await bench.say("hola")
    old = await bench.next("w1")
    await bench.lose_lease(ME)
    entry = await bench.redis.get(bench.keys.box("inbox", ME).flag)
    new = await bench.inbox.acquire(type(next(iter(bench.inbox.mailbox.held)))(ME, entry), "w2")
    assert await bench.inbox.commit(old, answer(old, reply("viejo"))) == "fenced"
    assert await bench.inbox.commit(new, answer(new, reply("nuevo"))) == "idle"
    await bench.send()
    assert bench.courier.texts == ["nuevo"]


async def test_a_failed_turn_comes_back_first(bench):
    """Retry keeps the order: the head stays the head."""
    await bench.say("uno")
    assert await bench.inbox.fail(await bench.next(), "busy") == "delayed"
    await bench.say("dos")
    assert await bench.next() is None
    await bench.later(1)
    assert texts(await bench.next()) == ["uno", "dos"]


async def test_an_unknown_outcome_is_resent_once_unless_it_is_about_money(bench):
    """The outbox holds, resends once, and gives money to a person."""
    await bench.committed(reply("dato"), reply("su enlace", money=True), reply("fin"))
    bench.courier.fail = [AmbiguousSendError("cut"), None, AmbiguousSendError("cut")]
    for _ in range(3):
        await bench.send()
        await bench.later(60)
    assert bench.courier.texts == ["dato", "dato", "su enlace", "fin"]
    (letter,) = await bench.dead_letters.newest()
    assert letter.reason == "outcome unknown, about money"


async def test_a_timer_fires_once_and_not_after_it_was_cancelled(bench):
    """Timers of several shards fire on every node."""
    at = bench.clock.now + timedelta(seconds=30)
    events = [happened("timer.test", sender=sender) for sender in SENDERS]
    for event in events:
        await bench.timers.schedule(event, at)
    assert await bench.timers.cancel(events[0].conversation, events[0].id)
    assert await bench.timers.fire_due() == 0
    bench.clock.advance(30)
    assert await bench.timers.fire_due() == 9
    assert await bench.timers.fire_due() == 0
    seen = []
    async with working(bench.worker(lambda work: _note(work, seen))):
        await bench.courier.wait_for(9)
    assert sorted(seen) == sorted(event.conversation for event in events[1:])


async def test_the_handoff_queue_covers_all_shards(bench):
    """Ten conversations wait for a person, wherever they are stored."""
    for sender in SENDERS:
        conversation = address(sender).conversation
        assert await bench.owners.set_owner(conversation, Ownership(owner="waiting"), 0)
    assert len(await bench.owners.handoff_queue()) == 10


async def test_a_report_finds_its_row_on_any_node(bench):
    """By our reference, and by the provider's id where that is all there is."""
    await bench.committed(reply("hola"))
    await bench.send()
    (row,) = bench.courier.rows
    assert await bench.statuses.record_status(row.id, "delivered")
    assert not await bench.statuses.record_status(
        "", "read", channel="whatsapp", provider_id="unknown"
    )


async def test_records_and_shared_hashes_work(bench):
    """The state store's transactions stay inside one slot."""
    store = StateStore(bench.redis, bench.keys, bench.clock, timedelta(hours=1))
    await store.ping()
    await store.put_record("short_link", "abc", {"url": "https://x"}, 60)
    assert await store.get_record("short_link", "abc") == {"url": "https://x"}
    await store.set_hash_field("phones", "a", "b")
    assert await store.get_hash_field("phones", "a") == "b"
    await bench.committed(reply("hola"))
    assert (await store.read(ME)).version == 1


async def test_a_vanished_group_is_made_again(bench):
    """NOGROUP is repaired where it happened."""
    await bench.inbox.mailbox.prepare()
    await bench.say("uno")
    await bench.redis.xgroup_destroy(bench.keys.box("inbox", ME).ready, "workers")
    assert await bench.next() is None
    assert texts(await bench.next()) == ["uno"]
    assert await bench.inbox.mailbox.claim("w9", 10) == []


async def test_an_abandoned_conversation_is_claimed(make_bench):
    """A worker that died is followed by another one, after one lease time."""
    bench = make_bench(lease_seconds=0.2)
    await bench.say("hola")
    assert await bench.next("dead", bench.new_inbox()) is not None
    async with working(bench.worker(echo, "alive")):
        await bench.courier.wait_for(1)
    assert bench.courier.texts == ["hola"]


async def test_the_audit_chains_of_all_shards_are_whole(bench):
    """Appended by commits, changes of owner and by themselves, each in its conversation's slot."""
    for sender in SENDERS:
        await bench.inbox.enqueue(said("hola", sender=sender), "t")
        work = await bench.next()
        record = {"kind": "turn", "route": "x"}
        effects = replace(answer(work), audit=(record,), escalate=Ownership(owner="waiting"))
        assert await bench.inbox.commit(work, effects) == "idle"
        await bench.owners.set_owner(work.conversation, Ownership(owner="human", staff="ana"), 1)
        await bench.audit_trail.append("read", conversation=work.conversation)
    heads = await bench.audit_trail.heads()
    verifier = Verifier((head.chain, head.seq, head.link) for head in heads)
    for head in heads:
        async for entry in bench.audit_trail.entries(head.chain):
            verifier.add(entry)
    found = verifier.finish({head.chain: head.start for head in heads})
    assert (found.faults, found.entries, len(heads) > 3) == ([], 3 * len(SENDERS), True)


async def test_a_sender_is_erased_wherever_their_keys_are(bench):
    """The search reads every primary; of the other senders nothing is lost."""
    store = StateStore(bench.redis, bench.keys, bench.clock, timedelta(hours=1))
    phones = [f"+52550000000{number}" for number in range(10)]
    for sender in phones:
        where = replace(address(sender), phone=sender)
        await store.put_record("ticket", f"tk{sender}", asdict(where), 100)
        await bench.inbox.enqueue(replace(said("hola", sender=sender), address=where), "t")
    eraser = Eraser(bench.connections, bench.keys, store, bench.audit_trail)
    report = await eraser.erase(phones[3], operator="op")
    assert (report.conversations, report.removed["rec"]) == (1, 1)
    left = set()
    for entry in await bench._take(bench.inbox.mailbox, "w1"):
        work = await bench.inbox.acquire(entry, "w1")
        left.add(work.envelopes[0].inbound.address.sender)
    assert left == {*phones} - {phones[3]}
    assert await store.get_record("ticket", f"tk{phones[4]}")
    assert await store.get_record("ticket", f"tk{phones[3]}") is None
