"""Reports the outcome of a link to the bank's callback addresses in the link's metadata.

The session token that came with the first request authorises the report (reference/lola.md 14, 17).
A report that could not be stored is sent again for some minutes; a refused one is not. The sender
never waits for a repetition: the platform's webhooks say the same. A report carries ids and
verdicts, never personal data and never card data.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import structlog

from lola.sandbox.clock import SandboxClock
from lola.sandbox.widget.visit import Visit
from lola.telemetry import names

ADDRESS = "callback_"
SECONDS = 5.0
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (2, 10, 60, 300))
"""The pauses before the repetitions; together they are shorter than a session of 15 minutes."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    handler: str
    address: str
    body: Mapping[str, str]
    session: str


class CallbackReports:
    """Posts reports. Call `start` before the first one and `stop` at the end."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._http: aiohttp.ClientSession | None = None
        self._repetitions: set[asyncio.Task[None]] = set()

    @property
    def pending(self) -> int:
        """The number of reports that are still to be repeated."""
        return len(self._repetitions)

    def start(self) -> None:
        """Open the HTTP client."""
        self._http = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=SECONDS), cookie_jar=aiohttp.DummyCookieJar()
        )

    async def stop(self) -> None:
        """Give up the repetitions and close the HTTP client."""
        for task in self._repetitions:
            task.cancel()
        await asyncio.gather(*self._repetitions, return_exceptions=True)
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def send(self, visit: Visit, handler: str, **body: str) -> None:
        """Post a report to the named handler, if the link has an address for it."""
        address = visit.link.metadata.get(f"{ADDRESS}{handler}")
        ticket = visit.link.metadata.get("ticketId")
        if self._http is None or not (address and ticket and visit.session):
            return
        report = _Report(
            handler=handler,
            address=str(address),
            body={"ticketId": str(ticket), **body},
            session=visit.session,
        )
        if not await self._post(self._http, report):
            task = asyncio.create_task(self._repeat(self._http, report))
            self._repetitions.add(task)
            task.add_done_callback(self._repetitions.discard)

    async def _repeat(self, http: aiohttp.ClientSession, report: _Report) -> None:
        for pause in PAUSES:
            await self._clock.sleep_until(self._clock() + pause)
            if await self._post(http, report):
                return

    async def _post(self, http: aiohttp.ClientSession, report: _Report) -> bool:
        """Post once; return whether the answer is final."""
        status = 0
        try:
            async with http.post(
                report.address,
                json=dict(report.body),
                headers={"Authorization": f"Bearer {report.session}"},
                allow_redirects=False,
            ) as response:
                status = response.status
            outcome = str(status)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            outcome = type(error).__name__
        log.info(names.WIDGET_REPORTED, handler=report.handler, outcome=outcome)
        return 0 < status < 500 and status not in {408, 429}
