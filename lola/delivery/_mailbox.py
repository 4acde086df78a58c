"""The mailbox mechanism that inbox and outbox share: ready streams, leases, delays.

Lists hold work, streams hold which conversations have work (docs/delivery.md). Nothing here reads
a message.
"""

import asyncio
from typing import Any, NamedTuple

import structlog
from redis.exceptions import ResponseError

from lola.delivery.scripts import GROUP, HAND_BACK, HEARTBEAT, POSTPONE, PROMOTE, RELEASE
from lola.domain.clock import Clock
from lola.domain.messages import ConversationId
from lola.state.connection import BLOCK_SECONDS, Connections, store_errors
from lola.state.keys import Box, Keys, Kind
from lola.telemetry import names

_CLAIM_SLACK_MS = 100
_MAX_PENDING = 100
_MAX_PROMOTED = 1000

log = structlog.get_logger(__name__)


class Ready(NamedTuple):
    """One entry of a ready stream: a conversation that has work."""

    conversation: ConversationId
    entry: str


class Mailbox:
    """All mailboxes of one kind.

    `held` maps what is leased here to its token, for heartbeats. `delayed` is set when something
    was put off here, so that the promoting job computes its next time again.
    """

    def __init__(
        self,
        connections: Connections,
        keys: Keys,
        clock: Clock,
        *,
        kind: Kind,
        lease_seconds: float,
    ) -> None:
        self._redis = connections.commands
        self._blocking = connections.blocking
        self._keys = keys
        self._clock = clock
        self._kind: Kind = kind
        self._streams = tuple(keys.ready(kind, shard) for shard in range(keys.shards))
        self._groups = keys.groups(is_cluster=connections.is_cluster)
        self.lease_ms = int(lease_seconds * 1000)
        self.held: dict[Ready, int] = {}
        self.delayed = asyncio.Event()
        self._prepared = False
        self._preparing = asyncio.Lock()
        self._promoted_at = 0

    def box(self, conversation: ConversationId) -> Box:
        """Return the keys of one conversation."""
        return self._keys.box(self._kind, conversation)

    @property
    def readers(self) -> int:
        """How many blocking reads cover all shards: one, or one per shard on a cluster."""
        return len(self._groups)

    @property
    def now_ms(self) -> int:
        """The injected clock in milliseconds; delays are counted on it."""
        return int(self._clock().timestamp() * 1000)

    async def prepare(self) -> None:
        """Create the consumer groups, once: a group that is missing later was lost."""
        async with self._preparing:
            if not self._prepared:
                await self._create_groups()
                self._prepared = True

    async def _create_groups(self) -> None:
        with store_errors():
            for stream in self._streams:
                try:
                    await self._redis.xgroup_create(stream, GROUP, id="0", mkstream=True)
                except ResponseError as error:
                    if not str(error).startswith("BUSYGROUP"):
                        raise

    async def own_pending(self, consumer: str, reader: int = 0) -> list[Ready]:
        """Return what an earlier process of this consumer left pending; always read this first."""
        return await self._read(consumer, "0", _MAX_PENDING, None, reader)

    async def take(self, consumer: str, count: int, reader: int = 0) -> list[Ready]:
        """Wait up to BLOCK_SECONDS for about `count` new entries of one reader's shards.

        At least one of each shard, so that none of them waits for the others.
        """
        each = max(1, count // len(self._groups[reader]))
        return await self._read(consumer, ">", each, int(BLOCK_SECONDS * 1000), reader)

    async def claim(self, consumer: str, count: int) -> list[Ready]:
        """Take over about `count` entries that were not kept fresh for longer than a lease."""
        each = max(1, count // len(self._streams))
        with store_errors():
            async with self._redis.pipeline(transaction=False) as pipe:
                for stream in self._streams:
                    pipe.xautoclaim(
                        stream, GROUP, consumer, self.lease_ms + _CLAIM_SLACK_MS, "0-0", each
                    )
                answers = await pipe.execute(raise_on_error=False)
        found: list[Ready] = []
        for stream, answer in zip(self._streams, answers, strict=True):
            if isinstance(answer, Exception):
                await self._repair(answer)
            else:
                found += await self._entries(stream, answer[1])
        return found

    async def heartbeat(self, consumer: str) -> None:
        """Keep every lease that is held here."""
        held = list(self.held.items())
        if not held:
            return
        with store_errors():
            async with self._redis.pipeline(transaction=False) as pipe:
                for ready, token in held:
                    box = self.box(ready.conversation)
                    args = (token, ready.entry, consumer, self.lease_ms)
                    pipe.eval(HEARTBEAT.text, 2, box.lease, box.ready, *map(str, args))
                answers = await pipe.execute()
        for (ready, token), kept in zip(held, answers, strict=True):
            if not kept and self.held.get(ready) == token:
                del self.held[ready]
                log.warning(names.LEASE_LOST, conversation=ready.conversation, kind=self._kind)

    async def promote(self) -> float | None:
        """Make ready what is due; return in how many seconds the next one is, or None.

        When the clock was set back, everything is due: what was put off by the wrong time would
        wait until that time comes again, and what is ready too early is put off again.
        """
        now = self.now_ms
        until = str(now)
        if now < self._promoted_at:
            log.warning(names.CLOCK_SET_BACK, seconds=(self._promoted_at - now) // 1000)
            until = "+inf"
        dues = await asyncio.gather(*(self._promote(one, until) for one in self._groups))
        self._promoted_at = now
        return min((max(0.0, (float(due) - now) / 1000) for due in dues if due), default=None)

    async def _promote(self, shards: tuple[int, ...], until: str) -> str:
        due: str = await PROMOTE.run(
            self._redis,
            [
                key
                for shard in shards
                for key in (self._keys.waiting(self._kind, shard), self._streams[shard])
            ],
            until,
            _MAX_PROMOTED,
            *(self._keys.flags(self._kind, shard) for shard in shards),
        )
        return due

    async def postpone(
        self, conversation: ConversationId, token: int, seconds: float, *, attempted: int = 0
    ) -> str:
        """Give a lease back for a while; `attempted` messages count one more attempt."""
        due = self.now_ms + int(seconds * 1000)
        answer: str = await POSTPONE.run(
            self._redis, self.box(conversation), token, conversation, due, attempted
        )
        self.delayed.set()
        return answer

    async def release(self, conversation: ConversationId, token: int) -> None:
        """Give a lease back; what is left goes to the end of the queue."""
        await RELEASE.run(self._redis, self.box(conversation), token, conversation)

    async def hand_back(self, consumer: str) -> None:
        """Give back everything that this consumer took and does not work on any more."""
        for reader in range(self.readers):
            for conversation, entry in await self.own_pending(consumer, reader):
                await HAND_BACK.run(
                    self._redis, self.box(conversation), conversation, entry, consumer
                )

    async def _read(
        self, consumer: str, start: str, count: int, block: int | None, reader: int = 0
    ) -> list[Ready]:
        client = self._redis if block is None else self._blocking
        streams: dict[Any, Any] = {self._streams[shard]: start for shard in self._groups[reader]}
        try:
            with store_errors():
                answer: Any = await client.xreadgroup(
                    GROUP, consumer, streams, count=count, block=block
                )
        except ResponseError as error:
            await self._repair(error)
            return []
        found: list[Ready] = []
        for stream, entries in answer or ():
            found += await self._entries(stream, entries)
        return found

    async def _entries(self, stream: str, entries: Any) -> list[Ready]:
        found: list[Ready] = []
        for entry, fields in entries:
            if fields:
                found.append(Ready(ConversationId(fields["c"]), entry))
            else:
                # Deleted by the worker that finished; only the pending mark is left.
                with store_errors():
                    await self._redis.xack(stream, GROUP, entry)
        return found

    async def _repair(self, error: Exception) -> None:
        """Create a missing group again; that it is missing means that data was lost."""
        with store_errors():
            if not str(error).startswith("NOGROUP"):
                raise error
        log.error(names.GROUP_LOST, kind=self._kind)
        await self._create_groups()
