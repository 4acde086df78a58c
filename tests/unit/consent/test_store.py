"""What the book of consent keeps, for whom, and what it lets out (`lola.consent.store`)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lola.consent import Consent, ConsentStore
from lola.consent.store import OPTED_OUT, sender_of
from lola.delivery.model import OutboxRow
from lola.domain.messages import Address, TextMessage
from lola.errors import StoreUnavailableError
from lola.state import connect
from tests.support import ADDRESS, NOW

SMS = Address(channel="sms", account="+15550100002", sender="+525512345678")


def row(author="bot", address=ADDRESS):
    return OutboxRow(
        id="0-x",
        conversation=address.conversation,
        address=address,
        message=TextMessage(content="hola"),
        author=author,
        money=False,
        epoch=0,
        trace_id="t",
        attempts=1,
        state="sending",
        valid_until=None,
    )


async def test_nobody_is_opted_out_from_the_start(book):
    """A sender wrote first, which is how a conversation begins."""
    assert await book.get(ADDRESS) == Consent()
    assert await book.may_send(row()) is None


async def test_a_change_is_kept_with_when_and_how(book, clock):
    """Out and in again, each with its time and means, oldest first in the log."""
    assert await book.record(ADDRESS, "out", how="keyword", event="m1", token=1) == "changed"
    clock.advance(days=400)
    assert await book.get(ADDRESS) == Consent(state="out", since=NOW, how="keyword")
    assert await book.record(ADDRESS, "in", how="button", event="m2", token=2) == "changed"
    log = await book.changes(ADDRESS)
    assert [(line.state, line.how, line.at) for line in log] == [
        ("out", "keyword", NOW),
        ("in", "button", NOW + timedelta(days=400)),
    ]
    assert {line.conversation for line in log} == {ADDRESS.conversation}


@pytest.mark.parametrize(
    ("author", "reason"),
    [("bot", OPTED_OUT), ("staff", OPTED_OUT), ("code", OPTED_OUT), ("consent", None)],
)
async def test_after_an_opt_out_only_its_own_words_go(book, author, reason):
    """Not the bot, notices or staff; only the confirmation (reference/channels.md 2.8)."""
    await book.record(ADDRESS, "out", how="phrase", event="m1")
    assert await book.may_send(row(author)) == reason


def test_what_an_opt_out_lets_through_never_becomes_an_invitation():
    """Not even a confirmation or the way back is a reason to invite (reference/channels.md 2.8)."""
    assert not row("consent").calls_back
    assert row("staff").calls_back


async def test_a_turn_that_is_repeated_says_so(book):
    """After a crash the same message asks again, and its confirmation must not be lost."""
    await book.record(ADDRESS, "out", how="keyword", event="m1", token=5)
    assert await book.record(ADDRESS, "out", how="keyword", event="m1", token=6) == "again"
    assert await book.record(ADDRESS, "out", how="keyword", event="m2", token=6) == "same"
    assert len(await book.changes(ADDRESS)) == 1


async def test_a_worker_that_lost_its_lease_changes_nothing(book):
    """A paused turn that read STOP must not undo the START that came after it."""
    await book.record(ADDRESS, "out", how="keyword", event="m1", token=99)
    await book.record(ADDRESS, "in", how="keyword", event="m2", token=100)
    assert await book.record(ADDRESS, "out", how="keyword", event="m1", token=99) == "stale"
    assert (await book.get(ADDRESS)).state == "in"


def test_one_sender_is_one_line_of_the_book_on_any_account():
    """Who tells one of the bank's numbers to stop means the bank."""
    assert sender_of(ADDRESS) == sender_of(replace(ADDRESS, account="701"))


def test_spellings_of_one_line_are_one_sender():
    """Mexico's old mobile mark makes no second sender (reference/channels.md 1.10)."""
    assert sender_of(SMS) == sender_of(replace(SMS, sender="+5215512345678"))


def test_channels_are_kept_apart():
    """A STOP by SMS leaves WhatsApp alone, Cloud or Twilio's; both of those are one."""
    cloud = Address(channel="whatsapp", account="700", sender="5215512345678")
    twilio = replace(SMS, account="whatsapp:+15550100002", sender="whatsapp:+525512345678")
    assert len({sender_of(SMS), sender_of(cloud), sender_of(twilio)}) == 2
    assert sender_of(cloud) == sender_of(twilio)


def test_a_sender_without_a_number_has_a_line_too():
    """Business-scoped ids are senders like others (reference/channels.md 1.11)."""
    ids = (replace(ADDRESS, sender=f"MX.4001122334{n}") for n in range(3))
    assert len({sender_of(item) for item in ids}) == 3


async def test_neither_number_nor_words_are_stored(book, connections, keys):
    """Keys and values hold digests, times and kinds only."""
    await book.record(SMS, "out", how="phrase", event="SM1")
    names = [name async for name in connections.commands.scan_iter(f"{keys.project}:*")]
    assert len(names) == 2
    log = await connections.commands.lrange(keys.consent(sender_of(SMS))[1], 0, -1)
    assert "5512345678" not in repr((names, log))
    assert [await connections.commands.ttl(name) for name in names] == [-1, -1]


async def test_without_redis_nobody_knows(keys, clock):
    """The outbox then waits: it asks again instead of guessing."""
    connections = connect("redis://127.0.0.1:1/0")
    with pytest.raises(StoreUnavailableError):
        await ConsentStore(connections, keys, clock).may_send(row())
    await connections.close()


async def test_an_opt_out_under_another_id_is_joined_once(book):
    """What is no opt-out changes nothing; the person's own later START is not undone."""
    number = Address(channel="whatsapp", account="700", sender="5215512345678")
    person = Address(channel="whatsapp", account="700", sender="MX.4001", person="MX.4001")
    await book.join(number, person, event="wamid.1")
    assert not await book.is_opted_out(person)
    await book.record(number, "out", how="keyword", event="wamid.0")
    await book.join(number, person, event="wamid.2")
    assert await book.is_opted_out(person)
    await book.record(person, "in", how="keyword", event="wamid.3")
    await book.join(number, person, event="wamid.2")
    assert not await book.is_opted_out(person)
