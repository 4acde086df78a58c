"""A client for Redis behind Sentinel: every new connection asks who the primary is now."""

from collections.abc import Mapping
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.sentinel import MasterNotFoundError, Sentinel, SentinelConnectionPool
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from lola.state.address import RedisAddress


class Sentinels(Sentinel):
    """Asks the sentinels one after the other, the one that answered last first.

    The client's own search reorders its list while other searches walk over it, and loses members.
    """

    def __init__(self, address: RedisAddress, options: Mapping[str, Any]) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            address.nodes, sentinel_kwargs={**options, "ssl": address.tls}
        )
        self._known_good = 0

    async def discover_master(self, service_name: str) -> tuple[str, int]:
        """Answer the primary's address. Raises a connection error when no sentinel names one."""
        count = len(self.sentinels)
        for place in ((self._known_good + step) % count for step in range(count)):
            try:
                masters: Any = await self.sentinels[place].sentinel_masters()
            except (RedisConnectionError, RedisTimeoutError, ResponseError):
                continue
            state = masters.get(service_name)
            if state and self.check_master_state(state, service_name):
                self._known_good = place
                return str(state["ip"]), int(state["port"])
        raise MasterNotFoundError("no sentinel names a primary")


class _Pool(SentinelConnectionPool, BlockingConnectionPool):
    """Waits for a free connection like every other pool here."""


def primary_client(
    address: RedisAddress, sentinels: Sentinels, options: Mapping[str, Any], most: int
) -> Redis:
    """Make a client of whichever server is the primary. Credentials are the servers' own."""
    pool = _Pool(  # type: ignore[no-untyped-call]
        address.service,
        sentinels,
        max_connections=most,
        timeout=options["socket_connect_timeout"],
        db=address.database,
        username=address.username,
        password=address.password,
        ssl=address.tls,
        **options,
    )
    return Redis.from_pool(pool)
