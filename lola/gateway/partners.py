"""Verifies the M2M Partner API's webhooks and enqueues them for their conversation.

They use the same inbox as senders' messages, so order, fencing and audit hold for them.
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
"""Known events without an effect: we created the link ourselves."""
UNKNOWN = "m2m_event"
KEEP_SECONDS = 30 * 86_400

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
        inbox: Inbox,
        tickets: TicketIndex,
        store: StateStore,
        metrics: Metrics,
        new_trace_id: Callable[[], str],
    ) -> None:
        self._secrets = secrets
        self._tolerance = tolerance
        self._late = late
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
            is_late = verify(
                self._secrets,
                raw.headers,
                raw.body,
                self._clock(),
                self._tolerance,
                late=self._late,
            )
            outcome = await self._accept(parse(raw.body), is_late=is_late)
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

    async def _accept(self, event: M2MEvent, *, is_late: bool) -> str:
        """Enqueue an event for its conversation; return the outcome for the metrics.

        The inbox takes an event once, by its id. A late one says `late` in its data: what it
        reports may be out of date, so the partner is to be asked before the sender is told.
        """
        name = f"m2m.{event.name}"
        if event.name in SILENT:
            log.info(names.PARTNER_EVENT_IGNORED, partner="m2m", event_name=event.name)
            return "ignored"
        if name != DATA_REQUEST and name not in PARTNER_EVENTS:
            await self._record_unknown(event)
            return "unknown"
        data = _data_request(event) if name == DATA_REQUEST else _operation(event)
        ticket_id = _ticket_id(event)
        found = await self._tickets.find(
            link_id=str(event.data.get("linkId", "")), ticket_id=ticket_id
        )
        if found is None:
            log.warning(names.PARTNER_EVENT_FOREIGN, partner="m2m", event_name=event.name)
            # A link that is being created may be asked about before its ticket is stored.
            return "early" if name == DATA_REQUEST and ticket_id else "foreign"
        ticket, address = found
        is_late = is_late or self._is_old(event)
        if is_late:
            data["late"] = True
        stored = await self._inbox.enqueue(
            Inbound(
                id=MessageId(event.id),
                address=address,
                content=EventContent(name=name, data={"ticket": ticket, **data}),
                sent_at=event.timestamp,
            ),
            trace_id=self._new_trace_id(),
        )
        if stored.duplicate:
            return "duplicate"
        if is_late:
            log.warning(names.PARTNER_EVENT_LATE, partner="m2m", event_name=event.name)
        return "accepted"

    def _is_old(self, event: M2MEvent) -> bool:
        """Return whether a retry that was signed anew carries an event from before the window."""
        return (self._clock() - event.timestamp).total_seconds() > self._tolerance

    async def _record_unknown(self, event: M2MEvent) -> None:
        """Record an event of an unknown kind: its ids and the names of its fields.

        Its values may be personal data; the partner's delivery log has them.
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


def _operation(event: M2MEvent) -> JsonObject:
    return {"operation_id": str(event.data.get("operationId", ""))}


def _data_request(event: M2MEvent) -> JsonObject:
    request = read_data_request(event)
    return {
        "request": request.data_request_id,
        "reference": request.reference_id,
        "fields": [path for path in CIP_FIELDS if path in request.required_fields],
        "expires_at": request.expires_at.isoformat(),
    }


def _ticket_id(event: M2MEvent) -> str:
    metadata = event.data.get("metadata")
    return str(metadata.get("ticketId", "")) if isinstance(metadata, dict) else ""
