"""Token buckets in Redis, shared by all processes: how often something may happen.

Each bucket belongs to one account (a sender, a channel, an address) and fills steadily. An account
is stored as a digest, so no telephone number or address is a key.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from lola.domain.clock import Clock
from lola.state.connection import Connections, store_errors
from lola.state.keys import Keys
from lola.state.script import Script

MINUTE, HOUR, DAY = 60, 3_600, 86_400

_TAKE = Script(Path(__file__).parent / "take.lua")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most `count` in `seconds` in the long run, and `burst` of them at once.

    A count of 0 is no limit; a burst of 0 is as many as the count. `name` is the label in the
    metrics and part of the key.
    """

    name: str
    count: int
    seconds: int
    burst: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The result: the name of the rate that refused, or "" when none did, and seconds to wait."""

    refused: str = ""
    wait: float = 0.0


class Rates:
    """All buckets. Every method raises StoreUnavailableError.

    `on_refused` gets the name of each rate that refused something.
    """

    def __init__(
        self,
        connections: Connections,
        keys: Keys,
        clock: Clock,
        *,
        on_refused: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._redis = connections.commands
        self._keys = keys
        self._clock = clock
        self._on_refused = on_refused

    async def take(
        self, account: str, *rates: Rate, at: Sequence[datetime] = (), once: str = ""
    ) -> Taken:
        """Take one token of every rate, or none of them where one is spent.

        `at` are the times of several events in order (default: one, now); the result is that of
        the last. What is asked again with the same `once` gets the same result.
        """
        events = at or (self._clock(),)
        taken = await self._ask(account, rates, events, once)
        if taken.refused:
            self._on_refused(taken.refused)
        return taken

    async def look(self, account: str, *rates: Rate) -> Taken:
        """Return what the next `take` would, and take nothing."""
        return await self._ask(account, rates, (), "")

    async def forget(self, account: str, *rates: Rate) -> None:
        """Fill the buckets again."""
        with store_errors():
            await self._redis.delete(*(self._key(account, rate) for rate in rates))

    async def _ask(
        self, account: str, rates: Sequence[Rate], events: Sequence[datetime], once: str
    ) -> Taken:
        limited = [rate for rate in rates if rate.count]
        if not limited:
            return Taken()
        numbers: list[str | int] = []
        for rate in limited:
            step = rate.seconds * 1000 / rate.count
            numbers += [repr(step), repr(step * (rate.burst or rate.count))]
        place, wait = await _TAKE.run(
            self._redis,
            [self._key(account, rate) for rate in limited],
            once,
            _milliseconds(self._clock()),
            *numbers,
            *map(_milliseconds, events),
        )
        return Taken(refused=limited[place - 1].name, wait=wait / 1000) if place else Taken()

    def _key(self, account: str, rate: Rate) -> str:
        return self._keys.rate(blake2b(account.encode(), digest_size=16).hexdigest(), rate.name)


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
