"""How Redis is reached: one client for commands, one for blocking reads (docs/delivery.md).

Commands are never repeated by the client: only our own code knows which of them are idempotent.
Every call has a short timeout, so that a webhook hears 503 soon and not after half a minute.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import (
    ClusterError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    ResponseError,
    SlotNotCoveredError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from lola.errors import ConfigurationError, StoreUnavailableError
from lola.state.address import RedisAddress, read_address

BLOCK_SECONDS = 5.0
_BLOCKING_CONNECTIONS = 4
_CONNECTIONS_PER_NODE = 256
_REFUSALS = (
    "OOM ", "MISCONF", "NOREPLICAS", "READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN",
    "TRYAGAIN", "UNBLOCKED",
)  # fmt: skip
_CLUSTER_TROUBLE = (
    "cannot be connected",
    "slots are not covered",
    "could not agree",
    "not enabled",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """`commands` for everything; `blocking` only for reads that wait up to BLOCK_SECONDS.

    `replicas` is how many replicas must have a durable write, asked with WAIT for at most
    `wait_milliseconds`. On a cluster both clients are a RedisCluster, which takes the same
    commands; whoever touches several shards must then do it one shard at a time.
    """

    commands: Redis
    blocking: Redis
    replicas: int = 0
    wait_milliseconds: int = 100
    sentinels: tuple[Sentinel, ...] = ()

    @property
    def cluster(self) -> RedisCluster | None:
        """The commands' client if it is a cluster's."""
        client: object = self.commands
        return client if isinstance(client, RedisCluster) else None

    async def read_group(
        self,
        group: str,
        consumer: str,
        streams: Mapping[str, str],
        *,
        count: int,
        block: int | None,
    ) -> Any:
        """Read a consumer group; `block` is in milliseconds, and None does not wait.

        On a cluster `streams` holds one stream: the server takes no more, and the client would ask
        another node first where the keys stand in the command.
        """
        client: Any = self.commands if block is None else self.blocking
        if not isinstance(client, RedisCluster):
            return await client.xreadgroup(group, consumer, dict(streams), count=count, block=block)
        await client.initialize()
        waits = () if block is None else ("BLOCK", block)
        return await client.execute_command(
            "XREADGROUP", "GROUP", group, consumer, "COUNT", count, *waits,
            "STREAMS", *streams, *streams.values(),
            target_nodes=client.get_node_from_key(next(iter(streams))),
        )  # fmt: skip

    async def close(self) -> None:
        """Close everything."""
        await self.commands.aclose()
        await self.blocking.aclose()
        for sentinel in self.sentinels:
            await sentinel.aclose()


def connect(
    url: str,
    *,
    timeout_seconds: float = 2.0,
    max_connections: int = 32,
    wait_replicas: int | None = None,
    wait_milliseconds: int = 100,
) -> Connections:
    """Make the two clients; nothing is dialled yet. Raises ConfigurationError.

    Without `wait_replicas`, durable writes wait for one replica where the address promises
    replicas (Sentinel, Cluster), and for none at a single server.
    """
    address = read_address(url)
    replicas = 0 if address.topology == "single" else 1
    quick = _options(timeout_seconds, timeout_seconds)
    patient = _options(timeout_seconds, BLOCK_SECONDS + 5.0)
    sentinels: tuple[Sentinel, ...] = ()
    if address.topology == "cluster":
        commands, blocking = _cluster(address, quick), _cluster(address, patient)
    elif address.topology == "sentinel":
        sentinels = (_sentinel(address, quick), _sentinel(address, quick))
        commands = _primary(address, sentinels[0], quick, max_connections)
        blocking = _primary(address, sentinels[1], patient, _BLOCKING_CONNECTIONS)
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


def _single(address: RedisAddress, options: dict[str, Any], most: int) -> Redis:
    try:
        pool = BlockingConnectionPool.from_url(
            address.url,
            max_connections=most,
            timeout=options["socket_connect_timeout"],
            **options,
        )
    except ValueError:
        # redis-py repeats the address, which may hold a password.
        raise ConfigurationError("REDIS_URL", "cannot be read") from None
    return Redis.from_pool(pool)


class _PrimaryPool(SentinelConnectionPool, BlockingConnectionPool):
    """Waits for a free connection like the other pool, and asks the sentinels for each new one."""


def _sentinel(address: RedisAddress, options: dict[str, Any]) -> Sentinel:
    return Sentinel(  # type: ignore[no-untyped-call]
        address.nodes, sentinel_kwargs={**options, "ssl": address.tls}
    )


def _primary(
    address: RedisAddress, sentinel: Sentinel, options: dict[str, Any], most: int
) -> Redis:
    pool = _PrimaryPool(  # type: ignore[no-untyped-call]
        address.service,
        sentinel,
        max_connections=most,
        timeout=options["socket_connect_timeout"],
        db=address.database,
        username=address.username,
        password=address.password,
        ssl=address.tls,
        **options,
    )
    return Redis.from_pool(pool)


def _cluster(address: RedisAddress, options: dict[str, Any]) -> Redis:
    client = RedisCluster(
        startup_nodes=[ClusterNode(host, port) for host, port in address.nodes],
        max_connections=_CONNECTIONS_PER_NODE,
        # A slot that moved is looked up for itself; reading everything again would cut off
        # every other command that is under way.
        reinitialize_steps=0,
        username=address.username,
        password=address.password,
        ssl=address.tls,
        **options,
    )
    return cast("Redis", client)


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn trouble with Redis itself into StoreUnavailableError; other errors are our bugs."""
    try:
        yield
    except (RedisConnectionError, RedisTimeoutError, OutOfMemoryError, ReadOnlyError) as error:
        raise unavailable(error) from error
    except (ClusterError, SlotNotCoveredError) as error:
        raise unavailable(error) from error
    except RedisClusterException as error:
        # The client uses this one class for a cluster in trouble and for keys that are our mistake.
        if any(mark in str(error) for mark in _CLUSTER_TROUBLE):
            raise unavailable(error) from error
        raise
    except ResponseError as error:
        if any(mark in str(error) for mark in _REFUSALS):
            raise unavailable(error) from error
        raise


def unavailable(error: Exception) -> StoreUnavailableError:
    """Answer the error that the rest of the service knows; it names no host and no data."""
    return StoreUnavailableError(
        f"Redis did not take a command: {type(error).__name__}", hint="is REDIS_URL reachable?"
    )
