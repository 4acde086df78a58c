"""Verifies the M2M Partner API's webhooks; `lola.gateway.partner_events` enqueues them.

They use the same inbox as senders' messages, so order, fencing and audit hold for them.
"""

from aiohttp import web

from lola.channel.contract import RawRequest
from lola.domain.clock import Clock
from lola.gateway.partner_events import PartnerEvents
from lola.gateway.partner_webhook import answered
from lola.partners.m2m import M2MEvent, parse, verify
from lola.telemetry.metrics import Metrics


class M2MWebhook:
    """Handles `POST /webhooks/m2m` (reference/m2m.md 7)."""

    def __init__(
        self,
        *,
        secrets: tuple[str, ...],
        tolerance: float,
        late: float,
        clock: Clock,
        events: PartnerEvents,
        metrics: Metrics,
    ) -> None:
        self._secrets = secrets
        self._tolerance = tolerance
        self._late = late
        self._clock = clock
        self._events = events
        self._metrics = metrics

    async def post(self, request: web.Request) -> web.Response:
        """Take one event: 401 unsigned, 200 enqueued or kept, 503 while it cannot be stored."""
        return await answered(request, partner="m2m", metrics=self._metrics, take=self._take)

    async def _take(self, raw: RawRequest) -> str:
        is_late = verify(
            self._secrets, raw.headers, raw.body, self._clock(), self._tolerance, late=self._late
        )
        event = parse(raw.body)
        return await self._events.accept(event, late=is_late or self._is_old(event))

    def _is_old(self, event: M2MEvent) -> bool:
        """Return whether a retry that was signed anew carries an event from before the window."""
        return (self._clock() - event.timestamp).total_seconds() > self._tolerance
