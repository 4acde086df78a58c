"""`python -m tests.takeover [interleavings]`: plays takeovers in many orders, reports problems."""

import asyncio
import logging
import random
import sys
import tempfile
from pathlib import Path

import structlog

from lola.state import EmbeddedValkey, connect
from tests.takeover.world import STEPS, World

INTERLEAVINGS = 10_000
AT_ONCE = 20
SHORTEST, LONGEST = 8, 40


async def main(wanted: int) -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    server = EmbeddedValkey(Path(tempfile.mkdtemp(prefix="lt-")))
    connections = connect(await server.start())
    broken = steps = takeovers = 0
    try:
        for first in range(0, wanted, AT_ONCE):
            seeds = range(first, min(first + AT_ONCE, wanted))
            for seed, played in zip(
                seeds, await asyncio.gather(*(_play(connections, n) for n in seeds)), strict=True
            ):
                order, found = played
                steps += len(order)
                takeovers += sum(step.endswith("_takes") for step in order)
                broken += bool(found)
                for problem in found:
                    sys.stdout.write(f"interleaving {seed}: {problem}\n  {' '.join(order)}\n")
            await connections.commands.flushall()
    finally:
        await connections.close()
        await server.stop()
    sys.stdout.write(
        f"{wanted} interleavings of {steps} steps with {takeovers} takeovers, {broken} broken\n"
    )
    return 1 if broken else 0


async def _play(connections, seed: int) -> tuple[list[str], list[str]]:
    chance = random.Random(seed)  # noqa: S311 - the same interleavings in every run
    order = chance.choices(STEPS, k=chance.randint(SHORTEST, LONGEST))
    world = World(connections)
    await world.begin()
    for step in order:
        await world.do(step)
    return order, await world.problems()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else INTERLEAVINGS)))
