"""Events from outside that could not be used yet: kept, tried again, and shown to operators.

A record holds ids and the names of fields, never values that could be personal data. The number of
records is bounded; when there is no room the caller must refuse the event, so that it comes again.
"""

import json
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from redis.asyncio import Redis

from lola.domain.clock import Clock
from lola.domain.messages import JsonObject
from lola.errors import StoreUnavailableError
from lola.state.connection import store_errors
from lola.state.keys import Keys

LIMIT = 10_000
KEEP = timedelta(days=30)
PAUSES = tuple(
    timedelta(seconds=seconds)
    for seconds in (2, 10, 60, 5 * 60, 15 * 60, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600)
)
"""Between attempts to use an event; after the last one it only waits for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEvent:
    """One event. `reason` says why it was kept; `next_try` is None when it is not tried again."""

    id: str
    reason: str
    body: JsonObject
    kept_at: datetime
    attempts: int = 0
    next_try: datetime | None = None


class KeptEvents:
    """All kept events of a deployment. Every method raises StoreUnavailableError."""

    def __init__(self, redis: Redis, keys: Keys, clock: Clock) -> None:
        self._redis = redis
        self._key = keys.hash("kept-events")
        self._clock = clock

    async def keep(self, event_id: str, reason: str, body: JsonObject, *, retry: bool) -> bool:
        """Keep an event, once; return whether it is new.

        Raises StoreUnavailableError when there is no room.
        """
        now = self._clock()
        event = KeptEvent(
            id=event_id,
            reason=reason,
            body=body,
            kept_at=now,
            next_try=now + PAUSES[0] if retry else None,
        )
        with store_errors():
            if await self._redis.hlen(self._key) >= LIMIT:
                raise StoreUnavailableError("too many events wait for their ticket")
            added = await self._redis.hsetnx(self._key, event_id, _dump(event))
            await self._redis.expire(self._key, KEEP)
        return bool(added)

    async def all(self) -> tuple[KeptEvent, ...]:
        """Return the kept events, oldest first, and forget those that are too old."""
        with store_errors():
            stored = await cast("Awaitable[dict[str, str]]", self._redis.hgetall(self._key))
        events = [_load(name, text) for name, text in stored.items()]
        oldest = self._clock() - KEEP
        for event in events:
            if event.kept_at < oldest:
                await self.forget(event.id)
        kept = (event for event in events if event.kept_at >= oldest)
        return tuple(sorted(kept, key=lambda event: event.kept_at))

    async def due(self) -> tuple[KeptEvent, ...]:
        """Return the events that should be tried now."""
        now = self._clock()
        return tuple(
            event for event in await self.all() if event.next_try and event.next_try <= now
        )

    async def tried(self, event: KeptEvent) -> KeptEvent:
        """Record a failed attempt and return the event with the time of the next one, if any."""
        attempts = event.attempts + 1
        pause = PAUSES[attempts] if attempts < len(PAUSES) else None
        later = replace(event, attempts=attempts, next_try=self._clock() + pause if pause else None)
        with store_errors():
            await self._redis.hset(self._key, event.id, _dump(later))
        return later

    async def forget(self, event_id: str) -> None:
        """Remove an event that was used; one that is not there is no error."""
        with store_errors():
            await self._redis.hdel(self._key, event_id)


def _dump(event: KeptEvent) -> str:
    fields = {
        "reason": event.reason,
        "body": event.body,
        "kept_at": event.kept_at.isoformat(),
        "attempts": event.attempts,
        "next_try": event.next_try and event.next_try.isoformat(),
    }
    return json.dumps(fields, separators=(",", ":"))


def _load(name: str, text: str) -> KeptEvent:
    fields = json.loads(text)
    next_try = fields["next_try"]
    return KeptEvent(
        id=name,
        reason=fields["reason"],
        body=fields["body"],
        kept_at=datetime.fromisoformat(fields["kept_at"]),
        attempts=fields["attempts"],
        next_try=datetime.fromisoformat(next_try) if next_try else None,
    )
