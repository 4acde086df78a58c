"""Runs every measurement, one after the other, each on a new deployment."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lola.channel.names import CHANNEL_NAMES, ChannelName
from lola.testing.bench import acknowledgement, per_message, turn_time
from lola.testing.bench.deployment import Deployment, gemini_at
from lola.testing.bench.load import burst, dialogues, paced
from lola.testing.bench.loopback_servers import Loopback, RecordingGraph, answer_with_one_tool_call
from lola.testing.bench.measurements import Burst, Dialogues, Percentiles, Report, Start
from lola.testing.bench.per_message import BARE, Version
from lola.testing.bench.transfers import transfers

Progress = Callable[[int], None]
Follow = Callable[[str, int], Progress]
"""Called with a measurement's name and size; returns the function that reports its progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The sizes of the measurements. `workers` has the number of workers of each burst."""

    acknowledgements: int = 600
    # As many senders: what one sender writes while a reply is due is answered in one turn.
    burst_messages: int = 600
    workers: tuple[int, ...] = (1, 2)
    model_messages: int = 300
    cost_messages: int = 180
    cost_per_second: int = 20
    cost_burst: int = 300
    paced_messages: int = 250
    paced_per_second: int = 25
    # Below WhatsApp's burst of 45 per pair (reference/channels.md 1.8), which would limit the pace.
    dialogue_senders: int = 15
    dialogue_messages: int = 40
    transfer_channels: tuple[ChannelName, ...] = CHANNEL_NAMES
    turn_time_senders: int = 15


async def run(folder: Path, sizes: Sizes, follow: Follow, *, against: Path | None = None) -> Report:
    """Measure everything. `folder` is empty and has a short path, for the socket of Valkey.

    `against` is the checkout of another version, which is measured beside this one.
    """
    acknowledgements = await acknowledgement.measure(
        folder / "ack", sizes.acknowledgements, follow("acknowledgements", sizes.acknowledgements)
    )
    versions = [Version(name="this version"), BARE]
    if against is not None:
        versions.insert(1, Version(name="the other version", code=against))
    costs = await per_message.measure(
        folder / "cost", versions, messages=sizes.cost_messages, burst=sizes.cost_burst,
        per_second=sizes.cost_per_second, follow=follow,
    )  # fmt: skip
    start, pace, talk = await _one_process(folder / "one", sizes, follow)
    bursts = [await _burst(folder / f"w{count}", count, sizes, follow) for count in sizes.workers]
    bursts.append(await _with_model(folder / "model", sizes, follow))
    channels = sizes.transfer_channels
    played = await transfers(folder / "transfers", channels, follow("transfers", len(channels)))
    talked = await turn_time.measure(folder / "turns", sizes.turn_time_senders)
    return Report(
        acknowledgements=acknowledgements,
        costs=costs,
        start=start,
        paced_per_second=sizes.paced_per_second,
        paced=pace,
        bursts=tuple(bursts),
        dialogues=talk,
        transfers=played,
        turn_time=talked,
    )


async def _one_process(
    folder: Path, sizes: Sizes, follow: Follow
) -> tuple[Start, Percentiles, Dialogues]:
    graph = RecordingGraph()
    async with (
        Loopback(graph.handle) as provider,
        Deployment(folder, provider.url, workers=0) as deployment,
    ):
        start = deployment.start_measurement()
        pace = await paced(
            deployment, graph, messages=sizes.paced_messages, per_second=sizes.paced_per_second,
            progress=follow(f"{sizes.paced_per_second} messages a second", sizes.paced_messages),
        )  # fmt: skip
        total = sizes.dialogue_senders * sizes.dialogue_messages
        talk = await dialogues(
            deployment, graph, senders=sizes.dialogue_senders, each=sizes.dialogue_messages,
            progress=follow("long conversations", total),
        )  # fmt: skip
    return start, pace, talk


async def _burst(folder: Path, workers: int, sizes: Sizes, follow: Follow) -> Burst:
    graph = RecordingGraph()
    name = f"{workers} worker{'s' if workers > 1 else ''}"
    async with (
        Loopback(graph.handle) as provider,
        Deployment(folder, provider.url, workers=workers) as deployment,
    ):
        return await burst(
            deployment, graph, name=name, workers=workers, messages=sizes.burst_messages,
            senders=sizes.burst_messages, progress=follow(name, sizes.burst_messages),
        )  # fmt: skip


async def _with_model(folder: Path, sizes: Sizes, follow: Follow) -> Burst:
    graph = RecordingGraph()
    name = "1 worker, Gemini, a tool"
    async with (
        Loopback(graph.handle) as provider,
        Loopback(answer_with_one_tool_call) as model,
        Deployment(folder, provider.url, workers=1, model=gemini_at(model.url)) as deployment,
    ):
        return await burst(
            deployment, graph, name=name, workers=1, messages=sizes.model_messages,
            senders=sizes.model_messages, progress=follow(name, sizes.model_messages),
        )  # fmt: skip


def measure(folder: Path, sizes: Sizes, follow: Follow, *, against: Path | None = None) -> Report:
    """Run everything. Call it from the main thread: Valkey ends with the thread that started it."""
    return asyncio.run(run(folder, sizes, follow, against=against))
