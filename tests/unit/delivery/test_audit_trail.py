"""The audit trail: a record for every change that was committed, and for nothing else."""

import json
from dataclasses import replace
from datetime import timedelta

from lola.delivery import Timer
from lola.domain.messages import MessageId, TextMessage, outbound_to_json
from lola.domain.work import Rewritten
from lola.state.store import StateStore
from tests.unit.delivery.workbench import answer, happened, reply

RECORD = {"ticket": "tk_1", "from": "link_sent", "to": "opened"}


def audited(work, *records):
    return replace(answer(work, reply()), audit=records)


async def stored_of(bench, work):
    store = StateStore(bench.redis, bench.keys, bench.clock, timedelta(days=1))
    return await store.read(work.conversation, limit=9)


async def test_a_committed_record_is_kept_with_its_turn(bench):
    """A record holds conversation, trace and time beside its body."""
    await bench.say("hola")
    work = await bench.next()
    await bench.inbox.commit(work, audited(work, RECORD, {"ticket": "tk_2"}))
    first, second = await bench.audit_trail.newest()
    assert (first.body, second.body) == (RECORD, {"ticket": "tk_2"})
    assert first.subject == bench.audit_trail.lines.subject(work.conversation)
    assert first.trace_id == work.envelopes[-1].trace_id
    assert second.at - first.at < timedelta(minutes=1)


async def test_a_turn_that_lost_its_lease_leaves_no_record(bench):
    """What was not committed did not happen."""
    await bench.say("hola")
    work = await bench.next()
    await bench.inbox.release(work)
    assert await bench.inbox.commit(work, audited(work, RECORD)) == "fenced"
    assert await bench.audit_trail.newest() == ()


async def test_a_rewritten_turn_gets_a_record_with_its_new_fingerprint(bench):
    """An evidence pack finds the turn as it is stored now (docs/audit.md)."""
    await bench.say("uno")
    work = await bench.next()
    await bench.inbox.commit(work, answer(work, reply()))
    await bench.say("dos")
    work = await bench.next()
    new = {**work.history[-1], "rewritten": True}
    effects = replace(answer(work, reply()), rewritten=(Rewritten(from_end=1, record=new),))
    await bench.inbox.commit(work, effects)
    stored = await stored_of(bench, work)
    assert stored.history[0] == new
    (record,) = await bench.audit_trail.newest()
    text = json.dumps(new, ensure_ascii=False, separators=(",", ":"))
    fingerprint = bench.audit_trail.lines.fingerprint(text)
    assert record.body == {"kind": "rewritten", "fingerprint": fingerprint}


async def test_the_fingerprint_is_that_of_what_was_sent_and_stored(bench):
    """The last check changes a message first; then the digest of the record is taken."""
    checked = bench.new_inbox(check=lambda _: TextMessage(content="[…]"))
    await bench.say("uno")
    work = await bench.next()
    record = {"outbound": [outbound_to_json(TextMessage(content="https://foreign.example"))]}
    await checked.commit(work, replace(audited(work, RECORD), record=record))
    stored = await stored_of(bench, work)
    assert stored.history[-1]["outbound"][0]["content"] == "[…]"
    (kept,) = await bench.audit_trail.newest()
    text = json.dumps(stored.history[-1], ensure_ascii=False, separators=(",", ":"))
    assert kept.fingerprint == bench.audit_trail.lines.fingerprint(text)


async def test_records_are_kept_apart_from_timers_set_and_cancelled(bench):
    """The script tells the three lists apart."""
    timers = tuple(
        Timer(at=bench.clock.now, event=replace(happened("x"), id=MessageId(name)))
        for name in ("kept", "dropped")
    )
    await bench.say("uno")
    work = await bench.next()
    await bench.inbox.commit(work, replace(audited(work, RECORD), timers=timers))
    await bench.say("dos")
    work = await bench.next()
    effects = replace(audited(work, RECORD, RECORD), cancelled_timers=(MessageId("dropped"),))
    await bench.inbox.commit(work, effects)
    assert len(await bench.audit_trail.newest()) == 3
    assert len(await bench.audit_trail.newest(limit=2)) == 2
    assert await bench.timers.fire_due() == 1
