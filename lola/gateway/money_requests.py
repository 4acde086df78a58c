"""Takes the webhooks of Request Money: verified, enqueued in the sender's inbox, or kept.

They use the same inbox as senders' messages, so order, fencing and audit hold for them. An event
that finds no request, an error, and one of an unknown kind are kept for operators, without values.
"""

from collections.abc import Callable, Mapping

import structlog
from aiohttp import web

from lola.channel.contract import RawRequest
from lola.delivery import Inbox
from lola.domain.clock import Clock
from lola.domain.events import REQUEST_UPDATED
from lola.domain.messages import EventContent, Inbound, JsonObject, MessageId
from lola.gateway.partner_webhook import answered
from lola.money.asking.index import RequestIndex
from lola.partners.request_money import RequestMoneyEvent, parse, verify
from lola.partners.request_money.client import PARTNER
from lola.partners.request_money.webhooks import CREATED, ERROR, EVENT_HEADER, UPDATED
from lola.state.kept_events import KeptEvents
from lola.telemetry import names
from lola.telemetry.metrics import Metrics

PATH = "/webhooks/request-money"
NO_REQUEST, UNKNOWN_KIND, REPORTED_ERROR = "no request", "unknown kind", "error"
IDS = ("referenceId", "id", "status", "errorCode", "statusCode", "path", "method")

log = structlog.get_logger(__name__)


class RequestMoneyEvents:
    """Routes verified events. Every method raises StoreUnavailableError."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        index: RequestIndex,
        kept: KeptEvents,
        new_trace_id: Callable[[], str],
    ) -> None:
        self._inbox = inbox
        self._index = index
        self._kept = kept
        self._new_trace_id = new_trace_id

    async def accept(self, event: RequestMoneyEvent) -> str:
        """Enqueue or keep an event; return the outcome for the metrics."""
        if event.name == CREATED:
            # The call that created it has told the sender already.
            log.info(names.PARTNER_EVENT_IGNORED, partner=PARTNER, event_name=event.name)
            return "ignored"
        if event.name != UPDATED:
            return await self._keep(event, REPORTED_ERROR if event.name == ERROR else UNKNOWN_KIND)
        found = await self._index.find(event.reference)
        if found is None:
            return await self._keep(event, NO_REQUEST)
        _, address = found
        data = {"reference": event.reference, "status": event.text("status")}
        stored = await self._inbox.enqueue(
            Inbound(
                id=MessageId(event.id),
                address=address,
                content=EventContent(name=REQUEST_UPDATED, data=data),
                sent_at=event.timestamp,
            ),
            trace_id=self._new_trace_id(),
        )
        return "duplicate" if stored.duplicate else "accepted"

    async def _keep(self, event: RequestMoneyEvent, reason: str) -> str:
        """Keep ids, states and the names of fields."""
        body: JsonObject = {
            "event": f"{PARTNER}.{event.name}",
            "timestamp": event.timestamp.isoformat(),
            "ids": {name: event.text(name) for name in IDS if name in event.data},
            "ticket": "",
            "fields": sorted(event.data)[:50],
        }
        if await self._kept.keep(event.id, reason, body, retry=False):
            log.warning(
                names.PARTNER_EVENT_KEPT,
                partner=PARTNER,
                event_name=event.name,
                event_id=event.id,
                reason=reason,
            )
        return "unknown" if reason == UNKNOWN_KIND else "kept"


class RequestMoneyWebhook:
    """Handles `POST /webhooks/request-money` (reference/request-api.md 7)."""

    def __init__(
        self,
        *,
        secrets: tuple[str, ...],
        tolerance: float,
        clock: Clock,
        events: RequestMoneyEvents,
        metrics: Metrics,
    ) -> None:
        self._secrets = secrets
        self._tolerance = tolerance
        self._clock = clock
        self._events = events
        self._metrics = metrics

    async def post(self, request: web.Request) -> web.Response:
        """Take one event: 401 unsigned, 200 enqueued or kept, 503 while it cannot be stored."""
        return await answered(request, partner=PARTNER, metrics=self._metrics, take=self._take)

    async def _take(self, raw: RawRequest) -> str:
        verify(self._secrets, raw.headers, raw.body, self._clock(), self._tolerance)
        return await self._events.accept(parse(raw.body, _header(raw.headers)))


def _header(headers: Mapping[str, str]) -> str:
    """Return the event's name as the header has it, or empty."""
    wanted = EVENT_HEADER.lower()
    return next((value for name, value in headers.items() if name.lower() == wanted), "")
