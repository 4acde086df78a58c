"""One command and WAIT behind it, on the same connection and in one round trip.

WAIT covers the writes of its own connection, so the two must stay together. The number of replicas
does not undo anything: a write that too few have is still a write.
"""

from collections.abc import Sequence
from typing import Any

from lola.state.connection import Connections


async def run_and_wait(connections: Connections, *command: str | int) -> tuple[Any, bool]:
    """Return the command's result, and whether enough replicas have it. Raises redis errors."""
    async with connections.commands.pipeline(transaction=False) as pipe:
        pipe.execute_command(*command)
        pipe.execute_command("WAIT", connections.replicas, connections.wait_milliseconds)
        answer, replicas = await pipe.execute(raise_on_error=False)
    for part in (answer, replicas):
        if isinstance(part, Exception):
            raise part
    return answer, replicas >= connections.replicas


async def pipe_and_wait(
    connections: Connections, commands: Sequence[tuple[str | int, ...]]
) -> tuple[list[Any], bool]:
    """Return each command's result or error, and whether enough replicas have all of them.

    On one server a single WAIT behind the last command covers them all; on a cluster each command
    has its own, because they go to several nodes. Raises redis errors of the connection.
    """
    is_each = connections.is_cluster
    wait = ("WAIT", connections.replicas, connections.wait_milliseconds)
    async with connections.commands.pipeline(transaction=False) as pipe:
        for place, command in enumerate(commands, 1):
            pipe.execute_command(*command)
            if connections.replicas and (is_each or place == len(commands)):
                pipe.execute_command(*wait)
        answers = await pipe.execute(raise_on_error=False)
    if not connections.replicas:
        return answers, True
    results = answers[::2] if is_each else answers[:-1]
    reached = answers[1::2] if is_each else answers[-1:]
    for count in reached:
        if isinstance(count, Exception):
            raise count
    return results, all(count >= connections.replicas for count in reached)
