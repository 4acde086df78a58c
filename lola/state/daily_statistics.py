"""What all processes counted on a day: totals by name, for people who look at the console.

They are no accounts: what a process counted in the seconds before it was killed is missing.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from lola.state.connection import Connections, store_errors
from lola.state.keys import Keys
from lola.state.script import Script

KEPT_SECONDS = 40 * 24 * 60 * 60

_ADD = Script(Path(__file__).parent / "add_statistics.lua")


class DailyStatistics:
    """The days' totals in Redis. Every method raises StoreUnavailableError."""

    def __init__(self, connections: Connections, keys: Keys) -> None:
        self._redis = connections.commands
        self._keys = keys

    async def add(self, day: date, totals: Mapping[str, float]) -> None:
        """Add to a day's totals; a total that is not there yet counts from zero."""
        if totals:
            pairs = (text for name, number in totals.items() for text in (name, repr(number)))
            key = self._keys.statistics(day.isoformat())
            await _ADD.run(self._redis, (key,), KEPT_SECONDS, *pairs)

    async def of(self, days: Sequence[date]) -> tuple[dict[str, float], ...]:
        """Return name → total of each day; empty for a day without any."""
        found = []
        with store_errors():
            for day in days:
                stored = await self._redis.hgetall(self._keys.statistics(day.isoformat()))
                found.append({_text(name): float(number) for name, number in stored.items()})
        return tuple(found)


def _text(name: str | bytes) -> str:
    return name if isinstance(name, str) else name.decode()
