"""Three broken designs, run under the same faults and judged by the same checker.

A checker that does not fail them proves nothing (docs/reliability.md).
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

from redis.exceptions import ResponseError

from lola.delivery import Courier, DeadLetter, Enqueued, OutboxRow
from lola.domain.messages import ConversationId, Inbound, TextMessage
from lola.errors import ChannelError, StoreUnavailableError
from lola.state import store_errors
from reliability.checker import Committed
from reliability.designs import Design, DesignName, InboxDesign, Setting
from reliability.workload import Spoken, errand_of, work_on

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


class TwoSteps(InboxDesign):
    """Broken: it remembers a message in one command and stores it in the next."""

    async def enqueue(self, inbound: Inbound) -> Enqueued:
        """Store in two steps: after a crash between them the redelivery counts as a duplicate."""
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
        """Assign a number and store in one script; this half of the design is correct."""
        keys = (self._key("dd", inbound.id), self._key("sq", inbound.conversation), self._stream)
        body = json.dumps([inbound.conversation, inbound.id, errand_of(inbound)])
        with store_errors():
            script: Any = self._redis.eval(_ENQUEUE, len(keys), *keys, body)
            seq, known = await script
        return Enqueued(seq=seq, duplicate=bool(known))

    async def work(self, name: str, courier: Courier, stop: asyncio.Event) -> None:
        """Work on own pending, then abandoned, then new entries, up to sixteen at once."""
        stopping = asyncio.create_task(stop.wait())
        reading = asyncio.create_task(self._read_forever(name, courier))
        await asyncio.wait({stopping, reading}, return_when=asyncio.FIRST_COMPLETED)
        reading.cancel()
        stopping.cancel()

    async def remaining(self, conversations: Sequence[ConversationId]) -> int:  # noqa: ARG002
        """Count the entries that were not acknowledged."""
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

    async def dead_letters(self, limit: int) -> tuple[DeadLetter, ...]:  # noqa: ARG002
        """Return nothing: these designs have no dead letters."""
        return ()

    async def _read_forever(self, name: str, courier: Courier) -> None:
        while True:
            try:
                await self._read_entries(name, courier)
            except StoreUnavailableError:
                await asyncio.sleep(_WAIT_SECONDS)

    async def _read_entries(self, name: str, courier: Courier) -> None:
        idle = int(self._setting.lease_seconds * 1000)
        with store_errors():
            if not await self._redis.exists(self._stream + ":made"):
                with suppress(ResponseError):
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
        conversation, message, errand = json.loads(body)
        await self._handle(number, conversation, message, errand, courier)

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
    """Broken: the same under a lock with a time to live, without a fencing token."""

    async def _serve(self, number: str, body: str, name: str, courier: Courier) -> None:
        conversation, message, errand = json.loads(body)
        lock, lock_ms = self._key("lock", conversation), int(self._setting.lease_seconds * 1000)
        with store_errors():
            while True:
                if await self._redis.set(lock, f"{name}:{number}", nx=True, px=lock_ms):
                    break
                await asyncio.sleep(_WAIT_SECONDS)
        try:
            await self._handle(number, conversation, message, errand, courier)
        finally:
            with store_errors():
                if await self._redis.get(lock) == f"{name}:{number}":
                    await self._redis.delete(lock)


DESIGNS: Final[dict[DesignName, Callable[[Setting], Design]]] = {
    "inbox": InboxDesign,
    "two_steps": TwoSteps,
    "group": PlainGroup,
    "lock": LockedGroup,
}
BROKEN: Final[dict[DesignName, str]] = {
    "group": "plain consumer group",
    "lock": "lock without fence",
    "two_steps": "dedup and enqueue as two commands",
}


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
