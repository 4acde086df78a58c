"""Reads the whole store of a running service, to search it for what may not be there."""

from collections.abc import AsyncIterator

from lola.testing.harness import Harness


async def entries(harness: Harness) -> AsyncIterator[tuple[str, str]]:
    """Yield every key with its value as one text."""
    redis = harness.service.store._redis
    async for key in redis.scan_iter(count=1_000):
        match await redis.type(key):
            case "string":
                value = await redis.get(key)
            case "hash":
                value = str(await redis.hgetall(key))
            case "list":
                value = str(await redis.lrange(key, 0, -1))
            case "set":
                value = str(await redis.smembers(key))
            case "zset":
                value = str(await redis.zrange(key, 0, -1))
            case "stream":
                value = str(await redis.xrange(key))
            case _:
                value = ""
        yield key, value or ""
