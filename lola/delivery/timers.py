"""Events for later: kept per shard, and put into the inbox when they are due.

A timer enters the inbox like every other message, so order, dedupe and fencing hold for it. It is
forgotten only after its event is in the inbox; a crash between the two repeats the event, which is
then a duplicate. A turn sets and cancels timers with its effects; everything else does it here.
"""

import asyncio
from datetime import datetime
from typing import Final, NamedTuple

import structlog

from lola.delivery import _wire
from lola.delivery.inbox import Inbox
from lola.delivery.model import Timer
from lola.delivery.scripts import CANCEL, DUE, SCHEDULE
from lola.domain.clock import Clock
from lola.domain.messages import ConversationId, Inbound
from lola.state.connection import Connections
from lola.state.keys import Keys
from lola.telemetry import names

_MAX_AT_ONCE: Final = 100

log = structlog.get_logger(__name__)


class _Due(NamedTuple):
    shard: int
    name: str
    event: Inbound
    trace_id: str


class Timers:
    """All timers of the deployment. Every method raises StoreUnavailableError."""

    def __init__(self, inbox: Inbox, connections: Connections, keys: Keys, clock: Clock) -> None:
        self._inbox = inbox
        self._connections = connections
        self._redis = connections.commands
        self._keys = keys
        self._clock = clock

    async def schedule(self, event: Inbound, at: datetime, trace_id: str = "") -> None:
        """Let an event enter its conversation's inbox at `at`, once; the same id replaces it."""
        conversation = event.conversation
        await SCHEDULE.run(
            self._redis,
            self._keys.timers(self._keys.shard(conversation)),
            *_wire.timer_args(conversation, Timer(at=at, event=event), trace_id),
        )

    async def cancel(self, conversation: ConversationId, timer_id: str) -> bool:
        """Forget a timer; return whether it was still waiting."""
        keys = self._keys.timers(self._keys.shard(conversation))
        return bool(await CANCEL.run(self._redis, keys, _wire.timer_name(conversation, timer_id)))

    async def fire_due(self) -> int:
        """Put the events of all timers that are due into their inboxes; return how many."""
        due = await self._due()
        for timer in due:
            await self._inbox.enqueue(timer.event, timer.trace_id)
            await self._forget(timer.shard, timer.name)
        return len(due)

    async def _due(self) -> list[_Due]:
        """Return timers that are due now, up to a limit per shard, and forget unreadable ones."""
        now = _wire.milliseconds(self._clock())
        groups = self._keys.groups(is_cluster=self._connections.is_cluster)
        answers = await asyncio.gather(
            *(
                DUE.run(
                    self._redis,
                    [key for shard in group for key in self._keys.timers(shard)],
                    now,
                    _MAX_AT_ONCE,
                )
                for group in groups
            )
        )
        found: list[_Due] = []
        for group, answer in zip(groups, answers, strict=True):
            for place, name, body in zip(answer[::3], answer[1::3], answer[2::3], strict=True):
                shard = group[int(place) - 1]
                try:
                    found.append(_Due(shard, name, *_wire.timer_from(body)))
                except _wire.UnreadableError:
                    log.error(names.TIMER_UNREADABLE, timer=name)
                    await self._forget(shard, name)
        return found

    async def _forget(self, shard: int, name: str) -> None:
        await CANCEL.run(self._redis, self._keys.timers(shard), name)
