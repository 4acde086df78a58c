"""Widget links of tickets, and the index from a link back to its conversation.

A turn that is repeated after a crash asks for the same ticket again; the M2M client then finds our
active link by the ticket id in its metadata instead of making a second one.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from lola.domain.enrolment import OPEN, Enrolment
from lola.domain.messages import Address, JsonObject
from lola.domain.transfer import Draft, Ticket
from lola.domain.turn import Turn
from lola.errors import (
    PartnerError,
    PartnerRefusedError,
    PartnerUnavailableError,
    StoreUnavailableError,
)
from lola.money.callbacks import CallbackAddresses
from lola.money.enrolment.states import with_status
from lola.money.page_sessions import Grant
from lola.money.partner_records import PartnerView, find_operation, look
from lola.money.prefill import Prefill
from lola.money.reference import sender_reference
from lola.money.short_links import ShortLinks
from lola.partners.m2m import M2MClient
from lola.partners.m2m.model import Link, LinkStatus
from lola.settings import Settings
from lola.state.open_tickets import OpenTickets
from lola.state.reconciliation import ReconcilerState
from lola.state.store import StateStore
from lola.telemetry import names

log = structlog.get_logger(__name__)

BY_LINK = "ticket_by_link"
BY_TICKET = "ticket"
BY_REFERENCE = "tickets_by_reference"
TICKETS_PER_REFERENCE = 10
KEEP = timedelta(days=7)
CLOCK_DIFFERENCE = timedelta(seconds=30)
"""How far the partner's clock may be behind ours."""
INVALID_REQUEST = "INVALID_REQUEST"
CANCELLED_IN_CHAT = "cancelled by the sender in the chat"


class WidgetLinks:
    """Makes and revokes the authenticated link of a ticket through the M2M Partner API."""

    def __init__(
        self,
        *,
        client: M2MClient,
        short_links: ShortLinks,
        callbacks: CallbackAddresses,
        settings: Settings,
        prefill: Prefill | None = None,
        reconciler: ReconcilerState | None = None,
    ) -> None:
        self._client = client
        self._short_links = short_links
        self._callbacks = callbacks
        self._settings = settings
        self._prefill = prefill
        self._reconciler = reconciler

    async def mint(self, turn: Turn, draft: Draft, ticket: Ticket, *, payout: str) -> Ticket:
        """Return the ticket with its link, made at most once. Raises PartnerUnavailableError.

        The metadata holds what was confirmed, for the widget to show; `payout` is the text that
        says how the money is delivered. What identifies a person or an account is pre-filled.
        """
        data = (
            await self._prefill.user_data(turn, draft.terms, ticket.id) if self._prefill else None
        )
        try:
            link = await self._ensure(turn, draft, ticket, payout, data)
        except PartnerRefusedError as error:
            # For the sender it makes no difference whether the partner is down or refuses us.
            raise PartnerUnavailableError(
                "m2m", f"link refused with {error.partner_code}"
            ) from None
        grant = Grant(
            ticket=ticket.id,
            subject=ticket.sender,
            conversation=turn.conversation,
            digest=ticket.digest,
            actions=ticket.actions,
        )
        short = await self._short_links.create(
            link.url, now=turn.now, expires_at=link.expires_at, grant=grant
        )
        return replace(ticket, link_id=link.link_id, short_url=short, expires_at=link.expires_at)

    async def _ensure(
        self, turn: Turn, draft: Draft, ticket: Ticket, payout: str, data: JsonObject | None
    ) -> Link:
        """Return the ticket's link. When the pre-filled data is refused, the link is made without.

        The page then asks the sender, and operators read it in the log.
        """
        callbacks = self._callbacks.of_ticket(ticket.id, ticket.actions, turn.now)
        ensure = partial(
            self._client.ensure_link,
            reference_id=ticket.sender,
            ticket_id=ticket.id,
            metadata=_metadata(draft, turn, payout)
            | self.return_url(turn)
            | {"allowedActions": " ".join(ticket.actions)}
            | {f"callback_{name}": address for name, address in callbacks.items()},
            expires_in_minutes=self._settings.m2m_link_minutes,
            language=turn.language,
            callback_url=self._settings.m2m_callback_url or None,
        )
        try:
            return await ensure(user_data=data)
        except PartnerRefusedError as error:
            if data is None or error.partner_code != INVALID_REQUEST:
                raise
            log.error(names.PREFILL_REFUSED, ticket=ticket.id, fields=sorted(data))
            return await ensure()

    async def revoke(self, ticket: Ticket) -> bool:
        """Revoke the partner's link; return False when it is too late.

        A link that was used is not revoked, because that could stop what the sender approved. A
        repeated call returns True. Raises PartnerUnavailableError.
        """
        link = await self._client.get_link(ticket.link_id)
        if link.status == LinkStatus.REVOKED:
            return True
        if link.operation_id:
            return False
        try:
            await self._client.revoke_link(ticket.link_id, CANCELLED_IN_CHAT)
        except PartnerRefusedError:
            return False
        return True

    async def withdraw(self, ticket: Ticket) -> None:
        """End the short link of a ticket that has ended."""
        await self._short_links.revoke(ticket.short_url)

    async def end_enrolments(self, turn: Turn) -> Turn:
        """End the links without a transfer, because the partner keeps one link per sender."""
        for enrolment in turn.session.enrolments:
            if enrolment.status in OPEN:
                await self._short_links.revoke(enrolment.short_url)
                turn = with_status(turn, enrolment, "expired", "replaced")
        return turn

    async def look(self, ticket: Ticket, operation_id: str = "") -> PartnerView:
        """Return what the partner has about a ticket. Never raises.

        While it cannot be asked, the reconciler is asked to run when it can.
        """
        seconds = self._settings.partner_timeout_seconds
        view = await look(self._client, ticket, operation_id, seconds=seconds)
        if not view.is_known and self._reconciler is not None:
            with suppress(StoreUnavailableError):
                await self._reconciler.want()
        return view

    async def link_of(self, operation_id: str) -> str:
        """Return the partner's link of an operation, or an empty text while it is not known."""
        try:
            operation = await find_operation(self._client, operation_id)
        except PartnerError as error:
            log.warning(names.PARTNER_UNAVAILABLE, partner="m2m", code=error.code)
            return ""
        return (operation and operation.link_id) or ""

    def return_url(self, turn: Turn) -> JsonObject:
        """Return the metadata that leads the sender back to the chat, if it is configured."""
        address = self._settings.chat_urls.get(turn.address.channel)
        return {"returnUrl": address} if address else {}

    def reference(self, phone: str) -> str:
        """Return the partner's reference of the sender with this number."""
        return sender_reference(phone, self._settings.sender_reference_key.get_secret_value())


class TicketIndex:
    """Stores which conversation a ticket belongs to, for the partner's events."""

    def __init__(self, store: StateStore, open_tickets: OpenTickets | None = None) -> None:
        self._store = store
        self._open_tickets = open_tickets

    async def remember(
        self, ticket: Ticket | Enrolment, address: Address, *, now: datetime
    ) -> None:
        """Store a ticket's address until a week after its link expires, and that it is open.

        A sender's reference leads to transfers only: no event that names nothing else is about
        an enrolment.
        """
        seconds = int((ticket.expires_at - now + KEEP).total_seconds())
        record: JsonObject = {
            "ticket": ticket.id,
            "channel": address.channel,
            "account": address.account,
            "sender": address.sender,
            "phone": address.phone,
            "user_id": address.user_id,
            "person": address.person,
        }
        dated = record | {"created_at": ticket.created_at.isoformat()}
        await self._store.put_record(BY_LINK, ticket.link_id, record, ttl_seconds=seconds)
        await self._store.put_record(BY_TICKET, ticket.id, record, ttl_seconds=seconds)
        if isinstance(ticket, Enrolment):
            return
        await self._store.push_record(
            BY_REFERENCE,
            ticket.sender,
            dated,
            keep=TICKETS_PER_REFERENCE,
            ttl_seconds=seconds,
        )
        if self._open_tickets is not None:
            await self._open_tickets.add(ticket.id, ticket.expires_at + CLOCK_DIFFERENCE)

    async def find(
        self,
        *,
        link_id: str = "",
        ticket_id: str = "",
        reference_id: str = "",
        at: datetime | None = None,
    ) -> tuple[str, Address] | None:
        """Return the ticket id and address of an event, or None when no ticket is known.

        Some events name the link, others only repeat our metadata, and others only name the
        sender's reference (reference/m2m.md 7.5). A sender has one active link at a time, so a
        reference means the newest ticket that was made before `at`.
        """
        record = link_id and await self._store.get_record(BY_LINK, link_id)
        record = record or (ticket_id and await self._store.get_record(BY_TICKET, ticket_id))
        record = record or (reference_id and await self._newest(reference_id, at))
        if not record:
            return None
        fields = {name: record[name] for name in ("channel", "account", "sender", "phone")}
        # Records of an older version have no ids beside the sender.
        ids = {name: str(record.get(name, "")) for name in ("user_id", "person")}
        return str(record["ticket"]), Address(**fields, **ids)

    async def _newest(self, reference_id: str, at: datetime | None) -> JsonObject | None:
        known = await self._store.list_records(BY_REFERENCE, reference_id)
        latest = at + CLOCK_DIFFERENCE if at else None
        return next(
            (
                record
                for record in known
                if latest is None or datetime.fromisoformat(record["created_at"]) <= latest
            ),
            known[-1] if known else None,
        )


def _metadata(draft: Draft, turn: Turn, payout: str) -> JsonObject:
    quote = draft.quote
    return {
        "digest": draft.digest,
        "sendAmount": str(quote.send.amount),
        "sendCurrency": quote.send.currency,
        "feeAmount": str(quote.fee.amount),
        "rate": str(quote.rate),
        "receiveAmount": str(quote.receive.amount),
        "receiveCurrency": quote.receive.currency,
        "recipient": draft.terms.recipient_name,
        "payout": payout,
        "language": turn.language,
    }
