"""Adds what this process counted to the day's statistics, every few seconds and at its end."""

import asyncio
from collections.abc import Mapping

import structlog

from lola.domain.clock import Clock
from lola.errors import StoreUnavailableError
from lola.state.daily_statistics import DailyStatistics
from lola.telemetry import names
from lola.telemetry.growth import Counted

EVERY_SECONDS = 5.0

log = structlog.get_logger(__name__)


class StatisticsWriter:
    """Writes growth of the metrics. What could not be stored is added the next time."""

    def __init__(self, counted: Counted, statistics: DailyStatistics, clock: Clock) -> None:
        self._counted = counted
        self._statistics = statistics
        self._clock = clock
        self._unstored: dict[str, float] = {}

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await self.write()

    async def write(self) -> None:
        """Store what was counted since the last time. Never raises for an outage of the store."""
        growth = _sum(self._unstored, self._counted.growth())
        try:
            await self._statistics.add(self._clock().date(), growth)
        except StoreUnavailableError as error:
            self._unstored = growth
            log.warning(names.STATISTICS_NOT_STORED, error=type(error).__name__)
        else:
            self._unstored = {}


def _sum(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {name: one.get(name, 0.0) + other.get(name, 0.0) for name in one.keys() | other.keys()}
