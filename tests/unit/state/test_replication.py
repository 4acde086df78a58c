"""Many commands and the replicas that have them (`lola.state.replication`)."""

from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from redis.exceptions import ResponseError

from lola.state import connect
from lola.state.replication import pipe_and_wait
from tests.unit.state.wire import Node, Refusal, listening

FIRST, SECOND = "a:{2}", "a:{1}"  # one in each half of the slots


class Member(Node):
    """A node that accepts everything; `replicas` have what it wrote."""

    def __init__(self, replicas):
        super().__init__()
        self.replicas = replicas
        self.slots = []

    def answer(self, words):
        if words[:2] == ["CLUSTER", "SLOTS"]:
            return self.slots
        if words[0] == "WAIT":
            return self.replicas
        return Refusal("ERR no") if words[-1] == "bad" else f"{words[-1]} at {self.port}"


@asynccontextmanager
async def cluster(first=1, second=1):
    one, two = Member(first), Member(second)
    async with listening(one, two):
        halves = (0, 8191, one), (8192, 16383, two)
        slots = [[low, high, ["127.0.0.1", node.port, "id"]] for low, high, node in halves]
        one.slots = two.slots = slots
        connections = connect(f"redis+cluster://127.0.0.1:{one.port}", timeout_seconds=1.0)
        try:
            yield one, two, replace(connections, replicas=1)
        finally:
            await connections.close()


def calls(*keys):
    return [("EVALSHA", "digest", 1, key, str(place)) for place, key in enumerate(keys)]


async def test_each_node_of_a_cluster_is_waited_for():
    """Results come back in order, and every write has a WAIT on its own connection."""
    async with cluster() as (one, two, connections):
        results, is_replicated = await pipe_and_wait(connections, calls(FIRST, SECOND, FIRST))
        assert results == [f"0 at {one.port}", f"1 at {two.port}", f"2 at {one.port}"]
        assert is_replicated
        assert [heard[0] for heard in one.heard if heard[0] != "CLUSTER"] == [
            "EVALSHA",
            "WAIT",
            "EVALSHA",
            "WAIT",
        ]
        assert [heard[0] for heard in two.heard if heard[0] != "CLUSTER"] == ["EVALSHA", "WAIT"]


@pytest.mark.parametrize("replicas", [(0, 1), (1, 0)])
async def test_one_node_without_its_replica_is_enough_to_refuse(replicas):
    """Whichever node it is."""
    async with cluster(*replicas) as (_, _, connections):
        _, is_replicated = await pipe_and_wait(connections, calls(FIRST, SECOND))
        assert not is_replicated


async def test_the_error_of_one_command_is_its_result():
    """The others are not lost with it."""
    async with cluster() as (one, _, connections):
        bad = ("EVALSHA", "digest", 1, FIRST, "bad")
        results, _ = await pipe_and_wait(connections, [bad, *calls(FIRST)])
        assert isinstance(results[0], ResponseError)
        assert results[1] == f"0 at {one.port}"
