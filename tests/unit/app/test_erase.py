"""Erasing a conversation whose work is not done: nothing waits, runs or is sent afterwards."""

from dataclasses import asdict, replace
from datetime import timedelta
from typing import get_args
from uuid import uuid4

import pytest

from lola.app.privacy.erase import Eraser
from lola.delivery import Ownership, Timer
from lola.domain.transfer import TicketStatus
from lola.errors import PrivacyError
from lola.state import Keys
from lola.state.store import StateStore
from tests.unit.delivery.workbench import (
    Bench,
    FakeClock,
    address,
    answer,
    happened,
    reply,
    said,
    texts,
)

PHONE = "+525500000001"
OTHER = "+525500000002"


@pytest.fixture
def bench(connections):
    return Bench(connections, Keys(f"t{uuid4().hex[:12]}"), FakeClock())


@pytest.fixture
def eraser(bench, connections):
    store = StateStore(connections.commands, bench.keys, bench.clock, timedelta(hours=1))
    return Eraser(connections, bench.keys, store, bench.audit_trail)


def remembered(work, *replies, **more):
    """Effects with a session that has the sender's address, as every real one has."""
    where = asdict(work.envelopes[-1].inbound.address)
    return answer(work, *replies, address=where, **more)


def message(text, sender=PHONE):
    """A message of a channel that says the sender's number."""
    found = said(text, sender=sender)
    return replace(found, address=replace(found.address, phone=sender))


async def test_waiting_messages_rows_and_timers_are_gone(bench, eraser):
    """Of the erased sender; the other's message is handled as if nothing had happened."""
    await bench.inbox.enqueue(message("uno"), "t")
    work = await bench.next()
    timer = Timer(at=bench.clock.now + timedelta(hours=1), event=happened("later"))
    effects = remembered(work, reply("pendiente"), escalate=Ownership(owner="waiting"))
    await bench.inbox.commit(work, replace(effects, timers=(timer,)))
    await bench.inbox.enqueue(message("dos"), "t")
    await bench.inbox.enqueue(message("otra", OTHER), "t")
    report = await eraser.erase(PHONE, operator="op")
    assert report.conversations == 1
    assert await bench.owners.handoff_queue() == ()
    await bench.send()
    assert bench.courier.texts == []
    bench.clock.advance(7200)
    assert await bench.timers.fire_due() == 0
    assert texts(await bench.next()) == ["otra"]
    assert await bench.next() is None


async def test_a_turn_in_hand_can_commit_nothing(bench, eraser):
    """Its lease is gone: neither state nor reply comes back after the erasure."""
    await bench.inbox.enqueue(message("uno"), "t")
    work = await bench.next()
    await eraser.erase(PHONE, operator="op")
    assert await bench.inbox.commit(work, answer(work, reply("tarde"))) == "fenced"
    assert await bench.leftovers() == []


async def test_a_message_that_comes_later_begins_anew(bench, eraser):
    """Its number goes on, so that reports about older rows are not mixed up with new ones."""
    await bench.inbox.enqueue(message("uno"), "t")
    work = await bench.next()
    await bench.inbox.commit(work, remembered(work))
    await eraser.erase(PHONE, operator="op")
    await bench.inbox.enqueue(message("dos"), "t")
    work = await bench.next()
    assert (texts(work), work.version, work.envelopes[0].seq) == (["dos"], 0, 2)


async def test_a_number_of_another_kind_is_no_telephone_number(bench, eraser):
    """The sender's id on some channels is a number that may be somebody's telephone number."""
    stranger = replace(address(), channel="telegram", sender=PHONE.removeprefix("+"), phone=None)
    await bench.inbox.enqueue(replace(said("hola"), address=stranger), "t")
    assert (await eraser.erase(PHONE, operator="op")).conversations == 0
    assert texts(await bench.next()) == ["hola"]


@pytest.mark.parametrize("status", get_args(TicketStatus))
async def test_only_a_transfer_that_may_still_move_money_stops_an_erasure(bench, eraser, status):
    """Drafted, confirmed and ended ones do not; nothing is removed before the refusal."""
    await bench.inbox.enqueue(message("uno"), "t")
    work = await bench.next()
    ticket = {"id": "tk_1", "status": status}
    await bench.inbox.commit(work, remembered(work, tickets=[ticket]))
    if status in {"link_sent", "opened", "approved", "unsure"}:
        with pytest.raises(PrivacyError):
            await eraser.erase(PHONE, operator="op")
        assert await bench.redis.exists(bench.keys.state(work.conversation))
        report = await eraser.erase(PHONE, operator="op", force="case 7")
        assert ("transfer tk_1", "it goes on at the partner") in report.stays
    else:
        await eraser.erase(PHONE, operator="op")
    assert not await bench.redis.exists(bench.keys.state(work.conversation))


async def test_a_sender_of_whom_nothing_is_stored_leaves_only_the_record(bench, eraser):
    """An erasure that finds nothing is no error."""
    report = await eraser.erase(PHONE, operator="op")
    assert (report.conversations, report.removed) == (0, {})
    assert [record.kind for record in await bench.audit_trail.newest()] == [
        *("privacy.erase", "privacy.erased"),
    ]
