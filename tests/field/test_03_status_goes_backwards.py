"""Field failure 3: a late "sent" overwrites "delivered" (chatwoot/chatwoot#14529)."""

from itertools import permutations

import pytest

from lola.testing.waiting import until


@pytest.mark.parametrize("order", tuple(permutations(("sent", "delivered", "read"))), ids="-".join)
async def test_a_status_only_moves_up(sender, order):
    """Signed status webhooks in any order: what is stored is the highest that was heard."""
    await sender.device.say("hola")
    (sent, *_) = await sender.delivered(1)
    row_id = sent.message["biz_opaque_callback_data"]
    redis, keys = sender.service.store._redis, sender.service.store._keys
    key = keys.row_status(row_id)

    async def recorded():
        return await redis.hget(key, "providers")

    await until(recorded)
    ranks = {"sent": 1, "delivered": 2, "read": 3}
    highest = "sent"
    for status in order:
        assert await sender.report(row_id, sent.id, status) == 200
        highest = max(highest, status, key=ranks.get)
        assert await redis.hget(key, "status") == highest
