"""Remembers that forwarded headers arrive although no proxy is trusted, for `lola doctor`.

Behind such a proxy every caller has the proxy's address, so limits by address hit all of them
together. Only the time is stored: no address and nothing of the request.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from aiohttp import hdrs, web

from lola.domain.clock import Clock
from lola.errors import StoreUnavailableError
from lola.telemetry import names

if TYPE_CHECKING:
    from lola.state.store import StateStore

HEADERS = (hdrs.X_FORWARDED_FOR, hdrs.FORWARDED, "X-Real-IP")
KIND, KEY = "gateway", "untrusted_proxy"
PAUSE = timedelta(hours=1)
KEEP_SECONDS = 7 * 86_400

log = structlog.get_logger(__name__)


class ForwardedHeaders:
    """Notes that such a header was seen, at most once an hour per process."""

    def __init__(self, store: "StateStore", clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._noted: datetime | None = None

    async def note(self, request: web.Request) -> None:
        """Store the time of a request with a forwarded header. Never raises."""
        if not any(name in request.headers for name in HEADERS):
            return
        now = self._clock()
        if self._noted is not None and now - self._noted < PAUSE:
            return
        self._noted = now
        log.warning(names.PROXY_UNTRUSTED, setting="TRUSTED_PROXIES")
        try:
            await self._store.put_record(
                KIND, KEY, {"at": now.isoformat()}, ttl_seconds=KEEP_SECONDS
            )
        except StoreUnavailableError as error:
            log.info(names.PROXY_UNTRUSTED, code=error.code)


async def last_seen(store: "StateStore") -> str:
    """Return when such a header was noted last, or an empty text."""
    record = await store.get_record(KIND, KEY)
    return str(record["at"]) if record else ""
