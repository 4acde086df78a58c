"""One command and WAIT behind it, on the same connection and in one round trip.

WAIT asks about the writes of its own connection, so the two must never be parted. How many
replicas answered decides nothing here: a write that too few have is still a write.
"""

from collections.abc import Sequence
from typing import Any

from redis.asyncio import RedisCluster
from redis.asyncio.cluster import PipelineCommand
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import MovedError, SlotNotCoveredError
from redis.exceptions import TimeoutError as RedisTimeoutError

from lola.state.connection import Connections

_REDIRECTIONS = 5


async def run_and_wait(
    connections: Connections, command: Sequence[str | int], key: str
) -> tuple[Any, bool]:
    """Answer the command's answer, and whether enough replicas have it. Raises redis errors."""
    wait = ("WAIT", connections.replicas, connections.wait_milliseconds)
    if (cluster := connections.cluster) is not None:
        answers = await _on_cluster(cluster, (command, wait), key)
    else:
        async with connections.commands.pipeline(transaction=False) as pipe:
            pipe.execute_command(*command)
            pipe.execute_command(*wait)
            answers = await pipe.execute(raise_on_error=False)
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers[0], answers[1] >= connections.replicas


async def _on_cluster(
    cluster: RedisCluster, commands: Sequence[Sequence[str | int]], key: str
) -> list[Any]:
    """Run both at the node that owns the key.

    The client's own pipeline would send a command that moved elsewhere without its WAIT.
    """
    await cluster.initialize()
    answers: list[Any] = []
    for _ in range(_REDIRECTIONS):
        node = cluster.get_node_from_key(key)
        if node is None:
            raise SlotNotCoveredError
        queued = [PipelineCommand(place, *parts) for place, parts in enumerate(commands)]
        try:
            await node.execute_pipeline(queued)
        except (RedisConnectionError, RedisTimeoutError):
            await cluster.nodes_manager.initialize()
            raise
        answers = [command.result for command in queued]
        if isinstance(answers[0], (RedisConnectionError, RedisTimeoutError)):
            await cluster.nodes_manager.initialize()
        if not isinstance(answers[0], MovedError):
            break
        # A command that moved was not run, so it may be sent again.
        await cluster.nodes_manager.move_slot(answers[0])
    return answers
