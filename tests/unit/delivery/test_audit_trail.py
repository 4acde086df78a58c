"""The audit trail: a record for every change that was committed, and for nothing else."""

from dataclasses import replace
from datetime import timedelta

from lola.delivery import Timer
from lola.domain.messages import MessageId
from tests.unit.delivery.workbench import answer, happened, reply

RECORD = {"ticket": "tk_1", "from": "link_sent", "to": "opened"}


def audited(work, *records):
    return replace(answer(work, reply()), audit=records)


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
