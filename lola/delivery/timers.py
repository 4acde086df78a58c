"""Events for later: kept per shard, and put into the inbox when their time has come.

A timer takes the same way in as every other message, so order, dedupe and fencing hold for it. It
is forgotten only after its event lies in the inbox; a crash between the two repeats the event,
which is then a duplicate.
"""

import asyncio
from datetime import datetime
from typing import NamedTuple

import structlog

from lola.delivery import _wire
from lola.delivery.model import Timer
from lola.delivery.scripts import CANCEL, DUE, SCHEDULE
from lola.domain.clock import Clock
from lola.domain.messages import ConversationId, Inbound
from lola.state.connection import Connections
from lola.state.keys import Keys
from lola.telemetry import names

_AT_ONCE = 100

log = structlog.get_logger(__name__)


class Due(NamedTuple):
    """A timer whose time has come."""

    shard: int
    name: str
    event: Inbound
    trace_id: str


class Timers:
    """All timers of the deployment."""

    def __init__(self, connections: Connections, keys: Keys, clock: Clock) -> None:
        self._connections = connections
        self._redis = connections.commands
        self._keys = keys
        self._clock = clock

    async def schedule(self, event: Inbound, at: datetime, trace_id: str) -> None:
        """Keep an event until `at`; the same id again replaces it."""
        conversation = event.conversation
        await SCHEDULE.run(
            self._redis,
            self._keys.timers(self._keys.shard(conversation)),
            *_wire.timer_args(conversation, Timer(at=at, event=event), trace_id),
        )

    async def cancel(self, conversation: ConversationId, timer_id: str) -> bool:
        """Forget a timer; answers whether it was still waiting."""
        keys = self._keys.timers(self._keys.shard(conversation))
        return bool(await CANCEL.run(self._redis, keys, _wire.timer_name(conversation, timer_id)))

    async def due(self) -> list[Due]:
        """Answer what is due now, some of it if it is much. Unreadable timers are given up."""
        now = _wire.milliseconds(self._clock())
        groups = self._keys.groups(is_cluster=self._connections.is_cluster)
        answers = await asyncio.gather(
            *(
                DUE.run(
                    self._redis,
                    [key for shard in group for key in self._keys.timers(shard)],
                    now,
                    _AT_ONCE,
                )
                for group in groups
            )
        )
        found: list[Due] = []
        for group, answer in zip(groups, answers, strict=True):
            for place, name, body in zip(answer[::3], answer[1::3], answer[2::3], strict=True):
                shard = group[int(place) - 1]
                try:
                    found.append(Due(shard, name, *_wire.timer_from(body)))
                except _wire.UnreadableError:
                    log.error(names.TIMER_UNREADABLE, timer=name)
                    await self.forget(shard, name)
        return found

    async def forget(self, shard: int, name: str) -> None:
        """Drop a timer that has fired."""
        await CANCEL.run(self._redis, self._keys.timers(shard), name)
