"""One command and WAIT behind it, on the same connection and in one round trip.

WAIT covers the writes of its own connection, so the two must stay together. The number of replicas
does not undo anything: a write that too few have is still a write.
"""

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
