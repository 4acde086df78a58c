"""The M2M Partner API's webhooks: verified, then put into the conversation they belong to.

They enter through the same inbox as a sender's words, so order, fencing and audit hold for them.
"""

from collections.abc import Callable

import structlog
from aiohttp import web

from lola.clock import Clock
from lola.delivery import Ledger
from lola.errors import MalformedPayloadError, SignatureError, StoreUnavailableError
from lola.gateway.webhooks import raw_request
from lola.messages import EventContent, Inbound, MessageId
from lola.money.events import PARTNER_EVENTS
from lola.money.links import TicketIndex
from lola.partners.m2m.webhooks import M2MEvent, parse, verify
from lola.telemetry import names
from lola.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)


class M2MWebhook:
    """Answers `POST /webhooks/m2m` (reference/m2m.md 7)."""

    def __init__(
        self,
        *,
        secret: str,
        clock: Clock,
        ledger: Ledger,
        tickets: TicketIndex,
        metrics: Metrics,
        new_trace_id: Callable[[], str],
    ) -> None:
        # Two secrets, comma-separated, are good during a rotation.
        self._secrets = [part for part in secret.split(",") if part]
        self._clock = clock
        self._ledger = ledger
        self._tickets = tickets
        self._metrics = metrics
        self._new_trace_id = new_trace_id

    async def post(self, request: web.Request) -> web.Response:
        """Take one event: 401 unsigned, 200 accepted or not ours, 503 when it cannot be stored."""
        raw = await raw_request(request)
        try:
            verify(self._secrets, raw.headers, raw.body, now=self._clock())
            event = parse(raw.body)
            outcome = await self._accept(event)
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
            status = 200
        self._metrics.webhook("m2m", outcome)
        return web.Response(status=status)

    async def _accept(self, event: M2MEvent) -> str:
        """Enqueue what a conversation should hear; answers the outcome for the metrics."""
        name = f"m2m.{event.name}"
        if name not in PARTNER_EVENTS:
            log.info(names.PARTNER_EVENT_IGNORED, partner="m2m", event_name=event.name)
            return "ignored"
        metadata = event.data.get("metadata")
        found = await self._tickets.find(
            link_id=str(event.data.get("linkId", "")),
            ticket_id=str(metadata.get("ticketId", "")) if isinstance(metadata, dict) else "",
        )
        if found is None:
            log.warning(names.PARTNER_EVENT_FOREIGN, partner="m2m", event_name=event.name)
            return "foreign"
        ticket, address = found
        stored = await self._ledger.enqueue(
            Inbound(
                id=MessageId(event.id),
                address=address,
                content=EventContent(
                    name=name,
                    data={
                        "ticket": ticket,
                        "operation_id": str(event.data.get("operationId", "")),
                    },
                ),
                sent_at=event.timestamp,
            ),
            trace_id=self._new_trace_id(),
        )
        return "duplicate" if stored.duplicate else "accepted"
