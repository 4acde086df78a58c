"""Conversations to sync with an external help desk, and the worker that holds the sync lock.

Any process may mark a conversation; one worker at a time holds the lock and syncs. A lost mark only
costs time: a sync compares with what is stored, and all conversations are swept now and then.
"""

from typing import Final, cast

from redis.asyncio import Redis

from lola.domain.clock import Clock
from lola.domain.messages import ConversationId
from lola.state.connection import store_errors
from lola.state.keys import Keys
from lola.state.lease import Lease

KEPT_SECONDS: Final = 8 * 86_400


class SyncList:
    """One list by name. Every method raises StoreUnavailableError when Redis is gone."""

    def __init__(self, redis: Redis, keys: Keys, clock: Clock, name: str) -> None:
        self._redis = redis
        self._clock = clock
        self._marks = keys.hash(f"watch-{name}")
        self._lease = Lease(redis, keys.record("watch", name))

    async def mark(self, conversation: ConversationId) -> None:
        """Ask for a sync soon."""
        now = self._now()
        with store_errors():
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.zadd(self._marks, {conversation: now})
                pipe.zremrangebyscore(self._marks, 0, now - KEPT_SECONDS)
                pipe.expire(self._marks, KEPT_SECONDS)
                await pipe.execute()

    async def marked(self, within_seconds: float = KEPT_SECONDS) -> dict[ConversationId, float]:
        """Return what was marked within the last seconds, and when, oldest first."""
        with store_errors():
            found = cast(
                "list[tuple[str, float]]",
                await self._redis.zrange(
                    self._marks, self._now() - within_seconds, "+inf", byscore=True, withscores=True
                ),
            )
        return {ConversationId(name): score for name, score in found}

    async def hold(self, worker: str, seconds: float) -> bool:
        """Take or keep the lock for `worker`; False while another one has it."""
        return await self._lease.hold(worker, seconds)

    def _now(self) -> float:
        return self._clock().timestamp()
