"""Finds the conversation of a partner's event and enqueues it there; keeps what finds none.

The webhook uses it at once, and the worker for kept events until their ticket is found. Nothing is
dropped: an event without a ticket, and one of an unknown kind, are kept for operators
(`lola doctor` counts them) with ids and names of fields only.
"""

from collections.abc import Callable

import structlog
from pydantic import ValidationError

from lola.delivery import Inbox
from lola.domain.clock import Clock, system_clock
from lola.domain.events import CIP_OTHER, DATA_REQUEST, OPERATION_OTHER, VERIFICATION_ASKED
from lola.domain.messages import Address, EventContent, Inbound, JsonObject, MessageId
from lola.errors import PartnerError
from lola.money.events import PARTNER_EVENTS
from lola.money.links import TicketIndex
from lola.partners.m2m import CIP_FIELDS, M2MClient, M2MEvent
from lola.partners.m2m.model import Amount, CipTicket, moment
from lola.partners.m2m.webhooks import IDENTITY, read_data_request
from lola.state.kept_events import KeptEvent, KeptEvents
from lola.telemetry import names

SILENT = frozenset({"link.created"})
"""Known events without an effect: we created the link ourselves."""
OPERATION, CIP = "operation.", "cip."
NO_TICKET, UNKNOWN_KIND = "no ticket", "unknown kind"
IDS = (*IDENTITY, "referenceId", "createdAt")
LONGEST_ID = 200

log = structlog.get_logger(__name__)


class PartnerEvents:
    """Routes events of the M2M partner. Every method raises StoreUnavailableError."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        tickets: TicketIndex,
        kept: KeptEvents,
        client: M2MClient,
        new_trace_id: Callable[[], str],
        clock: Clock = system_clock,
    ) -> None:
        self._inbox = inbox
        self._tickets = tickets
        self._kept = kept
        self._client = client
        self._new_trace_id = new_trace_id
        self._clock = clock

    async def accept(self, event: M2MEvent, *, late: bool = False) -> str:
        """Enqueue or keep an event; return the outcome for the metrics.

        A late event says so in its data: what it reports may be out of date, so the partner is
        asked before the sender is told.
        """
        name = f"m2m.{event.name}"
        if event.name in SILENT:
            log.info(names.PARTNER_EVENT_IGNORED, partner="m2m", event_name=event.name)
            return "ignored"
        is_known = name == DATA_REQUEST or name in PARTNER_EVENTS
        if not is_known:
            await self._keep(event, UNKNOWN_KIND)
            log.warning(
                names.PARTNER_EVENT_UNKNOWN,
                partner="m2m",
                event_name=event.name,
                event_id=event.id,
            )
            if not event.name.startswith((OPERATION, CIP)):
                return "unknown"
            # It is about money or an identity: the partner is asked what became of it.
            name = OPERATION_OTHER if event.name.startswith(OPERATION) else CIP_OTHER
        data = _data_request(event) if name == DATA_REQUEST else _operation(event)
        found = await self._find(event)
        if found is None:
            return await self._without_ticket(event, name) if is_known else "unknown"
        if late:
            data["late"] = True
        if not await self._enqueue(event, name, found, data):
            return "duplicate"
        if late:
            log.warning(names.PARTNER_EVENT_LATE, partner="m2m", event_name=event.name)
        return "accepted"

    async def tell_of_check(self, link_id: str, check: CipTicket) -> bool:
        """Enqueue that staff began an identity check; return whether its sender is known here."""
        found = await self._tickets.find(link_id=link_id)
        if found is None:
            return False
        ticket, address = found
        await self._inbox.enqueue(
            Inbound(
                id=MessageId(f"{VERIFICATION_ASKED}:{check.ticket_id}"),
                address=address,
                content=EventContent(name=VERIFICATION_ASKED, data={"ticket": ticket}),
                sent_at=check.created_at or self._clock(),
            ),
            trace_id=self._new_trace_id(),
        )
        return True

    async def retry_due(self) -> None:
        """Try kept events again whose time has come."""
        for kept in await self._kept.due():
            if await self.retry(kept):
                continue
            later = await self._kept.tried(kept)
            if later.next_try is None:
                event = _event_of(kept)
                log.error(
                    names.PARTNER_EVENT_UNCLAIMED,
                    partner="m2m",
                    event_name=event.name,
                    event_id=event.id,
                )

    async def retry(self, kept: KeptEvent) -> bool:
        """Try a kept event again; return whether its ticket was found. Then it is forgotten."""
        event = _event_of(kept)
        found = await self._find(event) or await self._ask(event)
        if found is None:
            return False
        request: JsonObject | None = kept.body.get("request")
        data = request or _operation(event)
        await self._enqueue(event, f"m2m.{event.name}", found, data)
        await self._kept.forget(kept.id)
        log.info(
            names.PARTNER_EVENT_CLAIMED, partner="m2m", event_name=event.name, event_id=event.id
        )
        return True

    @staticmethod
    def can_retry(kept: KeptEvent) -> bool:
        """Return whether this version knows what to do with a kept event of a found ticket."""
        return f"m2m.{kept.body['event']}" in PARTNER_EVENTS or "request" in kept.body

    async def _without_ticket(self, event: M2MEvent, name: str) -> str:
        log.warning(
            names.PARTNER_EVENT_FOREIGN, partner="m2m", event_name=event.name, event_id=event.id
        )
        # A link that is being created may be asked about before its ticket is stored.
        if name == DATA_REQUEST and _ticket_id(event):
            return "early"
        await self._keep(event, NO_TICKET, retry=True)
        return "kept"

    async def _find(self, event: M2MEvent) -> tuple[str, Address] | None:
        return await self._tickets.find(
            link_id=_id(event, "linkId"),
            ticket_id=_ticket_id(event),
            reference_id=_id(event, "referenceId"),
            at=moment(event.data.get("createdAt")) or event.timestamp,
        )

    async def _ask(self, event: M2MEvent) -> tuple[str, Address] | None:
        """Ask the partner which link an operation belongs to."""
        operation_id = _id(event, "operationId")
        if not operation_id:
            return None
        try:
            operation = await self._client.get_operation(operation_id)
        except PartnerError as error:
            log.warning(names.PARTNER_UNAVAILABLE, partner="m2m", code=error.code)
            return None
        return await self._tickets.find(
            link_id=operation.link_id or "",
            reference_id=operation.reference_id or "",
            at=operation.created_at,
        )

    async def _enqueue(
        self, event: M2MEvent, name: str, found: tuple[str, Address], data: JsonObject
    ) -> bool:
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
        return not stored.duplicate

    async def _keep(self, event: M2MEvent, reason: str, *, retry: bool = False) -> None:
        """Keep an event without its values, which the partner's delivery log has."""
        ids = {name: _id(event, name) for name in IDS if name in event.data}
        body: JsonObject = {
            "event": event.name,
            "timestamp": event.timestamp.isoformat(),
            "ids": ids,
            "ticket": _ticket_id(event),
            "fields": sorted(event.data)[:50],
        }
        if f"m2m.{event.name}" == DATA_REQUEST:
            # Names of fields and a time: what a later attempt needs, and nothing of anybody.
            body["request"] = _data_request(event)
        if await self._kept.keep(event.id, reason, body, retry=retry):
            log.warning(
                names.PARTNER_EVENT_KEPT,
                partner="m2m",
                event_name=event.name,
                event_id=event.id,
                reason=reason,
            )


def _event_of(kept: KeptEvent) -> M2MEvent:
    """Rebuild a kept event; one that a conversation kept has the time when it was kept."""
    ticket = kept.body["ticket"]
    metadata = {"metadata": {"ticketId": ticket}} if ticket else {}
    return M2MEvent(
        name=kept.body["event"],
        timestamp=moment(kept.body.get("timestamp")) or kept.kept_at,
        data={**kept.body["ids"], **metadata},
    )


def _operation(event: M2MEvent) -> JsonObject:
    """Return what the turn needs of an event about an operation, with exact amounts as text."""
    data: JsonObject = {
        "operation_id": _id(event, "operationId"),
        "status": _id(event, "status"),
        "is_named": bool(_id(event, "linkId") or _ticket_id(event)),
    }
    try:
        amount = Amount.model_validate(event.data.get("amount"))
    except ValidationError:
        return data
    return data | {"amount": amount.model_dump(mode="json")}


def _data_request(event: M2MEvent) -> JsonObject:
    request = read_data_request(event)
    return {
        "request": request.data_request_id,
        "reference": request.reference_id,
        "fields": [path for path in CIP_FIELDS if path in request.required_fields],
        "expires_at": request.expires_at.isoformat(),
    }


def _id(event: M2MEvent, name: str) -> str:
    value = event.data.get(name)
    return str(value)[:LONGEST_ID] if isinstance(value, str | int) else ""


def _ticket_id(event: M2MEvent) -> str:
    metadata = event.data.get("metadata")
    value = metadata.get("ticketId", "") if isinstance(metadata, dict) else ""
    return str(value)[:LONGEST_ID]
