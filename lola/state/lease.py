"""A named lease: one process at a time does a job that any process could do.

A lease runs out by itself, so a process that dies blocks nothing. It does not fence: what its
holder does must be safe to do twice.
"""

from typing import Final

from redis.asyncio import Redis

from lola.state.connection import store_errors

# Takes the lease, or keeps it, unless another one has it.
_HOLD: Final = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
_LEAVE: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


class Lease:
    """One lease by its key. Every method raises StoreUnavailableError when Redis is gone."""

    def __init__(self, redis: Redis, key: str) -> None:
        self._redis = redis
        self._key = key

    async def hold(self, holder: str, seconds: float) -> bool:
        """Take or keep the lease for `holder`; False while another one has it."""
        with store_errors():
            held = await self._redis.eval(_HOLD, 1, self._key, holder, str(int(seconds * 1000)))
        return bool(held)

    async def leave(self, holder: str) -> None:
        """Give the lease back, if `holder` has it."""
        with store_errors():
            await self._redis.eval(_LEAVE, 1, self._key, holder)
