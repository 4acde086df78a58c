"""Everything that is in a store as plain text, read without the product's own search."""

from typing import Any

from redis.asyncio import Redis


async def dump(redis: Redis, project: str) -> dict[str, str]:
    """Return every key of a project with its value as text."""
    client: Any = redis
    found = {}
    async for name in client.scan_iter(f"{project}:*"):
        match await client.type(name):
            case "string":
                value = await client.get(name)
            case "list":
                value = await client.lrange(name, 0, -1)
            case "hash":
                value = await client.hgetall(name)
            case "zset":
                value = await client.zrange(name, 0, -1)
            case "set":
                value = sorted(await client.smembers(name))
            case "stream":
                value = await client.xrange(name)
            case "none":
                # The service removed it since the scan named it.
                continue
            case other:
                raise AssertionError(f"{name} is a {other}")
        found[name] = repr(value)
    return found


async def endless(redis: Redis, project: str) -> set[str]:
    """Return the keys of a project that have no expiry."""
    client: Any = redis
    names = [name async for name in client.scan_iter(f"{project}:*")]
    return {name for name in names if await client.ttl(name) == -1}
