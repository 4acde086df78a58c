"""What the partner has about a ticket, asked before anything is said about its money.

An operation is looked for by its id, by the ticket's link and by the sender's reference. "None"
is an answer only when the partner could be asked in all these ways (reference/m2m.md 5.3, 5.13,
5.14).
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import structlog

from lola.domain.transfer import Booked, Money, Ticket
from lola.errors import PartnerError, PartnerRefusedError
from lola.partners.m2m import M2MClient
from lola.partners.m2m.model import Amount, Link, Operation
from lola.telemetry import names

MOST = 100
"""How many operations of one sender are read at most."""
CLOCK_DIFFERENCE = timedelta(minutes=5)
NOT_FOUND = 404

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerView:
    """`is_known` is False while the partner cannot be asked; then the rest says nothing."""

    is_known: bool
    operation: Operation | None = None
    link: Link | None = None


async def look(
    client: M2MClient, ticket: Ticket, operation_id: str = "", *, seconds: float
) -> PartnerView:
    """Return the partner's operation of a ticket. It takes at most `seconds`, and never raises."""
    try:
        async with asyncio.timeout(seconds):
            return await _look(client, ticket, operation_id)
    except PartnerError as error:
        log.warning(names.PARTNER_UNAVAILABLE, partner="m2m", code=error.code)
    except TimeoutError:
        log.warning(names.PARTNER_UNAVAILABLE, partner="m2m", reason="timeout")
    return PartnerView(is_known=False)


async def find_operation(client: M2MClient, operation_id: str) -> Operation | None:
    """Return an operation, or None when the partner does not know it. Raises PartnerError."""
    try:
        return await client.get_operation(operation_id)
    except PartnerRefusedError as error:
        if error.status != NOT_FOUND:
            raise
        return None


def booked_amounts(amount: Amount | None, ticket: Ticket) -> Booked | None:
    """Return the amounts with their currencies, or None when the partner gave none.

    Without a currency an amount is in the one that was confirmed.
    """
    if amount is None or (amount.send is None and amount.receive is None):
        return None
    source = amount.currency.source or ticket.send.currency
    target = amount.currency.destination or ticket.receive.currency
    return Booked(
        send=Money(amount=amount.send, currency=source) if amount.send is not None else None,
        receive=(
            Money(amount=amount.receive, currency=target) if amount.receive is not None else None
        ),
        fee=Money(amount=amount.fee, currency=source) if amount.fee is not None else None,
    )


async def _look(client: M2MClient, ticket: Ticket, operation_id: str) -> PartnerView:
    for known in dict.fromkeys(filter(None, (operation_id, ticket.operation_id))):
        operation = await find_operation(client, known)
        if operation is not None and _is_of(operation, ticket):
            return PartnerView(is_known=True, operation=operation)
    by_link = client.list_operations(link_id=ticket.link_id)
    if operation := await _newest(by_link, ticket):
        return PartnerView(is_known=True, operation=operation)
    link = await _link(client, ticket.link_id)
    if link is not None and (operation := _operation_of(link)):
        return PartnerView(is_known=True, operation=operation, link=link)
    by_reference = client.list_operations(
        reference_id=ticket.sender, created_from=ticket.created_at - CLOCK_DIFFERENCE
    )
    operation = await _newest(by_reference, ticket)
    return PartnerView(is_known=True, operation=operation, link=link)


async def _newest(operations: AsyncIterator[Operation], ticket: Ticket) -> Operation | None:
    found: list[Operation] = []
    count = 0
    async for operation in operations:
        count += 1
        if _is_of(operation, ticket) and _is_named_by(operation, ticket):
            found.append(operation)
        if count >= MOST:
            break
    dated = [one for one in found if one.created_at is not None]
    return (
        max(dated, key=lambda one: one.created_at or ticket.created_at)
        if dated
        else (found[0] if found else None)
    )


async def _link(client: M2MClient, link_id: str) -> Link | None:
    try:
        return await client.get_link(link_id)
    except PartnerRefusedError as error:
        # The route is inferred: where it is missing, the documented lists have to do.
        if error.status != NOT_FOUND:
            raise
        return None


def _operation_of(link: Link) -> Operation | None:
    short = link.operation
    operation_id = (short.operation_id if short else "") or link.operation_id or ""
    if not operation_id:
        return None
    return Operation(
        operation_id=operation_id,
        status=(short.status if short else "") or "created",
        link_id=link.link_id,
        reference_id=link.reference_id,
        amount=short.amount if short else None,
    )


def _is_of(operation: Operation, ticket: Ticket) -> bool:
    """Return whether an operation can be the ticket's: another sender's cannot
    (docs/safety.md G2).
    """
    is_sender = operation.reference_id in {None, ticket.sender}
    return is_sender and operation.link_id in {None, ticket.link_id}


def _is_named_by(operation: Operation, ticket: Ticket) -> bool:
    """Return whether a listed operation names the ticket's link, or was made after the ticket."""
    if operation.link_id is not None:
        return operation.link_id == ticket.link_id
    made = operation.created_at
    return made is not None and made >= ticket.created_at - CLOCK_DIFFERENCE
