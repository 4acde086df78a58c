"""Field failure 1: the same webhook arrives twice (chatwoot/chatwoot#11901)."""

import asyncio


async def test_three_deliveries_at_once_are_one_message(sender):
    """One `message_created` came twice when messages came fast; here one turn and one reply."""
    posted = await sender.device.say("hola")
    statuses = await asyncio.gather(*(sender.provider.again() for _ in range(3)))
    assert [posted.status, *statuses] == [200] * 4
    assert await sender.answered(posted.message_id) == [[posted.message_id]]


async def test_a_late_redelivery_between_other_messages_changes_nothing(sender):
    """A repeated first message, delivered after the second: every message has one place."""
    first = await sender.device.say("hola")
    await sender.answered(first.message_id)
    second = await sender.device.say("/info")
    assert await sender.provider.again(0) == 200
    third = await sender.device.say("/info")
    turns = await sender.answered(second.message_id, third.message_id)
    told = [name for turn in turns for name in turn]
    assert told == [first.message_id, second.message_id, third.message_id]
