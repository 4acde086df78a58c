"""The trail in Redis: appended atomically, by a script whose SHA-256 is the real one."""

import asyncio
import hashlib
import json
import secrets
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from lola.domain.messages import Address
from lola.state import Keys
from lola.state.audit import CHAIN, AuditLines, AuditTrail, verify

ANA = Address(channel="whatsapp", account="1", sender="525512345678", phone="+525512345678")


def clock():
    return datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def keys():
    return Keys(f"t{uuid4().hex[:12]}")


@pytest.fixture
def trail(connections, keys):
    return AuditTrail(connections, keys, clock, AuditLines("secret"))


async def entries_of(trail, chain):
    return [entry async for entry in trail.entries(chain)]


async def test_the_script_computes_sha_256(connections):
    """Redis gives scripts SHA-1 only, so ours is held against Python's, on edges and at random."""
    ends = [("0" * 64, "f" * 64), ("8" + "0" * 63, "7" + "f" * 63), ("f" * 64, "f" * 64)]
    pairs = ends + [(secrets.token_hex(32), secrets.token_hex(32)) for _ in range(200)]
    for first, second in pairs:
        answer = await connections.commands.eval(
            CHAIN + "return link_of(ARGV[1], ARGV[2])", 0, first, second
        )
        assert answer == hashlib.sha256(bytes.fromhex(first + second)).hexdigest()


async def test_records_that_are_appended_at_once_form_one_chain(trail, keys):
    """No two entries get the same number or the same link before them."""
    await asyncio.gather(
        *(trail.append("console.conversation_read", {"staff": f"s{n}"}) for n in range(40))
    )
    entries = await entries_of(trail, 0)
    assert [entry.seq for entry in entries] == list(range(1, 41))
    (head,) = await trail.heads()
    assert (head.seq, head.link, head.start) == (40, entries[-1].link, 1)
    assert verify(entries, starts={0: 1}, anchors=[(0, 40, head.link)]).faults == []


async def test_a_record_of_a_conversation_is_in_its_shard_under_a_pseudonym(trail, keys):
    """Neither the number nor the conversation's id is in it, and without the key nothing leads
    back.
    """
    await trail.append("console.conversation_read", {"staff": "ana"}, conversation=ANA.conversation)
    (entry,) = await entries_of(trail, keys.shard(ANA.conversation))
    assert ANA.sender not in entry.line
    assert ANA.conversation not in entry.line
    (record,) = await trail.newest()
    assert record.subject == AuditLines("secret").subject(ANA.conversation)
    assert record.subject != AuditLines("another").subject(ANA.conversation)
    assert (record.kind, record.body["staff"]) == ("console.conversation_read", "ana")


def test_a_sender_has_one_pseudonym_on_every_channel_that_knows_their_number():
    """Spellings of one number are one sender."""
    lines = AuditLines("secret")
    sms = Address(channel="sms", account="2", sender="+525512345678", phone="+525512345678")
    assert lines.sender(ANA) == lines.sender(sms) == lines.person("+52 1 55 1234 5678")


async def test_what_is_older_than_90_days_is_dropped_and_counted(connections, trail, keys):
    """The chain then begins later, and says so; entries from before the chain are not counted."""
    stream, head = keys.audit(0)
    redis = connections.commands
    old = {"conversation": "whatsapp-1", "trace_id": "t", "body": "{}"}
    await redis.xadd(stream, old, id="1-1")
    await redis.xadd(stream, old, id="1-2")
    await trail.append("one")
    assert [entry.seq for entry in await entries_of(trail, 0)] == [1]
    assert await redis.hget(head, "dropped") == "0"
    # Two entries of long ago, as the chain would have written them.
    for number in (2, 3, 4):
        await trail.append("more", {"n": number})
    aged = await redis.xrange(stream)
    await redis.delete(stream)
    for place, (_, fields) in enumerate(aged, start=1):
        await redis.xadd(stream, fields, id=f"{place}-1")
    await trail.append("newest")
    (entry,) = await entries_of(trail, 0)
    (known,) = await trail.heads()
    assert (entry.seq, known.start) == (5, 5)
    assert verify([entry], starts={0: 5}).faults == []


async def test_a_taken_out_entry_is_found(connections, trail, keys):
    """The head still names the number and link of the newest, and the number of the oldest."""
    for number in range(5):
        await trail.append("x", {"n": number})
    stream, _ = keys.audit(0)
    (head,) = await trail.heads()
    stored = await connections.commands.xrange(stream)
    for place in (0, 2, 4):
        await connections.commands.xdel(stream, stored[place][0])
        found = verify(
            await entries_of(trail, 0),
            starts={0: head.start},
            anchors=[(0, head.seq, head.link)],
        )
        assert found.faults


def test_a_line_holds_what_its_digest_says():
    """The digest that the script chains is the one of the text, and no records make no line."""
    line = AuditLines("secret").line(clock(), [{"kind": "x"}], conversation=ANA.conversation)
    assert line.digest == hashlib.sha256(line.text.encode()).hexdigest()
    assert json.loads(line.text)["records"] == [{"kind": "x"}]
    assert AuditLines("secret").line(clock(), []) == ("", "")
