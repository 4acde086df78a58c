"""How far the reconciler has come: its lease, its cursor, and when it has to run next."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from redis.asyncio import Redis

from lola.state.connection import store_errors
from lola.state.keys import Keys
from lola.state.lease import Lease

_KEEP: Final = timedelta(days=40)
# The cursor moves for the holder of the lease only, and never back.
_ADVANCE: Final = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
local before = tonumber(redis.call('HGET', KEYS[1], 'cursor') or '0')
if tonumber(ARGV[2]) > before then redis.call('HSET', KEYS[1], 'cursor', ARGV[2]) end
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What is stored. `cursor`: everything that the partner made before it was seen.

    `is_wanted`: the partner could not be asked about a ticket since the last run began.
    """

    cursor: datetime | None = None
    ran_at: datetime | None = None
    is_complete: bool = True
    is_wanted: bool = False


class ReconcilerState:
    """The state of a deployment's reconciler. Every method raises StoreUnavailableError."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._key, self._lease_key = keys.reconciler()
        self._lease = Lease(redis, self._lease_key)

    async def hold(self, holder: str, seconds: float) -> bool:
        """Take or keep the lease; False while another process has it."""
        return await self._lease.hold(holder, seconds)

    async def leave(self, holder: str) -> None:
        """Give the lease back."""
        await self._lease.leave(holder)

    async def progress(self) -> Progress:
        """Return what is stored."""
        with store_errors():
            stored = await cast("Awaitable[dict[str, str]]", self._redis.hgetall(self._key))
        return Progress(
            cursor=_instant(stored.get("cursor")),
            ran_at=_instant(stored.get("ran_at")),
            is_complete=stored.get("complete", "1") == "1",
            is_wanted="wanted" in stored,
        )

    async def advance(self, holder: str, cursor: datetime) -> bool:
        """Move the cursor forward; False when `holder` has lost the lease."""
        with store_errors():
            moved = await self._redis.eval(
                _ADVANCE, 2, self._key, self._lease_key, holder, str(cursor.timestamp())
            )
        return bool(moved)

    async def begin(self, at: datetime) -> None:
        """Record that a run begins: it is incomplete until `end`, and fulfils every wish so far."""
        fields: Mapping[Any, Any] = {"ran_at": str(at.timestamp()), "complete": "0"}
        with store_errors():
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.hset(self._key, mapping=fields)
                pipe.hdel(self._key, "wanted")
                pipe.expire(self._key, _KEEP)
                await pipe.execute()

    async def end(self) -> None:
        """Record that the run in progress was complete."""
        with store_errors():
            await self._redis.hset(self._key, "complete", "1")

    async def want(self) -> None:
        """Ask for a run soon: the partner could not be asked about a ticket."""
        with store_errors():
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.hset(self._key, "wanted", "1")
                pipe.expire(self._key, _KEEP)
                await pipe.execute()


def _instant(stored: str | None) -> datetime | None:
    return datetime.fromtimestamp(float(stored), UTC) if stored else None
