"""Key names: one hash tag per conversation, and nothing personal in them."""

import pytest

from lola.domain.messages import Address, Inbound, MessageId, TextContent
from lola.state import Keys

SENDER = "+525512345678"
D = "0123456789abcdef01234567"


def inbound(message_id="wamid.1", account="a", sender=SENDER):
    address = Address(channel="whatsapp", account=account, sender=sender)
    return Inbound(id=MessageId(message_id), address=address, content=TextContent(text="hola"))


def all_keys(keys, message):
    name = message.conversation
    row = keys.row_id(name, 1, 0)
    shard = keys.shard(name)
    return [
        *keys.box("inbox", name),
        *keys.box("outbox", name),
        keys.seen(message),
        keys.counter(name),
        keys.state(name),
        keys.history(name),
        keys.ownership(name),
        keys.handoff_queue(shard),
        keys.dead_letters(shard),
        keys.row_status(row),
    ]


def test_all_keys_of_a_conversation_share_one_hash_tag():
    """Every key that one script touches lies in the same cluster slot (docs/delivery.md)."""
    keys = Keys("lola")
    for number in range(50):
        message = inbound(sender=f"+5255000000{number:02}")
        tag = f"{{{keys.shard(message.conversation)}}}"
        assert all(key.split(":")[2] == tag for key in all_keys(keys, message))


def test_keys_begin_with_the_project_and_are_all_different():
    """Two projects share a server without meeting, and no two purposes share a key."""
    message = inbound()
    one, other = all_keys(Keys("lola"), message), all_keys(Keys("sol"), message)
    assert all(key.startswith("lola:") for key in one)
    assert len(set(one)) == len(one)
    assert not set(one) & set(other)


def test_no_key_holds_a_telephone_number_or_a_provider_id():
    """Keys end up in dumps and slow logs, so they hold digests only (reference/lola.md 15)."""
    text = " ".join(all_keys(Keys("lola"), inbound(message_id="wamid.SECRET")))
    assert "5512345678" not in text
    assert "SECRET" not in text


def test_the_dedupe_key_has_the_scope_of_channel_account_and_id():
    """A provider's message id is unique within its account only (reference/channels.md 0)."""
    keys = Keys("lola")
    first = keys.seen(inbound())
    assert first == keys.seen(inbound())
    assert first != keys.seen(inbound(message_id="wamid.2"))
    assert first != keys.seen(inbound(account="b"))


def test_the_shards_are_used_evenly():
    """A thousand conversations leave no shard empty and none with three times its share."""
    keys = Keys("lola")
    counts = [0] * keys.shards
    for number in range(1000):
        counts[keys.shard(inbound(sender=f"+52{number:010}").conversation)] += 1
    assert min(counts) > 0
    assert max(counts) < 3 * 1000 / keys.shards


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "x",
        "3",
        "3-",
        "-abc",
        "16-" + "a" * 24,
        "²-" + "a" * 24,
        "3-" + "a" * 23,
        "3-a:*" + "a" * 21,
    ],
)
def test_a_reference_that_is_no_row_id_has_no_key(reference):
    """What a provider echoes is input: only well-formed ids of existing shards become a key."""
    assert Keys("lola").row_status(reference) is None


def test_a_row_id_leads_to_its_status_key():
    """The id alone is enough to find a row's status: delivery reports bring nothing else."""
    keys = Keys("lola")
    name = inbound().conversation
    row = keys.row_id(name, 7, 1)
    assert row == keys.row_id(name, 7, 1) != keys.row_id(name, 7, 2)
    assert keys.row_status(row) == f"lola:rs:{{{keys.shard(name)}}}:{row}"
