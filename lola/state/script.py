"""Lua scripts on Redis, each run in one round trip by its digest.

Only commands of Redis 6.2 are used, so that Valkey and older managed servers run them too. The
client never repeats a script on its own.
"""

from collections.abc import Sequence
from hashlib import sha1
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from lola.state.connection import Connections, store_errors
from lola.state.replication import pipe_and_wait, run_and_wait


class Script:
    """A Lua script. `prelude` is source text that is put in front of it."""

    def __init__(self, path: Path, prelude: str = "") -> None:
        self.text = prelude + path.read_text(encoding="utf-8")
        self._digest = sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    async def run(self, redis: Redis, keys: Sequence[str], *args: str | int) -> Any:
        """Run the script and return its result.

        Raises StoreUnavailableError when the connection fails; the script may have run then.
        """
        with store_errors():
            try:
                return await redis.evalsha(self._digest, len(keys), *keys, *map(str, args))
            except NoScriptError:
                return await redis.eval(self.text, len(keys), *keys, *map(str, args))

    async def run_durably(
        self, connections: Connections, keys: Sequence[str], *args: str | int
    ) -> tuple[Any, bool]:
        """Run the script and wait for the replicas that the deployment promises.

        Returns the script's result, and whether enough replicas have what it wrote. Raises
        StoreUnavailableError like `run`.
        """
        if not connections.replicas:
            return await self.run(connections.commands, keys, *args), True
        parts: tuple[str | int, ...] = (len(keys), *keys, *map(str, args))
        with store_errors():
            try:
                return await run_and_wait(connections, "EVALSHA", self._digest, *parts)
            except NoScriptError:
                return await run_and_wait(connections, "EVAL", self.text, *parts)

    async def run_all_durably(
        self, connections: Connections, calls: Sequence[tuple[Sequence[str], Sequence[str | int]]]
    ) -> tuple[list[Any], bool]:
        """Run the script once per (keys, arguments), in order and in one round trip per node.

        Returns the results, and whether enough replicas have all that was written. Raises
        StoreUnavailableError like `run`; some calls may have run then.
        """
        commands: list[tuple[str | int, ...]] = [
            (len(keys), *keys, *map(str, args)) for keys, args in calls
        ]
        with store_errors():
            results, is_replicated = await pipe_and_wait(
                connections, [("EVALSHA", self._digest, *command) for command in commands]
            )
            missing = [n for n, one in enumerate(results) if isinstance(one, NoScriptError)]
            if missing:
                found, is_replicated = await pipe_and_wait(
                    connections, [("EVAL", self.text, *commands[n]) for n in missing]
                )
                for place, result in zip(missing, found, strict=True):
                    results[place] = result
            for result in results:
                if isinstance(result, Exception):
                    raise result
        return results, is_replicated
