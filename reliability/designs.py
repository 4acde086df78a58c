"""The design under test: it accepts messages, works on them and shows its effects.

This module holds the production design; `broken` holds three broken ones, so that the same faults
and the same checker run over all of them.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from lola.delivery import (
    Courier,
    DeadLetter,
    DeadLetters,
    Enqueued,
    Inbox,
    Limits,
    Outbox,
    Timers,
    Work,
    Worker,
)
from lola.domain.clock import system_clock
from lola.domain.messages import ConversationId, Inbound
from lola.state import Connections, Keys, store_errors
from reliability.checker import Committed
from reliability.workload import Handler, ahead_of, no_apology

DesignName = Literal["inbox", "two_steps", "group", "lock"]

_EVERY_TURN: Final = 1_000_000
_MAX_ATTEMPTS: Final = 1_000
_TICK_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where a design runs, and its time limits."""

    connections: Connections
    project: str
    lease_seconds: float
    hold_seconds: float
    on_long: Callable[[], Awaitable[None]]
    on_fenced: Callable[[], None]


class Design(Protocol):
    """One way to accept messages and work on them."""

    async def enqueue(self, inbound: Inbound) -> Enqueued:
        """Store a message once. Raises StoreUnavailableError."""
        ...

    async def work(self, name: str, courier: Courier, stop: asyncio.Event) -> None:
        """Work as `name` until `stop`."""
        ...

    async def remaining(self, conversations: Sequence[ConversationId]) -> int:
        """Return how much work is left."""
        ...

    async def committed(self, conversations: Iterable[ConversationId]) -> tuple[Committed, ...]:
        """Return the committed history of every conversation."""
        ...

    async def dead_letters(self, limit: int) -> tuple[DeadLetter, ...]:
        """Return what was given up and reported to a person."""
        ...


class InboxDesign:
    """The production inbox, outbox and worker, unchanged."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._redis = setting.connections.commands
        self._keys = Keys(setting.project)
        self.inbox = _Watched(
            setting.connections,
            self._keys,
            system_clock,
            on_poison=no_apology,
            limits=Limits(
                lease_seconds=setting.lease_seconds,
                max_attempts=_MAX_ATTEMPTS,
                history_kept=_EVERY_TURN,
                history_window=1,
            ),
        )
        self.inbox.on_fenced = setting.on_fenced

    async def enqueue(self, inbound: Inbound) -> Enqueued:
        """Let the inbox accept it."""
        return await self.inbox.enqueue(inbound, "trace")

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
            self.inbox,
            outbox,
            Timers(self.inbox, self._setting.connections, self._keys, system_clock),
            Handler(self._setting.on_long, self._announce),
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

    async def _announce(self, work: Work) -> None:
        await self.inbox.send_interim(work, ahead_of(work))

    async def remaining(self, conversations: Sequence[ConversationId]) -> int:
        """Count the mailboxes, outboxes, flags and timers that still exist."""
        names = [
            key
            for conversation in conversations
            for kind in ("inbox", "outbox")
            for key in self._keys.box(kind, conversation)[:2]
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

    async def dead_letters(self, limit: int) -> tuple[DeadLetter, ...]:
        """Return the dead letters of inbox and outbox."""
        return await DeadLetters(self._redis, self._keys).newest(limit)


def observing(
    connections: Connections, project: str, lease_seconds: float, hold_seconds: float
) -> Setting:
    """Return a setting for a caller that only reads."""

    async def on_long() -> None:
        """Do nothing: no turn runs here."""

    return Setting(
        connections=connections,
        project=project,
        lease_seconds=lease_seconds,
        hold_seconds=hold_seconds,
        on_long=on_long,
        on_fenced=lambda: None,
    )


class _Watched(Inbox):
    """The inbox; it reports every commit that came too late."""

    on_fenced: Callable[[], None]

    async def commit(self, work: Any, effects: Any) -> Any:
        outcome = await super().commit(work, effects)
        if outcome in ("fenced", "mismatch"):
            self.on_fenced()
        return outcome


async def _read(redis: Any, state: str, history: str) -> tuple[str | None, str | None, list[str]]:
    with store_errors():
        text, version = await redis.hmget(state, ["state", "version"])
        return text, version, await redis.lrange(history, 0, -1)
