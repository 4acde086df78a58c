"""What the widget tells the bank directly: the outcome, to the callbacks that the link brought.

The address stands in the link's metadata, and the session that came with the opening proves that
this page may report (reference/lola.md 14 and 17). A report that does not get through is dropped:
the platform's webhooks say the same, and they are repeated. It carries ids and verdicts, never a
person's data and never a card's.
"""

import aiohttp
import structlog

from lola.sandbox.widget.visit import Visit
from lola.telemetry import names

ADDRESS = "callback_"
SECONDS = 5.0

log = structlog.get_logger(__name__)


class Reports:
    """Posts reports. `start` opens the connection; stop it afterwards."""

    def __init__(self) -> None:
        self._http: aiohttp.ClientSession | None = None

    def start(self) -> None:
        """Get ready to post."""
        self._http = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=SECONDS), cookie_jar=aiohttp.DummyCookieJar()
        )

    async def stop(self) -> None:
        """Let go of the connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def send(self, visit: Visit, handler: str, **body: str) -> None:
        """Report to the handler with this name, if the link has an address for it."""
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
