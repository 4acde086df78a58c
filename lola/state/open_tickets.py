"""The tickets whose transfer may still change, each with when the partner is asked about it next.

Only ids are kept. A lost entry costs time only: the reconciler finds it again in the partner's
lists.
"""

from datetime import datetime, timedelta
from typing import Final

from redis.asyncio import Redis

from lola.state.connection import store_errors
from lola.state.keys import Keys

_KEEP: Final = timedelta(days=40)


class OpenTickets:
    """One sorted set. Every method raises StoreUnavailableError when Redis is gone."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._key = keys.hash("open-tickets")

    async def add(self, ticket_id: str, next_look: datetime) -> None:
        """Keep a ticket; one that is kept already stays as it is."""
        with store_errors():
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.zadd(self._key, {ticket_id: next_look.timestamp()}, nx=True)
                pipe.expire(self._key, _KEEP)
                await pipe.execute()

    async def due(self, now: datetime, limit: int) -> tuple[str, ...]:
        """Return at most `limit` tickets to ask about, the one that waits longest first."""
        with store_errors():
            found = await self._redis.zrangebyscore(
                self._key, "-inf", now.timestamp(), start=0, num=limit
            )
        return tuple(map(str, found))

    async def later(self, ticket_id: str, next_look: datetime) -> None:
        """Set the next look of a ticket that is kept."""
        with store_errors():
            await self._redis.zadd(self._key, {ticket_id: next_look.timestamp()}, xx=True)

    async def remove(self, ticket_id: str) -> None:
        """Forget a ticket whose transfer is over."""
        with store_errors():
            await self._redis.zrem(self._key, ticket_id)

    async def count(self) -> int:
        """Return how many tickets are open."""
        with store_errors():
            return int(await self._redis.zcard(self._key))
