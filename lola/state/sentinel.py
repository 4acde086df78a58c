"""A client for Redis behind Sentinel: every new connection asks who the primary is now."""

import asyncio
from collections.abc import Mapping
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.sentinel import MasterNotFoundError, Sentinel, SentinelConnectionPool
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from lola.state.address import RedisAddress

_ASK_SECONDS = 0.5


class Sentinels(Sentinel):
    """Asks all sentinels at once and takes the newest of their answers.

    During a failover they differ, and the first answer may name the old primary. The client's own
    search also reorders its list while other calls iterate over it, and loses members.
    """

    def __init__(self, address: RedisAddress, options: Mapping[str, Any]) -> None:
        quick = dict.fromkeys(("socket_timeout", "socket_connect_timeout"), _ASK_SECONDS)
        super().__init__(  # type: ignore[no-untyped-call]
            address.nodes, sentinel_kwargs={**options, **quick, "ssl": address.tls}
        )

    async def discover_master(self, service_name: str) -> tuple[str, int]:
        """Return the primary's address. Raises a connection error when no sentinel names one."""
        answers = await asyncio.gather(
            *(sentinel.sentinel_masters() for sentinel in self.sentinels), return_exceptions=True
        )
        found: list[tuple[int, str, int]] = []
        for answer in answers:
            if isinstance(answer, RedisConnectionError | RedisTimeoutError | ResponseError):
                continue
            if isinstance(answer, BaseException):
                raise answer
            masters: Any = answer
            state = masters.get(service_name)
            if state and self.check_master_state(state, service_name):
                found.append((int(state["config-epoch"]), str(state["ip"]), int(state["port"])))
        if not found:
            raise MasterNotFoundError("no sentinel names a primary")
        _, host, port = max(found)
        return host, port


class _Pool(SentinelConnectionPool, BlockingConnectionPool):
    """Waits for a free connection like every other pool here."""


def primary_client(
    address: RedisAddress, sentinels: Sentinels, options: Mapping[str, Any], max_connections: int
) -> Redis:
    """Make a client of whichever server is the primary. Credentials are the servers' own."""
    pool = _Pool(  # type: ignore[no-untyped-call]
        address.service,
        sentinels,
        max_connections=max_connections,
        timeout=options["socket_connect_timeout"],
        db=address.database,
        username=address.username,
        password=address.password,
        ssl=address.tls,
        **options,
    )
    return Redis.from_pool(pool)
