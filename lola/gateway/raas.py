"""Verifies the webhooks of RaaS and enqueues them in the conversation that they are about.

They use the same inbox as senders' messages, so order, fencing and audit hold for them. An event of
a kind that this version does not know is kept for operators.
"""

from collections.abc import Callable

import structlog
from aiohttp import web

from lola.channel.contract import RawRequest
from lola.delivery import Inbox
from lola.domain.clock import Clock
from lola.domain.events import REQUEST_CHANGED
from lola.domain.messages import EventContent, Inbound, MessageId
from lola.gateway.partner_webhook import answered
from lola.money.money_requests import RequestIndex
from lola.partners.payhub.errors import PARTNER
from lola.partners.payhub.webhooks import RaasEvent, parse, verify
from lola.state.kept_events import KeptEvents
from lola.telemetry import names
from lola.telemetry.metrics import Metrics

UNKNOWN_KIND = "unknown kind"

log = structlog.get_logger(__name__)


class RaasWebhook:
    """Handles `POST /webhooks/raas` (reference/raas.md 9). Without a secret it refuses all."""

    def __init__(
        self,
        *,
        secrets: tuple[str, ...],
        requests: RequestIndex,
        inbox: Inbox,
        kept: KeptEvents,
        clock: Clock,
        metrics: Metrics,
        new_trace_id: Callable[[], str],
    ) -> None:
        self._secrets = secrets
        self._requests = requests
        self._inbox = inbox
        self._kept = kept
        self._clock = clock
        self._metrics = metrics
        self._new_trace_id = new_trace_id

    async def post(self, request: web.Request) -> web.Response:
        """Take one event: 401 unsigned, 200 enqueued or kept, 503 while it cannot be stored."""
        return await answered(request, partner=PARTNER, metrics=self._metrics, take=self._take)

    async def _take(self, raw: RawRequest) -> str:
        verify(self._secrets, raw.headers, raw.body)
        return await self._accept(parse(raw.body))

    async def _accept(self, event: RaasEvent) -> str:
        """Enqueue or keep an event; return the outcome for the metrics."""
        if event.kind == "other":
            return await self._keep(event)
        address = await self._requests.find(event.correlation_id)
        if address is None:
            # The tenant's other operations are reported to the same address: not a fault.
            log.info(names.PARTNER_EVENT_FOREIGN, partner=PARTNER, event_id=event.id)
            return "foreign"
        stored = await self._inbox.enqueue(
            Inbound(
                id=MessageId(event.id),
                address=address,
                content=EventContent(
                    name=REQUEST_CHANGED,
                    data={"request": event.correlation_id, "status": event.status},
                ),
                sent_at=self._clock(),
            ),
            trace_id=self._new_trace_id(),
        )
        return "duplicate" if stored.duplicate else "accepted"

    async def _keep(self, event: RaasEvent) -> str:
        body = {
            "event": f"raas.{event.name}",
            "timestamp": self._clock().isoformat(),
            "ids": {"correlationId": event.correlation_id, "status": event.status},
            "ticket": "",
            "fields": [],
        }
        if await self._kept.keep(event.id, UNKNOWN_KIND, body, retry=False):
            log.warning(
                names.PARTNER_EVENT_UNKNOWN,
                partner=PARTNER,
                event_name=event.name,
                event_id=event.id,
            )
        return "unknown"
