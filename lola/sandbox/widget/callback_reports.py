"""CallbackReports the outcome of a link to the bank's callback addresses in the link's metadata.

The session token that came with the first request authorises the report (reference/lola.md 14, 17).
A report that fails is dropped: the platform's webhooks say the same and are retried. It carries ids
and verdicts, never personal data and never card data.
"""

import aiohttp
import structlog

from lola.sandbox.widget.visit import Visit
from lola.telemetry import names

ADDRESS = "callback_"
SECONDS = 5.0

log = structlog.get_logger(__name__)


class CallbackReports:
    """Posts reports. Call `start` before the first one and `stop` at the end."""

    def __init__(self) -> None:
        self._http: aiohttp.ClientSession | None = None

    def start(self) -> None:
        """Open the HTTP client."""
        self._http = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=SECONDS), cookie_jar=aiohttp.DummyCookieJar()
        )

    async def stop(self) -> None:
        """Close the HTTP client."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def send(self, visit: Visit, handler: str, **body: str) -> None:
        """Post a report to the named handler, if the link has an address for it."""
        address = visit.link.metadata.get(f"{ADDRESS}{handler}")
        ticket = visit.link.metadata.get("ticketId")
        if self._http is None or not (address and ticket and visit.session):
            return
        try:
            async with self._http.post(
                str(address),
                json={"ticketId": ticket, **body},
                headers={"Authorization": f"Bearer {visit.session}"},
                allow_redirects=False,
            ) as response:
                outcome = str(response.status)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            outcome = type(error).__name__
        log.info(names.WIDGET_REPORTED, handler=handler, outcome=outcome)
