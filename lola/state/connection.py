"""How Redis is reached: one pool for commands, one for blocking reads (docs/delivery.md).

Commands are never repeated by the client: only our own code knows which of them are idempotent.
Every call has a short timeout, so that a webhook hears 503 soon and not after half a minute.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ReadOnlyError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from lola.errors import ConfigurationError, StoreUnavailableError

BLOCK_SECONDS = 5.0
_SCHEMES = ("redis", "rediss", "unix")
_REFUSALS = ("OOM ", "MISCONF", "NOREPLICAS", "READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """`commands` for everything; `blocking` only for reads that wait up to BLOCK_SECONDS."""

    commands: Redis
    blocking: Redis

    async def close(self) -> None:
        """Close both pools."""
        await self.commands.aclose()
        await self.blocking.aclose()


def connect(
    url: str,
    *,
    timeout_seconds: float = 2.0,
    max_connections: int = 32,
) -> Connections:
    """Make the two pools; nothing is dialled yet. Raises ConfigurationError."""
    if urlsplit(url).scheme not in _SCHEMES:
        raise ConfigurationError(
            "REDIS_URL", "must begin with redis://, rediss:// or unix://", hint="docs/delivery.md"
        )
    try:
        return Connections(
            commands=_client(url, timeout_seconds, timeout_seconds, max_connections),
            blocking=_client(url, timeout_seconds, BLOCK_SECONDS + 5.0, 4),
        )
    except ValueError:
        # redis-py repeats the address, which may hold a password.
        raise ConfigurationError("REDIS_URL", "cannot be read") from None


def _client(url: str, connect_seconds: float, seconds: float, most: int) -> Redis:
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=most,
        timeout=connect_seconds,
        socket_connect_timeout=connect_seconds,
        socket_timeout=seconds,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
        protocol=2,
    )
    return Redis.from_pool(pool)


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn trouble with Redis itself into StoreUnavailableError; other errors are our bugs."""
    try:
        yield
    except (RedisConnectionError, RedisTimeoutError, OutOfMemoryError, ReadOnlyError) as error:
        raise unavailable(error) from error
    except ResponseError as error:
        if any(mark in str(error) for mark in _REFUSALS):
            raise unavailable(error) from error
        raise


def unavailable(error: RedisError) -> StoreUnavailableError:
    """Answer the error that the rest of the service knows; it names no host and no data."""
    return StoreUnavailableError(
        f"Redis did not take a command: {type(error).__name__}", hint="is REDIS_URL reachable?"
    )
