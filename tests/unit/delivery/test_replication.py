"""Where replicas are promised: nothing is acknowledged and nothing leaves before they have it.

One server without replicas represents a deployment that has lost them all.
"""

import pytest

from lola.delivery import Ownership
from lola.errors import StoreUnavailableError
from lola.state import connect
from tests.unit.delivery.workbench import Bench, address, answer, reply, said, texts

ME = address().conversation


@pytest.fixture
async def lonely(valkey_url, bench):
    """The same data, reached by somebody who was promised a replica."""
    connections = connect(valkey_url, wait_replicas=1, wait_milliseconds=1)
    yield Bench(connections, bench.keys, bench.clock)
    await connections.close()


async def test_a_message_that_no_replica_has_is_not_acknowledged(lonely):
    """503, however often it is sent (docs/delivery.md, promise 1)."""
    message = said("hola")
    for _ in range(2):
        with pytest.raises(StoreUnavailableError, match="replicas"):
            await lonely.inbox.enqueue(message, "t")


async def test_what_was_stored_all_the_same_is_not_stored_twice(lonely, bench):
    """The refusal leaves the message where it is; its redelivery is a duplicate of it."""
    message = said("hola")
    with pytest.raises(StoreUnavailableError):
        await lonely.inbox.enqueue(message, "t")
    assert (await bench.inbox.enqueue(message, "t")).duplicate
    assert texts(await bench.next()) == ["hola"]


async def test_a_commit_is_true_and_alarmed(lonely, bench, capsys):
    """It cannot be taken back; somebody must know that one failover could."""
    await bench.say("hola")
    work = await lonely.next()
    assert await lonely.inbox.commit(work, answer(work, reply("sí"))) == "idle"
    assert "delivery.not_replicated" in capsys.readouterr().out


async def test_a_takeover_is_true_and_alarmed(lonely, capsys):
    """The same for the right to speak."""
    assert await lonely.owners.set_owner(ME, Ownership(owner="human", staff="ana"), 0)
    assert "delivery.not_replicated" in capsys.readouterr().out


async def test_no_reply_leaves_that_a_failover_could_take_back(lonely, bench):
    """Neither the turn nor `sending` is safe yet, so the channel is not called; later it is."""
    await bench.committed(reply("su enlace", money=True))
    await lonely.send()
    assert lonely.courier.texts == []
    await bench.later(1)
    await bench.send()
    assert bench.courier.texts == ["su enlace"]
    assert await bench.dead_letters.newest() == ()


async def test_a_server_that_forgot_the_scripts_gets_them_again(lonely):
    """Also on the way with WAIT."""
    await lonely.redis.script_flush()
    with pytest.raises(StoreUnavailableError, match="replicas"):
        await lonely.inbox.enqueue(said("hola"), "t")
