"""`python -m tests.identity [histories]`: plays many histories of ids and reports what broke."""

import asyncio
import random
import sys
import tempfile
from pathlib import Path

from lola.domain.clock import system_clock
from lola.state import EmbeddedValkey, Keys, connect
from lola.state.persons import Persons
from tests.identity.histories import problems

HISTORIES = 10_000
AT_ONCE = 20


async def main(count: int) -> int:
    server = EmbeddedValkey(Path(tempfile.mkdtemp(prefix="li-")))
    connections = connect(await server.start())
    broken = 0
    try:
        for first in range(0, count, AT_ONCE):
            seeds = range(first, min(first + AT_ONCE, count))
            for seed, found in zip(
                seeds, await asyncio.gather(*(_play(connections, n) for n in seeds)), strict=True
            ):
                broken += bool(found)
                for problem in found:
                    sys.stdout.write(f"history {seed}: {problem}\n")
            await connections.commands.flushall()
    finally:
        await connections.close()
        await server.stop()
    sys.stdout.write(f"{count} histories, {broken} broken\n")
    return 1 if broken else 0


async def _play(connections, seed: int) -> list[str]:
    chance = random.Random(seed)  # noqa: S311 - the same histories in every run
    length = chance.randint(5, 60)
    history = [
        (chance.randint(0, 5), chance.randint(0, 2), chance.randint(0, 99)) for _ in range(length)
    ]
    return await problems(Persons(connections, Keys(f"h{seed}"), system_clock), history)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else HISTORIES)))
