"""Measures what one message costs and how long it takes, in several versions in turn.

Every message is of another sender, so no two are answered together. The model is behind OpenAI's
wire and answers at once. Seconds depend on the machine; ratios between versions of one run do not.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import perf_counter

from lola.testing.bench.deployment import Deployment, openai_at
from lola.testing.bench.load import PATIENCE_SECONDS, answered, sender_number
from lola.testing.bench.loopback_servers import Loopback, OpenAIModel, RecordingGraph
from lola.testing.bench.measurements import MessageCost, Percentiles

TOOL = "get_countries"
QUESTION = "¿Qué necesito para mandar dinero a mi mamá?"
WARM_UP = 10
ROUNDS = 3

Follow = Callable[[str, int], Callable[[int], None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of the service; `code` is its checkout, None the one that is running now.

    `module` is another program in its place, which takes the same settings.
    """

    name: str
    code: Path | None = None
    module: str = "lola"


BARE = Version(name="bare handler", module="lola.testing.bench.bare")


@dataclass(slots=True, kw_only=True)
class _Running:
    """A version that is running, with what was measured of it so far."""

    version: Version
    deployment: Deployment
    graph: RecordingGraph
    model: OpenAIModel
    waits: list[float]
    spent: dict[str, float]
    burst_seconds: float = 0.0


async def measure(
    folder: Path,
    versions: Sequence[Version],
    *,
    messages: int,
    per_second: int,
    burst: int,
    follow: Follow,
) -> tuple[MessageCost, ...]:
    """Measure each version in rounds: first of all, then again, so that all meet the same machine.

    `messages` at `per_second`, as many with one tool call, and `burst` messages at once.
    """
    each = max(1, messages // ROUNDS)
    at_once = max(1, burst // ROUNDS)
    progress = follow("one message of each sender", ROUNDS * len(versions))
    numbers = map(sender_number, count(30_000))
    async with AsyncExitStack() as stack, asyncio.timeout(PATIENCE_SECONDS):
        running = [
            await _start(stack, folder / str(place), version)
            for place, version in enumerate(versions)
        ]
        for one in running:
            for _ in range(WARM_UP):
                await answered(one.deployment, one.graph, next(numbers), 1, QUESTION)
        for done in range(ROUNDS * len(running)):
            one = running[done % len(running)]
            for tool in ("", TOOL):
                senders = [next(numbers) for _ in range(each)]
                await _spaced(one, senders, per_second, tool)
            await _burst(one, [next(numbers) for _ in range(at_once)])
            progress(done + 1)
        total = ROUNDS * each
        return tuple(_cost(one, total, ROUNDS * at_once) for one in running)


async def _start(stack: AsyncExitStack, folder: Path, version: Version) -> _Running:
    graph, model = RecordingGraph(), OpenAIModel()
    provider = await stack.enter_async_context(Loopback(graph.handle))
    wire = await stack.enter_async_context(Loopback(model.handle))
    deployment = await stack.enter_async_context(
        Deployment(
            folder,
            provider.url,
            workers=0,
            model=openai_at(wire.url),
            code=version.code,
            module=version.module,
        )
    )
    return _Running(
        version=version, deployment=deployment, graph=graph, model=model, waits=[], spent={}
    )


async def _spaced(one: _Running, senders: Sequence[str], per_second: int, tool: str) -> None:
    """Send at a steady pace, and add up processor time and, without a tool, the waits."""
    one.model.tool = tool
    began, before = perf_counter(), one.deployment.cpu_time()

    async def write(place: int, number: str) -> float:
        await asyncio.sleep(max(0.0, began + place / per_second - perf_counter()))
        return await answered(one.deployment, one.graph, number, 1, QUESTION)

    waits = await asyncio.gather(*(write(*item) for item in enumerate(senders)))
    spent = one.deployment.cpu_time() - before
    kind = "tool" if tool else "plain"
    one.spent[kind] = one.spent.get(kind, 0.0) + spent.gateway + spent.workers
    if not tool:
        one.waits += waits
        one.spent["redis"] = one.spent.get("redis", 0.0) + spent.redis


async def _burst(one: _Running, senders: Sequence[str]) -> None:
    one.model.tool = ""
    began = perf_counter()
    await asyncio.gather(
        *(answered(one.deployment, one.graph, number, 1, QUESTION) for number in senders)
    )
    one.burst_seconds += perf_counter() - began


def _cost(one: _Running, messages: int, at_once: int) -> MessageCost:
    return MessageCost(
        name=one.version.name,
        cpu_ms=one.spent["plain"] / messages * 1000,
        cpu_with_tool_ms=one.spent["tool"] / messages * 1000,
        redis_ms=one.spent["redis"] / messages * 1000,
        waits=Percentiles.of(one.waits),
        burst_per_second=at_once / one.burst_seconds,
        resident_mib=one.deployment.resident_mib,
    )
