"""Verifies the M2M Partner API's webhooks; `lola.gateway.partner_events` enqueues them.

They use the same inbox as senders' messages, so order, fencing and audit hold for them.
"""

import structlog
from aiohttp import web

from lola.domain.clock import Clock
from lola.errors import MalformedPayloadError, SignatureError, StoreUnavailableError
from lola.gateway.partner_events import PartnerEvents
from lola.gateway.webhooks import raw_request
from lola.partners.m2m import M2MEvent, parse, verify
from lola.telemetry import names
from lola.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)


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
        raw = await raw_request(request)
        try:
            is_late = verify(
                self._secrets,
                raw.headers,
                raw.body,
                self._clock(),
                self._tolerance,
                late=self._late,
            )
            event = parse(raw.body)
            outcome = await self._events.accept(event, late=is_late or self._is_old(event))
        except SignatureError as error:
            outcome, status = "refused", error.status
            log.warning(names.WEBHOOK_REFUSED, channel="m2m", code=error.code)
        except MalformedPayloadError as error:
            outcome, status = "malformed", error.status
            log.error(names.WEBHOOK_MALFORMED, channel="m2m", code=error.code)
        except StoreUnavailableError as error:
            outcome, status = "not_stored", 503
            log.error(names.WEBHOOK_NOT_STORED, channel="m2m", code=error.code)
        else:
            status = 503 if outcome == "early" else 200
        self._metrics.webhook("m2m", outcome)
        return web.Response(status=status)

    def _is_old(self, event: M2MEvent) -> bool:
        """Return whether a retry that was signed anew carries an event from before the window."""
        return (self._clock() - event.timestamp).total_seconds() > self._tolerance
