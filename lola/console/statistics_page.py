"""The page of statistics: charts that are drawn here, with a table for each."""

from datetime import timedelta

from aiohttp import web

from lola.console import charts
from lola.console.context import CONSOLE, SIGN_IN
from lola.console.statistics import statistics_of
from lola.state.daily_statistics import DailyStatistics

PERIODS = (7, 28)
STATISTICS = web.AppKey("statistics", DailyStatistics)


def add_statistics(app: web.Application, statistics: DailyStatistics) -> None:
    """Register the page."""
    app[STATISTICS] = statistics
    app.router.add_get("/statistics", page, name="statistics")


async def page(request: web.Request) -> web.StreamResponse:
    """Show the last days, today included; `days` is 7 or 28."""
    console = request.app[CONSOLE]
    wanted = request.query.get("days", "")
    period = int(wanted) if wanted in set(map(str, PERIODS)) else PERIODS[0]
    today = console.clock().date()
    days = [today - timedelta(days=back) for back in reversed(range(period))]
    found = statistics_of(days, await request.app[STATISTICS].of(days))
    return console.pages.page(
        request,
        "statistics.html",
        sign_in=request[SIGN_IN],
        period=period,
        periods=PERIODS,
        found=found,
        charts=charts,
    )
