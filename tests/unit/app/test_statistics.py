"""The writer of statistics: nothing counted is dropped by an outage of the store."""

from lola.app.statistics import StatisticsWriter
from lola.errors import StoreUnavailableError
from lola.state import Keys
from lola.state.daily_statistics import DailyStatistics
from lola.telemetry.growth import Counted
from lola.telemetry.metrics import Metrics
from tests.support import NOW, ManualClock


class Interrupted(DailyStatistics):
    """The real store, which is away for the first write."""

    is_away = True

    async def add(self, day, totals):
        if self.is_away:
            self.is_away = False
            raise StoreUnavailableError("away")
        await super().add(day, totals)


async def test_what_an_outage_kept_out_is_added_the_next_time(connections):
    """The second write has everything, once."""
    metrics = Metrics()
    statistics = Interrupted(connections, Keys("statistics-writer"))
    writer = StatisticsWriter(Counted(metrics.registry), statistics, ManualClock())
    for _ in range(3):
        metrics.turn("send", 0.1)
        await writer.write()
    await writer.write()
    [day] = await statistics.of([NOW.date()])
    assert day["lola_turns_total|route=send"] == 3.0
