"""The M2M Partner API's webhooks: verified, then put into the conversation they belong to.

They enter through the same inbox as a sender's words, so order, fencing and audit hold for them.
"""

from collections.abc import Callable

import structlog
from aiohttp import web

from lola.delivery import Inbox
from lola.domain.clock import Clock
from lola.domain.events import DATA_REQUEST
from lola.domain.messages import EventContent, Inbound, JsonObject, MessageId
from lola.errors import MalformedPayloadError, SignatureError, StoreUnavailableError
from lola.gateway.webhooks import raw_request
from lola.money.events import PARTNER_EVENTS
from lola.money.links import TicketIndex
from lola.partners.m2m import CIP_FIELDS, M2MEvent, parse, verify
from lola.partners.m2m.webhooks import IDENTITY, read_data_request
from lola.state.store import StateStore
from lola.telemetry import names
from lola.telemetry.metrics import Metrics

SILENT = frozenset({"link.created"})
"""Known, and nothing to do: we made the link ourselves."""
UNKNOWN = "m2m_event"
KEEP_SECONDS = 30 * 86_400

log = structlog.get_logger(__name__)


class M2MWebhook:
    """Answers `POST /webhooks/m2m` (reference/m2m.md 7)."""

    def __init__(
        self,
        *,
        secret: str,
        tolerance: float,
        clock: Clock,
        inbox: Inbox,
        tickets: TicketIndex,
        store: StateStore,
        metrics: Metrics,
        new_trace_id: Callable[[], str],
    ) -> None:
        # Two secrets, comma-separated, are good during a rotation.
        self._secrets = [part for part in secret.split(",") if part]
        self._tolerance = tolerance
        self._clock = clock
        self._inbox = inbox
        self._tickets = tickets
        self._store = store
        self._metrics = metrics
        self._new_trace_id = new_trace_id

    async def post(self, request: web.Request) -> web.Response:
        """Take one event: 401 unsigned, 200 accepted or not ours, 503 while it cannot be stored."""
        raw = await raw_request(request)
        try:
            verify(self._secrets, raw.headers, raw.body, self._clock(), self._tolerance)
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
            status = 503 if outcome == "early" else 200
        self._metrics.webhook("m2m", outcome)
        return web.Response(status=status)

    async def _accept(self, event: M2MEvent) -> str:
        """Enqueue what a conversation should know; answers the outcome for the metrics."""
        name = f"m2m.{event.name}"
        if event.name in SILENT:
            log.info(names.PARTNER_EVENT_IGNORED, partner="m2m", event_name=event.name)
            return "ignored"
        if name != DATA_REQUEST and name not in PARTNER_EVENTS:
            await self._keep(event)
            return "unknown"
        data = _asked(event) if name == DATA_REQUEST else _moved(event)
        ticket_id = _ticket_id(event)
        found = await self._tickets.find(
            link_id=str(event.data.get("linkId", "")), ticket_id=ticket_id
        )
        if found is None:
            log.warning(names.PARTNER_EVENT_FOREIGN, partner="m2m", event_name=event.name)
            # A link that is just being made may be asked about before its ticket is remembered.
            return "early" if name == DATA_REQUEST and ticket_id else "foreign"
        ticket, address = found
        stored = await self._inbox.enqueue(
            Inbound(
                id=MessageId(event.id),
                address=address,
                content=EventContent(name=name, data={"ticket": ticket, **data}),
                sent_at=event.timestamp,
            ),
            trace_id=self._new_trace_id(),
        )
        return "duplicate" if stored.duplicate else "accepted"

    async def _keep(self, event: M2MEvent) -> None:
        """Keep that an event of an unknown kind came: its ids and the names of its fields.

        Its values may be anybody's data; the partner's delivery log has them.
        """
        record: JsonObject = {
            "event": event.name,
            "timestamp": event.timestamp.isoformat(),
            "ids": {name: str(event.data[name]) for name in IDENTITY if name in event.data},
            "fields": sorted(event.data),
        }
        await self._store.put_record(UNKNOWN, event.id, record, ttl_seconds=KEEP_SECONDS)
        log.warning(
            names.PARTNER_EVENT_UNKNOWN, partner="m2m", event_name=event.name, event_id=event.id
        )


def _moved(event: M2MEvent) -> JsonObject:
    return {"operation_id": str(event.data.get("operationId", ""))}


def _asked(event: M2MEvent) -> JsonObject:
    asked = read_data_request(event)
    return {
        "request": asked.data_request_id,
        "reference": asked.reference_id,
        "fields": [path for path in CIP_FIELDS if path in asked.required_fields],
        "expires_at": asked.expires_at.isoformat(),
    }


def _ticket_id(event: M2MEvent) -> str:
    metadata = event.data.get("metadata")
    return str(metadata.get("ticketId", "")) if isinstance(metadata, dict) else ""
