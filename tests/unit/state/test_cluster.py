"""The router in front of a cluster's nodes: where commands go, and what is never sent twice."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from redis.crc import key_slot

from lola.errors import StoreUnavailableError
from lola.state import connect, store_errors
from tests.unit.state.wire import CUT, Node, Refusal, listening

FIRST, SECOND = "a:{2}", "a:{1}"  # slots 5649 and 9842: one in each half


class Member(Node):
    """A node of a cluster of two; the first owns the lower half of all slots."""

    def __init__(self):
        super().__init__()
        self.slots = []
        self.says = {}

    def answer(self, words):
        if words[:2] == ["CLUSTER", "SLOTS"]:
            return self.slots
        said = self.says.get(words[0], f"{words[0]} at {self.port}")
        return said.pop(0) if isinstance(said, list) else said


@asynccontextmanager
async def cluster(timeout_seconds=1.0):
    one, two = Member(), Member()
    async with listening(one, two):
        slots = [[0, 8191, ["127.0.0.1", one.port, "id1"]], [8192, 16383, ["", two.port, "id2"]]]
        one.slots = two.slots = slots
        url = f"redis+cluster://127.0.0.1:{one.port},127.0.0.1:{two.port}"
        connections = connect(url, timeout_seconds=timeout_seconds)
        try:
            yield one, two, connections.commands
        finally:
            await connections.close()


def words(node, name):
    return [heard for heard in node.heard if heard[0] == name]


def test_the_two_keys_live_in_different_halves():
    """What the other tests depend on."""
    assert key_slot(FIRST.encode()) < 8192 <= key_slot(SECOND.encode())


async def test_each_command_goes_to_the_owner_of_its_key():
    """Also scripts, whose key is the third word, and group reads, whose key comes late."""
    async with cluster() as (one, two, redis):
        assert await redis.get(FIRST) == f"GET at {one.port}"
        assert await redis.get(SECOND) == f"GET at {two.port}"
        assert await redis.evalsha("digest", 1, FIRST, "x") == f"EVALSHA at {one.port}"
        two.says["XREADGROUP"] = None
        await redis.xreadgroup("g", "c", {SECOND: ">"}, count=1, block=10)
        assert len(words(two, "XREADGROUP")) == 1


async def test_a_pipeline_is_parted_by_node_and_answers_in_order():
    """Commands without a key (WAIT) stay behind the one before them, on its connection."""
    async with cluster() as (one, two, redis):
        two.says["WAIT"] = 1
        async with redis.pipeline(transaction=False) as pipe:
            pipe.get(FIRST)
            pipe.get(SECOND)
            pipe.execute_command("WAIT", 1, 100)
            pipe.get(FIRST)
            answers = await pipe.execute()
        at = [f"GET at {port}" for port in (one.port, two.port)]
        assert answers == [at[0], at[1], 1, at[0]]
        assert words(one, "WAIT") == []


async def test_a_slot_that_moved_is_followed_and_remembered():
    """MOVED means that the command was not run, so it may be sent on."""
    async with cluster() as (one, two, redis):
        one.says["GET"] = Refusal(f"MOVED {key_slot(FIRST.encode())} 127.0.0.1:{two.port}")
        assert await redis.get(FIRST) == f"GET at {two.port}"
        assert await redis.get(FIRST) == f"GET at {two.port}"
        assert len(words(one, "GET")) == 1


async def test_a_write_that_moved_takes_its_wait_along():
    """The pair is never parted: a WAIT elsewhere would ask about other writes."""
    async with cluster() as (one, two, redis):
        one.says.update(
            EVALSHA=Refusal(f"MOVED {key_slot(FIRST.encode())} 127.0.0.1:{two.port}"), WAIT=1
        )
        two.says.update(EVALSHA="stored", WAIT=0)
        async with redis.pipeline(transaction=False) as pipe:
            pipe.execute_command("EVALSHA", "digest", 1, FIRST)
            pipe.execute_command("WAIT", 1, 100)
            assert await pipe.execute() == ["stored", 0]


async def test_a_slot_on_its_way_is_asked_for_once():
    """ASK goes with ASKING in front, and is not remembered."""
    async with cluster() as (one, two, redis):
        slot = key_slot(FIRST.encode())
        one.says["GET"] = [Refusal(f"ASK {slot} 127.0.0.1:{two.port}"), "back"]
        two.says["ASKING"] = "OK"
        assert await redis.get(FIRST) == f"GET at {two.port}"
        assert [heard[0] for heard in two.heard] == ["ASKING", "GET"]
        assert await redis.get(FIRST) == "back"


async def test_a_command_whose_answer_was_lost_is_not_sent_again():
    """It may have run; the owners are read again for the next command."""
    async with cluster() as (one, two, redis):
        await redis.get(SECOND)
        one.says["SET"] = CUT
        with pytest.raises(StoreUnavailableError), store_errors():
            await redis.set(FIRST, "x")
        assert len(words(one, "SET")) == 1
        assert words(two, "SET") == []
        assert len(words(one, "CLUSTER")) + len(words(two, "CLUSTER")) == 2


async def test_a_loop_of_redirections_ends():
    """Two nodes that each name the other are an error and no hang."""
    async with cluster() as (one, two, redis):
        slot = key_slot(FIRST.encode())
        one.says["GET"] = Refusal(f"MOVED {slot} 127.0.0.1:{two.port}")
        two.says["GET"] = Refusal(f"MOVED {slot} 127.0.0.1:{one.port}")
        async with asyncio.timeout(120):
            with pytest.raises(StoreUnavailableError), store_errors():
                await redis.get(FIRST)


async def test_a_cluster_of_which_no_node_answers_is_unavailable():
    """The first command says so; nothing was dialled before."""
    connections = connect("redis+cluster://127.0.0.1:1,127.0.0.1:2", timeout_seconds=0.2)
    with pytest.raises(StoreUnavailableError), store_errors():
        await connections.commands.get(FIRST)
    await connections.close()


@pytest.mark.parametrize("text", ["CLUSTERDOWN Hash slot not served", "TRYAGAIN Multiple keys"])
async def test_a_cluster_in_trouble_is_unavailable(text):
    """503, and the provider sends again."""
    async with cluster() as (one, _, redis):
        one.says["GET"] = Refusal(text)
        with pytest.raises(StoreUnavailableError), store_errors():
            await redis.get(FIRST)
