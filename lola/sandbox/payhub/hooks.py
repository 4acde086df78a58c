"""The webhooks of PayHub's stand-in, with the documented delivery (reference/raas.md 9.3).

One second after the event every address is called at once. If one of them fails, all are called
again, five times at most and five seconds apart: duplicates are normal.
"""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import aiohttp
import structlog

from lola.domain.messages import JsonObject
from lola.partners.payhub.webhooks import COUNTRY_HEADER, SIGNATURE_HEADER, sign
from lola.sandbox.clock import SandboxClock
from lola.telemetry import names

FIRST_DELAY = timedelta(seconds=1)
PAUSE = timedelta(seconds=5)
ATTEMPTS = 5
TIMEOUT_SECONDS = 30.0

log = structlog.get_logger(__name__)


class Hooks:
    """Sends events to the tenant's addresses; without an address or a secret it sends nothing.

    `failed` has the events that were given up.
    """

    def __init__(
        self, clock: SandboxClock, *, secret: str, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        self._clock = clock
        self.timeout = timeout
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.secret = secret
        self.urls: Sequence[str] = ()
        self.failed: list[JsonObject] = []

    def start(self) -> None:
        """Open the client."""
        self._session = aiohttp.ClientSession()

    async def stop(self) -> None:
        """Cancel every attempt and close the client."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def send(self, event: JsonObject, country: str) -> bool:
        """Queue an event; return whether there is anywhere to send it."""
        if self._session is None or not self.urls or not self.secret:
            log.warning(names.SANDBOX_HOOK_SKIPPED, partner="payhub")
            return False
        due = self._clock() + FIRST_DELAY
        task = asyncio.create_task(self._deliver(self._session, event, country, due))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def _deliver(
        self, session: aiohttp.ClientSession, event: JsonObject, country: str, due: datetime
    ) -> None:
        body = json.dumps(event, default=str).encode()
        for _ in range(ATTEMPTS):
            await self._clock.sleep_until(due)
            calls = (self._call(session, url, body, country) for url in self.urls)
            if all(await asyncio.gather(*calls)):
                return
            due += PAUSE
        self.failed.append(event)

    async def _call(
        self, session: aiohttp.ClientSession, url: str, body: bytes, country: str
    ) -> bool:
        headers = {
            "Content-Type": "application/json",
            SIGNATURE_HEADER: sign(self.secret, body),
            COUNTRY_HEADER: country,
        }
        try:
            async with session.post(
                url,
                data=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=self.timeout),
                allow_redirects=False,
            ) as response:
                return 200 <= response.status < 300
        except (aiohttp.ClientError, TimeoutError):
            return False
