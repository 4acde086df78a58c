"""What is under test: the ledger, and three designs that look right and are not.

Every design takes in messages, works on them and shows its effects, so that the same faults and
the same checker run over all of them. The broken ones stay here for good: a checker that does not
fail them proves nothing (delivery.md 2.4).
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal, Protocol

from lola.clock import system_clock
from lola.delivery import Courier, DeadLetter, Enqueued, Ledger, Limits, Outbox, OutboxRow, Worker
from lola.errors import ChannelError, StoreUnavailableError
from lola.messages import ConversationId, Inbound, TextMessage
from lola.qa.chaos.checker import Committed
from lola.qa.chaos.workload import Handler, Spoken, errand_of, last_words, work_on
from lola.state import Connections, Keys, store_errors

DesignName = Literal["ledger", "two_steps", "group", "lock"]

_EVERY_TURN: Final = 1_000_000
_NEVER_BURIED: Final = 1_000
_TICK_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where a design runs and how patient it is, in seconds."""

    connections: Connections
    project: str
    lease_seconds: float
    hold_seconds: float
    on_long: Callable[[], Awaitable[None]]
    on_fenced: Callable[[], None]


class Design(Protocol):
    """One way to take messages in and work on them."""

    async def enqueue(self, inbound: Inbound) -> Enqueued:
        """Store a message once. Raises StoreUnavailableError."""
        ...

    async def work(self, name: str, courier: Courier, stop: asyncio.Event) -> None:
        """Work as `name` until `stop`."""
        ...

    async def remaining(self, conversations: Sequence[ConversationId]) -> int:
        """Answer how much is left to do."""
        ...

    async def committed(self, conversations: Iterable[ConversationId]) -> tuple[Committed, ...]:
        """Answer what every conversation looks like."""
        ...

    async def letters(self, limit: int) -> tuple[DeadLetter, ...]:
        """Answer what was given up and told to a person."""
        ...


class LedgerDesign:
    """The real thing: the production ledger, outbox and worker, unchanged."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._redis = setting.connections.commands
        self._keys = Keys(setting.project)
        self.ledger = _Watched(
            setting.connections,
            self._keys,
            system_clock,
            on_poison=last_words,
            limits=Limits(
                lease_seconds=setting.lease_seconds,
                max_attempts=_NEVER_BURIED,
                history_kept=_EVERY_TURN,
                history_window=1,
            ),
        )
        self.ledger.on_fenced = setting.on_fenced

    async def enqueue(self, inbound: Inbound) -> Enqueued:
        """Let the ledger accept it."""
        return await self.ledger.enqueue(inbound, "trace")

    async def work(self, name: str, courier: Courier, stop: asyncio.Event) -> None:
        """Run the production worker."""
        outbox = Outbox(
            self._setting.connections,
            self._keys,
            system_clock,
            lease_seconds=self._setting.lease_seconds,
            hold_seconds=self._setting.hold_seconds,
        )
        worker = Worker(
            self.ledger,
            outbox,
            Handler(self._setting.on_long),
            courier,
            name,
            tick_seconds=_TICK_SECONDS,
        )
        running = asyncio.create_task(worker.run())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        await worker.stop()
        await running

    async def remaining(self, conversations: Sequence[ConversationId]) -> int:
        """Count mailboxes, outboxes, their flags and the timers that are not gone."""
        names = [
            key
            for conversation in conversations
            for kind in ("inbox", "outbox")
            for key in self._keys.box(kind, conversation)[:2]  # type: ignore[arg-type]
        ]
        timers = [key for shard in range(self._keys.shards) for key in self._keys.timers(shard)]
        with store_errors():
            return int(await self._redis.exists(*names, *timers))

    async def committed(self, conversations: Iterable[ConversationId]) -> tuple[Committed, ...]:
        """Read state and history as the service keeps them."""
        found = []
        for conversation in conversations:
            state, version, records = await _read(
                self._redis,
                self._keys.state(conversation),
                self._keys.history(conversation),
            )
            counted = json.loads(state)["counted"] if state else 0
            turns = tuple(tuple(json.loads(record)["messages"]) for record in records)
            found.append(
                Committed(
                    conversation=conversation,
                    turns=turns,
                    version=int(version or 0),
                    counted=counted,
                )
            )
        return tuple(found)

    async def letters(self, limit: int) -> tuple[DeadLetter, ...]:
        """Answer the ledger's dead letters."""
        return await self.ledger.dead_letters(limit)


class TwoSteps(LedgerDesign):
    """Broken: it remembers a message in one command and stores it in the next."""

    async def enqueue(self, inbound: Inbound) -> Enqueued:
        """Die between the two, and the redelivery is taken for a duplicate."""
        with store_errors():
            is_new = await self._redis.set(f"{self._keys.seen(inbound)}:first", "1", nx=True)
        if not is_new:
            return Enqueued(seq=0, duplicate=True)
        return await super().enqueue(inbound)


class PlainGroup:
    """Broken: one stream, one consumer group; effect, state and acknowledgement are separate."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._redis = setting.connections.commands
        self._blocking = setting.connections.blocking
        self._stream = f"{setting.project}:stream"
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def _key(self, kind: str, name: str) -> str:
        return f"{self._setting.project}:{kind}:{name}"

    async def enqueue(self, inbound: Inbound) -> Enqueued:
        """Number, remember and store in one script; this half of the design is sound."""
        keys = (self._key("dd", inbound.id), self._key("sq", inbound.conversation), self._stream)
        body = json.dumps([inbound.conversation, inbound.id, errand_of(inbound)])
        with store_errors():
            script: Any = self._redis.eval(_ENQUEUE, len(keys), *keys, body)
            seq, known = await script
        return Enqueued(seq=seq, duplicate=bool(known))

    async def work(self, name: str, courier: Courier, stop: asyncio.Event) -> None:
        """Own pending, then abandoned, then new entries, up to sixteen at once."""
        stopping = asyncio.create_task(stop.wait())
        reading = asyncio.create_task(self._read_forever(name, courier))
        await asyncio.wait({stopping, reading}, return_when=asyncio.FIRST_COMPLETED)
        reading.cancel()
        stopping.cancel()

    async def remaining(self, conversations: Sequence[ConversationId]) -> int:  # noqa: ARG002
        """Count the entries that nobody acknowledged."""
        with store_errors():
            return int(await self._redis.xlen(self._stream))

    async def committed(self, conversations: Iterable[ConversationId]) -> tuple[Committed, ...]:
        """Read the effects and the counted state."""
        found = []
        for conversation in conversations:
            with store_errors():
                effects: Any = self._redis.lrange(self._key("fx", conversation), 0, -1)
                turns = tuple((message,) for message in await effects)
                state = int(await self._redis.get(self._key("st", conversation)) or 0)
            found.append(
                Committed(conversation=conversation, turns=turns, version=state, counted=state)
            )
        return tuple(found)

    async def letters(self, limit: int) -> tuple[DeadLetter, ...]:  # noqa: ARG002
        """Such designs have none."""
        return ()

    async def _read_forever(self, name: str, courier: Courier) -> None:
        while True:
            try:
                await self._read_entries(name, courier)
            except StoreUnavailableError:
                await asyncio.sleep(_TICK_SECONDS)

    async def _read_entries(self, name: str, courier: Courier) -> None:
        idle = int(self._setting.lease_seconds * 1000)
        with store_errors():
            if not await self._redis.exists(self._stream + ":made"):
                with suppress(Exception):
                    await self._redis.xgroup_create(self._stream, _GROUP, "0", mkstream=True)
                await self._redis.set(self._stream + ":made", "1")
            start: str = "0"
            while True:
                answer: Any = await self._blocking.xreadgroup(
                    _GROUP, name, {self._stream: start}, count=_AT_ONCE, block=100
                )
                start = ">"
                abandoned = await self._redis.xautoclaim(
                    self._stream, _GROUP, name, idle, "0-0", _AT_ONCE
                )
                entries = [entry for _, found in answer or () for entry in found]
                for number, fields in (*entries, *abandoned[1]):
                    self._start(number, fields, name, courier)
                while len(self._tasks) >= _AT_ONCE:
                    await asyncio.wait(self._tasks.values(), return_when=asyncio.FIRST_COMPLETED)

    def _start(
        self, number: str, fields: dict[str, str] | None, name: str, courier: Courier
    ) -> None:
        if fields and number not in self._tasks:
            task = asyncio.create_task(self._serve(number, fields["body"], name, courier))
            self._tasks[number] = task
            task.add_done_callback(partial(self._ended, number))

    def _ended(self, number: str, task: asyncio.Task[None]) -> None:
        del self._tasks[number]
        if not task.cancelled():
            # A failed entry stays pending and is claimed again, which is all this design can do.
            task.exception()

    async def _serve(self, number: str, body: str, name: str, courier: Courier) -> None:  # noqa: ARG002
        await self._handle(number, *json.loads(body), courier)

    async def _handle(
        self, number: str, conversation: str, message: str, errand: str, courier: Courier
    ) -> None:
        redis = self._redis
        with store_errors():
            state = int(await redis.get(self._key("st", conversation)) or 0)
            await work_on((errand,), self._setting.on_long)
            pushed: Any = redis.rpush(self._key("fx", conversation), message)
            await pushed
            await redis.set(self._key("st", conversation), state + 1)
        with suppress(ChannelError):
            await courier(_row(conversation, message, errand))
        with store_errors():
            await redis.xack(self._stream, _GROUP, number)
            await redis.xdel(self._stream, number)


class LockedGroup(PlainGroup):
    """Broken: the same under a lock with a time to live, and no fence behind it."""

    async def _serve(self, number: str, body: str, name: str, courier: Courier) -> None:
        conversation, message, errand = json.loads(body)
        lock, life = self._key("lock", conversation), int(self._setting.lease_seconds * 1000)
        with store_errors():
            while not await self._redis.set(lock, f"{name}:{number}", nx=True, px=life):
                await asyncio.sleep(_WAIT_SECONDS)
        try:
            await self._handle(number, conversation, message, errand, courier)
        finally:
            with store_errors():
                if await self._redis.get(lock) == f"{name}:{number}":
                    await self._redis.delete(lock)


DESIGNS: Final[dict[DesignName, Callable[[Setting], Design]]] = {
    "ledger": LedgerDesign,
    "two_steps": TwoSteps,
    "group": PlainGroup,
    "lock": LockedGroup,
}
BROKEN: Final[dict[DesignName, str]] = {
    "group": "plain consumer group",
    "lock": "lock without fence",
    "two_steps": "dedup and enqueue as two commands",
}

_GROUP: Final = "workers"
_AT_ONCE: Final = 16
_WAIT_SECONDS: Final = 0.01
_ENQUEUE: Final = """
local known = redis.call('GET', KEYS[1])
if known then return {tonumber(known), 1} end
local seq = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], seq)
redis.call('XADD', KEYS[3], '*', 'body', ARGV[1])
return {seq, 0}
"""


def observing(
    connections: Connections, project: str, lease_seconds: float, hold_seconds: float
) -> Setting:
    """Answer a setting for whoever only looks."""

    async def on_long() -> None:
        """Nothing works here."""

    return Setting(
        connections=connections,
        project=project,
        lease_seconds=lease_seconds,
        hold_seconds=hold_seconds,
        on_long=on_long,
        on_fenced=lambda: None,
    )


class _Watched(Ledger):
    """The ledger, telling how often a commit came too late."""

    on_fenced: Callable[[], None]

    async def commit(self, work: Any, effects: Any) -> Any:
        outcome = await super().commit(work, effects)
        if outcome in ("fenced", "mismatch"):
            self.on_fenced()
        return outcome


def _row(conversation: str, message: str, errand: str) -> OutboxRow:
    spoken = Spoken(sender=0, message=message)
    return OutboxRow(
        id=message,
        conversation=ConversationId(conversation),
        address=spoken.inbound().address,
        message=TextMessage(content=message),
        author="bot",
        money=errand == "money",
        epoch=0,
        trace_id="trace",
    )


async def _read(redis: Any, state: str, history: str) -> tuple[str | None, str | None, list[str]]:
    with store_errors():
        text, version = await redis.hmget(state, ["state", "version"])
        return text, version, await redis.lrange(history, 0, -1)
