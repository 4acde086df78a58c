"""The state store against a real server."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from lola.domain.messages import ConversationId
from lola.errors import StoreUnavailableError
from lola.state import StateStore, connect

CONVERSATION = ConversationId("whatsapp-0123")


class FakeClock:
    def __init__(self):
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def store(connections, keys, clock):
    return StateStore(connections.commands, keys, clock, timedelta(hours=24))


async def test_an_unknown_conversation_is_empty(store):
    """Reading a conversation that never was answers no state, version 0 and no history."""
    stored = await store.read(CONVERSATION)
    assert (stored.state, stored.version, stored.history) == (None, 0, ())


async def test_history_is_limited_and_newest_last(store, connections, keys):
    """`limit` cuts off the oldest records and keeps the order."""
    await connections.commands.rpush(keys.history(CONVERSATION), '{"n":1}', '{"n":2}', '{"n":3}')
    await connections.commands.hset(
        keys.state(CONVERSATION), mapping={"state": '{"a":[]}', "version": "3"}
    )
    stored = await store.read(CONVERSATION, limit=2)
    assert stored.history == ({"n": 2}, {"n": 3})
    assert (stored.state, stored.version) == ({"a": []}, 3)
    assert (await store.read(CONVERSATION, limit=0)).history == ()


async def test_a_record_is_kept_replaced_and_deleted(store):
    """A record keeps its last value until it is deleted; kinds do not mix."""
    await store.put_record("short_link", "abc", {"url": "https://a.example/ñ"}, ttl_seconds=60)
    await store.put_record("short_link", "abc", {"url": "https://b.example"}, ttl_seconds=60)
    assert await store.get_record("short_link", "abc") == {"url": "https://b.example"}
    assert await store.get_record("ticket", "abc") is None
    await store.delete_record("short_link", "abc")
    await store.delete_record("short_link", "abc")
    assert await store.get_record("short_link", "abc") is None


async def test_a_record_ends_on_the_injected_clock(store, clock):
    """A record is gone when it expires, though Redis may keep the bytes a little longer."""
    await store.put_record("short_link", "abc", {"url": "x"}, ttl_seconds=7200)
    clock.now += timedelta(seconds=7199)
    assert await store.get_record("short_link", "abc") is not None
    clock.now += timedelta(seconds=1)
    assert await store.get_record("short_link", "abc") is None


async def test_a_record_also_ends_in_redis(store, connections, keys):
    """Every record's key has the expiry that it was given."""
    await store.put_record("ticket", "t1", {}, ttl_seconds=90)
    assert 0 < await connections.commands.ttl(keys.record("ticket", "t1")) <= 90


@pytest.mark.parametrize("seconds", [0, -5])
async def test_a_record_that_would_expire_at_once_is_refused(store, seconds):
    """That is the caller's mistake."""
    with pytest.raises(ValueError, match="one second"):
        await store.put_record("ticket", "t1", {}, ttl_seconds=seconds)


async def test_a_shared_hash_keeps_fields_apart_and_expires(store, connections, keys):
    """PhoneFaker's numbers are fields of one hash (reference/lola.md 8) that ends when unused."""
    await store.set_hash_field("phones", "a", "+1")
    await store.set_hash_field("phones", "b", "+2")
    assert await store.get_hash_field("phones", "a") == "+1"
    assert await store.get_hash_field("phones", "c") is None
    assert await connections.commands.ttl(keys.hash("phones")) > 0


async def test_every_method_says_when_redis_is_gone(keys, clock, tmp_path):
    """Each call raises the one error that callers know, and soon."""
    gone = connect(f"unix://{tmp_path}/none.sock")
    store = StateStore(gone.commands, keys, clock, timedelta(hours=1))
    calls = [
        store.ping(),
        store.read(CONVERSATION),
        store.put_record("k", "n", {}, ttl_seconds=1),
        store.get_record("k", "n"),
        store.delete_record("k", "n"),
        store.set_hash_field("h", "f", "v"),
        store.get_hash_field("h", "f"),
    ]
    async with asyncio.timeout(120):
        answers = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(answer) for answer in answers} == {StoreUnavailableError}
    await gone.close()
