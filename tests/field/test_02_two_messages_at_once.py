"""Field failure 2: messages 200 ms apart make two conversations.

chatwoot/chatwoot PR #13359, #14214, #10798, #14071: the lock per message did not serialise the
contact, and was released before the transaction was committed.
"""

import asyncio


async def test_an_album_of_five_images_is_one_conversation(sender):
    """Five images at the same moment: one conversation, each image answered once."""
    posted = await asyncio.gather(*(sender.device.send_media("image") for _ in range(5)))
    wanted = [item.message_id for item in posted]
    turns = await sender.answered(*wanted)
    told = [name for turn in turns for name in turn]
    assert sorted(told) == sorted(wanted)
    redis = sender.service.store._redis
    states = [name async for name in redis.scan_iter("*:st:*")]
    assert states == [sender.service.store._keys.state(sender.conversation)]


async def test_no_state_is_lost_between_simultaneous_messages(sender):
    """The version of the state counts exactly the turns: no write overwrote another."""
    posted = await asyncio.gather(*(sender.device.say("/info") for _ in range(6)))
    turns = await sender.answered(*(item.message_id for item in posted))
    stored = await sender.service.store.read(sender.conversation)
    assert stored.version == len(turns)
