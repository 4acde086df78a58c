"""Connects to Redis: one client for commands, one for blocking reads (docs/delivery.md).

Commands are never repeated by the client: only our own code knows which of them are idempotent.
Every call has a short timeout, so that a webhook gets 503 soon and not after half a minute.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from redis.asyncio import BlockingConnectionPool, Connection, Redis, SSLConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AskError,
    ClusterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    SlotNotCoveredError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from lola.errors import ConfigurationError, StoreUnavailableError
from lola.state.address import RedisAddress, read_address
from lola.state.cluster import ClusterClient, Node
from lola.state.sentinel import Sentinels, primary_client

BLOCK_SECONDS = 5.0
_BLOCKING_CONNECTIONS = 4
_BLOCKING_CONNECTIONS_PER_NODE = 64
_REFUSALS = (
    "OOM ", "MISCONF", "NOREPLICAS", "READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN",
    "UNBLOCKED", "ERR WAIT cannot",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """`commands` for everything; `blocking` only for reads that wait up to BLOCK_SECONDS.

    `replicas` is how many replicas must have a durable write, asked with WAIT for at most
    `wait_milliseconds`. On a cluster both clients take the same commands, but a caller that touches
    several shards must do it one shard at a time.
    """

    commands: Redis
    blocking: Redis
    replicas: int = 0
    wait_milliseconds: int = 100
    sentinels: Sentinels | None = None

    @property
    def is_cluster(self) -> bool:
        """True when one command can touch only one shard."""
        return isinstance(self.commands, ClusterClient)

    async def close(self) -> None:
        """Close everything."""
        await self.commands.aclose()
        await self.blocking.aclose()
        if self.sentinels is not None:
            await self.sentinels.aclose()


def connect(
    url: str,
    *,
    timeout_seconds: float = 2.0,
    max_connections: int = 128,
    wait_replicas: int | None = None,
    wait_milliseconds: int = 100,
) -> Connections:
    """Make the two clients without connecting yet. Raises ConfigurationError.

    Without `wait_replicas`, durable writes wait for one replica where the address promises
    replicas (Sentinel, Cluster), and for none at a single server.
    """
    address = read_address(url)
    replicas = 0 if address.topology == "single" else 1
    quick = _options(timeout_seconds, timeout_seconds)
    patient = _options(timeout_seconds, BLOCK_SECONDS + 5.0)
    sentinels: Sentinels | None = None
    if address.topology == "cluster":
        commands = _cluster(address, quick, max_connections)
        blocking = _cluster(address, patient, _BLOCKING_CONNECTIONS_PER_NODE)
    elif address.topology == "sentinel":
        sentinels = Sentinels(address, quick)
        commands = primary_client(address, sentinels, quick, max_connections)
        blocking = primary_client(address, sentinels, patient, _BLOCKING_CONNECTIONS)
    else:
        commands = _single(address, quick, max_connections)
        blocking = _single(address, patient, _BLOCKING_CONNECTIONS)
    return Connections(
        commands=commands,
        blocking=blocking,
        replicas=replicas if wait_replicas is None else wait_replicas,
        wait_milliseconds=wait_milliseconds,
        sentinels=sentinels,
    )


def _options(connect_seconds: float, seconds: float) -> dict[str, Any]:
    return {
        "socket_connect_timeout": connect_seconds,
        "socket_timeout": seconds,
        "retry": Retry(NoBackoff(), 0),
        "decode_responses": True,
        "protocol": 2,
    }


def _single(address: RedisAddress, options: dict[str, Any], max_connections: int) -> Redis:
    try:
        pool = BlockingConnectionPool.from_url(
            address.url,
            max_connections=max_connections,
            timeout=options["socket_connect_timeout"],
            **options,
        )
    except ValueError:
        # redis-py repeats the address, which may hold a password.
        raise ConfigurationError("REDIS_URL", "cannot be read") from None
    return Redis.from_pool(pool)


def _cluster(address: RedisAddress, options: dict[str, Any], max_connections: int) -> Redis:
    def make(node: Node) -> Redis:
        host, port = node
        pool = BlockingConnectionPool(
            connection_class=SSLConnection if address.tls else Connection,
            max_connections=max_connections,
            timeout=options["socket_connect_timeout"],
            host=host,
            port=port,
            username=address.username,
            password=address.password,
            **options,
        )
        return Redis.from_pool(pool)

    return ClusterClient(address.nodes, make)


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn failures of Redis itself into StoreUnavailableError; other errors are our bugs."""
    try:
        yield
    except (RedisConnectionError, RedisTimeoutError, OutOfMemoryError, ReadOnlyError) as error:
        raise unavailable(error) from error
    except (AskError, TryAgainError, ClusterDownError, SlotNotCoveredError) as error:
        raise unavailable(error) from error
    except ResponseError as error:
        if any(mark in str(error) for mark in _REFUSALS):
            raise unavailable(error) from error
        raise


def unavailable(error: Exception) -> StoreUnavailableError:
    """Return the error for the rest of the service; it names no host and no data."""
    return StoreUnavailableError(
        f"Redis did not take a command: {type(error).__name__}", hint="is REDIS_URL reachable?"
    )
