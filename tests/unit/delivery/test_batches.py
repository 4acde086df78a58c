"""Many messages in one webhook: each stored once, in order, in few round trips (C15)."""

from dataclasses import replace

import pytest

from lola.delivery import Inbox
from lola.delivery._wire import envelope_from
from lola.domain.messages import Address, MessageId, TextContent
from lola.errors import StoreUnavailableError
from lola.state.persons import Persons
from tests.support import ManualClock
from tests.unit.delivery.workbench import said

MESSAGES = 3_000
MOST_TRIPS = 30


class Counting:
    """A Redis client that counts its round trips: each command by itself, or one pipeline."""

    def __init__(self, redis):
        self.trips = 0
        self._redis = redis

    def pipeline(self, *args, **options):
        self.trips += 1
        return self._redis.pipeline(*args, **options)

    def __getattr__(self, name):
        self.trips += 1
        return getattr(self._redis, name)


def messages(count=MESSAGES):
    found = []
    for number in range(count):
        digits = f"5215{number % 1000:09}"
        address = Address(
            channel="whatsapp",
            account="acc",
            sender=digits,
            phone=f"+{digits}",
            user_id=f"MX.{number % 1000}",
        )
        found.append(replace(said(str(number), message_id=f"wamid.{number}"), address=address))
    return found


@pytest.fixture
def counted(bench, connections):
    """A bench's inbox and persons whose round trips are counted."""
    redis = Counting(connections.commands)
    watched = replace(connections, commands=redis)
    inbox = Inbox(watched, bench.keys, bench.clock, on_poison=None)
    return redis, inbox, Persons(watched, bench.keys, ManualClock())


async def test_three_thousand_messages_take_a_few_round_trips(bench, counted):
    """They are stored with their persons, in their order, and a repetition stores nothing."""
    redis, inbox, persons = counted
    known = [one.message for one in await persons.resolve(messages())]
    stored = await inbox.enqueue_all([(one, "t") for one in known])
    assert redis.trips <= MOST_TRIPS
    assert not [one for one in stored if one.duplicate]
    again = await inbox.enqueue_all([(one, "t") for one in known])
    assert all(one.duplicate for one in again)
    assert [one.seq for one in again] == [one.seq for one in stored]
    mailbox = bench.keys.box("inbox", known[7].conversation).mailbox
    lines = await bench.connections.commands.lrange(mailbox, 0, -1)
    assert [envelope_from(line).inbound.content.text for line in lines] == ["7", "1007", "2007"]


async def test_one_after_the_other_would_be_found(counted):
    """The count rises with every message where each is stored by itself."""
    redis, inbox, _ = counted
    for one in messages(MOST_TRIPS + 1):
        await inbox.enqueue(one, "t")
    assert redis.trips > MOST_TRIPS


async def test_a_batch_without_its_script_loads_it(bench, counted, connections):
    """After a restart of Redis the scripts are gone; nothing is lost and nothing doubled."""
    _, inbox, _ = counted
    await inbox.enqueue_all([(one, "t") for one in messages(3)])
    await connections.commands.script_flush()
    stored = await inbox.enqueue_all([(one, "t") for one in messages(5)])
    assert [one.duplicate for one in stored] == [True, True, True, False, False]


async def test_a_batch_that_too_few_replicas_have_is_refused(bench, connections):
    """The provider sends it again; what was stored is then a duplicate."""
    lonely = replace(connections, replicas=1, wait_milliseconds=1)
    inbox = Inbox(lonely, bench.keys, bench.clock, on_poison=None)
    with pytest.raises(StoreUnavailableError):
        await inbox.enqueue_all([(one, "t") for one in messages(2)])
    with pytest.raises(StoreUnavailableError):
        await Persons(lonely, bench.keys, ManualClock()).resolve(messages(2))


async def test_an_empty_batch_asks_nothing(counted):
    """A webhook without messages costs no round trip."""
    redis, inbox, persons = counted
    assert await inbox.enqueue_all([]) == []
    assert await persons.resolve([]) == ()
    assert redis.trips == 0


def test_a_message_of_a_batch_is_a_message():
    """The builder makes what the tests above need: ids, numbers and their own texts."""
    first, second = messages(2)
    assert (first.id, second.id) == (MessageId("wamid.0"), MessageId("wamid.1"))
    assert first.content == TextContent(text="0")
