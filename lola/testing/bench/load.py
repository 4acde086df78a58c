"""Three kinds of load: all messages at once, a steady pace, and long conversations."""

import asyncio
from collections.abc import Callable, Sequence
from time import perf_counter

from lola.domain.messages import Address, ConversationId
from lola.state import Keys
from lola.testing.bench.deployment import ACCOUNT, Deployment
from lola.testing.bench.loopback_servers import RecordingGraph
from lola.testing.bench.measurements import Burst, Dialogues, Percentiles

GREETING = "hola"
AT_ONCE = 32
GREETINGS_EACH = 4
PATIENCE_SECONDS = 300
_POLL_SECONDS = 0.05
_PROJECT = "lola"

Progress = Callable[[int], None]


async def burst(
    deployment: Deployment,
    graph: RecordingGraph,
    *,
    name: str,
    workers: int,
    messages: int,
    senders: int,
    progress: Progress,
) -> Burst:
    """Post everything as fast as it is accepted, and wait until nothing is left to do."""
    numbers = [sender_number(place) for place in range(senders)]
    await _greeted(deployment, graph, numbers[: GREETINGS_EACH * workers])
    graph.forget()
    before, started = deployment.cpu_time(), perf_counter()
    await _post(deployment, numbers, messages)
    await _drained(deployment, graph, numbers, lambda: progress(graph.messages))
    progress(messages)
    return Burst(
        name=name,
        workers=workers,
        messages=messages,
        replies=graph.messages,
        seconds=perf_counter() - started,
        cpu=deployment.cpu_time() - before,
    )


async def paced(
    deployment: Deployment,
    graph: RecordingGraph,
    *,
    messages: int,
    per_second: int,
    progress: Progress,
) -> Percentiles:
    """Post at a steady pace, each from another sender; measure webhook in to send seen."""
    numbers = [sender_number(10_000 + place) for place in range(messages)]
    await _greeted(
        deployment, graph, [sender_number(9_990 + place) for place in range(GREETINGS_EACH)]
    )
    graph.forget()
    began, waits = perf_counter(), list[float]()

    async def one(place: int) -> None:
        await asyncio.sleep(max(0.0, began + place / per_second - perf_counter()))
        waits.append(await answered(deployment, graph, numbers[place], 1))
        progress(len(waits))

    async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        for place in range(messages):
            group.create_task(one(place))
    return Percentiles.of(waits)


async def dialogues(
    deployment: Deployment, graph: RecordingGraph, *, senders: int, each: int, progress: Progress
) -> Dialogues:
    """Let few senders write many messages, each after the reply to the one before."""
    graph.forget()
    done: list[float] = []

    async def one(number: str) -> list[float]:
        waits = []
        for place in range(1, each + 1):
            waits.append(await answered(deployment, graph, number, place))
            done.append(waits[-1])
            progress(len(done))
        return waits

    async with asyncio.timeout(PATIENCE_SECONDS):
        waits = await asyncio.gather(
            *(one(sender_number(20_000 + place)) for place in range(senders))
        )
    return Dialogues.of(waits)


async def answered(
    deployment: Deployment, graph: RecordingGraph, number: str, place: int, words: str = GREETING
) -> float:
    """Write once, wait for the reply with this number, and return the seconds between."""
    started = perf_counter()
    await deployment.device(number).say(words)
    return await graph.arrival(number, place) - started


async def _greeted(deployment: Deployment, graph: RecordingGraph, numbers: Sequence[str]) -> None:
    """Warm up: the first turn of a process loads data."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        for number in numbers:
            await answered(deployment, graph, number, 1)


async def _post(deployment: Deployment, numbers: Sequence[str], messages: int) -> None:
    places = iter(range(messages))

    async def post() -> None:
        for place in places:
            posted = await deployment.device(numbers[place % len(numbers)]).say(GREETING)
            if posted.status != 200:
                raise RuntimeError(f"a webhook of the bench was answered {posted.status}")

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(post())


async def _drained(
    deployment: Deployment, graph: RecordingGraph, numbers: Sequence[str], look: Callable[[], None]
) -> None:
    """Wait until all mailboxes of these senders are empty."""
    keys = Keys(_PROJECT)
    boxes = [
        keys.box(kind, conversation).mailbox
        for conversation in map(_conversation, numbers)
        for kind in ("inbox", "outbox")
    ]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            async with deployment.connections.commands.pipeline(transaction=False) as pipe:
                for box in boxes:
                    pipe.llen(box)
                left = sum(await pipe.execute())
            look()
            if left == 0 and graph.messages:
                return
            await asyncio.sleep(_POLL_SECONDS)


def sender_number(place: int) -> str:
    """Return the telephone number of a sender of the bench."""
    return f"1555{place:07d}"


def _conversation(number: str) -> ConversationId:
    address = Address(channel="whatsapp", account=ACCOUNT, sender=number, phone=f"+{number}")
    return address.conversation
