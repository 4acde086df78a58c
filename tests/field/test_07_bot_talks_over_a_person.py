"""Field failure 7: the bot talks over the human (chatwoot/chatwoot PR #13673, #13882, #15324).

The right to speak was read when the message came in. Here it is asked again when the reply goes.
"""

from lola.delivery import Ownership
from lola.sandbox.whatsapp.stub import GraphStub
from lola.testing.waiting import until

BUSY = "130429"


async def test_a_reply_that_waits_does_not_go_after_a_takeover(sender):
    """The channel is busy, a colleague takes over, the channel is free again: the bot is silent."""
    sender.harness.sandbox.channel(GraphStub).faults.add(*[BUSY] * 6)
    posted = await sender.device.say("hola")
    await sender.answered(posted.message_id)
    service = sender.service
    outbox = service.store._keys.box("outbox", sender.conversation).mailbox
    assert await service.store._redis.llen(outbox) > 0
    took = await service.state.ownership.set_owner(
        sender.conversation, Ownership(owner="human", staff="ana"), 0
    )
    assert took.epoch == 1

    async def nothing_waits():
        return not await service.store._redis.exists(outbox)

    await until(nothing_waits)
    assert sender.harness.sandbox.channel(GraphStub).messages_to(sender.digits) == ()


async def test_a_message_during_a_takeover_gets_no_answer_from_the_bot(sender):
    """The turn sees the person in charge; what the sender writes is kept, and the bot is silent."""
    owners = sender.service.state.ownership
    human = Ownership(owner="human", staff="ana")
    assert await owners.set_owner(sender.conversation, human, 0)
    posted = await sender.device.say("¿cuánto cuesta enviar 200 dólares?")
    await sender.answered(posted.message_id)
    assert await owners.set_owner(sender.conversation, Ownership(owner="bot"), 1)
    back = await sender.device.say("/info")
    await sender.answered(back.message_id)
    assert len(await sender.delivered(1)) == 1
