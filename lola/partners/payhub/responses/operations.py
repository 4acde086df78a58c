"""Responses about past operations, sending limits and requests for money.

The facts are reference/raas.md 5.12-5.16 and 8. Odd spellings of RaaS (`recipientAmout`,
`/Date(ms)/`) are known here only. Missing fields stay missing.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, TypeAdapter

from lola.domain.transfer import Money
from lola.partners.customer_records import PastStatus, PastTransfer, RequestLink, SendingLimits
from lola.partners.payhub.responses.base import CamelBody, read_moment
from lola.partners.payhub.responses.funding import SourceBody
from lola.partners.payhub.responses.payout_types import PAYOUT_METHODS
from lola.text.person_names import person_name

STATUSES: Mapping[str, PastStatus] = MappingProxyType(
    {
        "Sent": "in_progress",
        "Funding": "in_progress",
        "Funded": "in_progress",
        "Accepted": "in_progress",
        "InTransit": "in_progress",
        "ReadyForPickup": "ready_for_pickup",
        "Completed": "completed",
        "OnHold": "on_hold",
        "Cancelled": "cancelled",
        "Rejected": "rejected",
        "Failed": "failed",
    }
)
"""Operation status (reference/raas.md 8.1) → ours; an unknown one counts as in progress."""

REQUESTS = frozenset({"RequestFunds", "request"})


class PartyBody(CamelBody):
    """`fromUser` or `toUser`: the person who sends or receives."""

    first_name: str | None = None
    last_name: str | None = None
    country: str | None = None
    user_id: str | None = None
    phone_number: str | None = Field(None, repr=False)

    @property
    def name(self) -> str:
        """First and last name as one line."""
        return f"{self.first_name or ''} {self.last_name or ''}".strip()


class IgnoredBody(CamelBody):
    """`IgnoredOperationData`: why the payer ignored a request. Spelled as RaaS does (8.1)."""

    reason: str
    description: str | None = Field(None, repr=False)


class OperationBody(CamelBody):
    """`OperationResponsePartner` with the extras of the list (reference/raas.md 5.16, 8.2)."""

    code: str = Field(min_length=1)
    status: str
    amount: Decimal
    created_at: Annotated[datetime, BeforeValidator(read_moment)]
    type: str = "SendFunds"
    currency: str | None = None
    sender_amount: Decimal | None = None
    sender_currency: str | None = None
    recipient_amount: Decimal | None = Field(None, alias="recipientAmout")
    recipient_currency: str | None = None
    source_fee: Decimal | None = None
    transaction_fee: Decimal | None = None
    destination_fee: Decimal | None = None
    exchange_rate: Decimal | None = None
    correlation_id: str | None = None
    status_details: str | None = None
    updated_at: Annotated[datetime | None, BeforeValidator(read_moment)] = None
    reason: str | None = Field(None, repr=False)
    cancelable: bool | None = None
    is_ignored: bool | None = None
    ignored_data: IgnoredBody | None = None
    from_user: PartyBody = PartyBody()
    to_user: PartyBody = PartyBody()
    destination_payment_method: SourceBody | None = None
    attribution_link: str | None = None

    def other(self, user_id: str) -> PartyBody:
        """Return the other person of an operation of this user.

        RaaS's own examples disagree on which side of a request is `fromUser` (reference/raas.md
        14, 4), so a request is told by the ids; without them no person is named.
        """
        if self.type not in REQUESTS:
            return self.to_user
        sides = (self.from_user, self.to_user)
        others = [side for side in sides if side.user_id and side.user_id != user_id]
        return others[0] if len(others) == 1 else PartyBody()

    def to_past_transfer(self, source_currency: str, user_id: str = "") -> PastTransfer:
        """Return the operation of a user as the port's value."""
        person = self.other(user_id)
        currency = self.sender_currency or self.currency or source_currency
        send = Money(amount=self.sender_amount or self.amount, currency=currency)
        fee = self._fee(currency)
        method = self.destination_payment_method
        payout = PAYOUT_METHODS.get(method.type) if method else None
        return PastTransfer(
            reference=self.code,
            status=STATUSES.get(self.status, "in_progress"),
            created_at=self.created_at,
            send=send,
            receive=self._received(),
            fee=fee,
            total=Money(amount=send.amount + fee.amount, currency=currency) if fee else None,
            rate=self.exchange_rate or None,
            recipient=person_name(person.name),
            country=person.country or "",
            payout_method=payout,
            payer_name=(method.payment_method_owner or "") if method else "",
            account_hint=method.hint if method and payout != "cash_pickup" else "",
            is_request=self.type in REQUESTS,
        )

    def _received(self) -> Money | None:
        if self.recipient_amount is None or not self.recipient_currency:
            return None
        return Money(amount=self.recipient_amount, currency=self.recipient_currency)

    def _fee(self, currency: str) -> Money | None:
        fees = (self.source_fee, self.transaction_fee, self.destination_fee)
        known = [fee for fee in fees if fee is not None]
        return Money(amount=sum(known, Decimal(0)), currency=currency) if known else None

    def to_link(self) -> RequestLink:
        """Return where the other person may pay; the url is empty when there is none."""
        return RequestLink(reference=self.code, url=self.attribution_link or "")


class LimitsBody(CamelBody):
    """The figures of `CanOperateResponse` (reference/raas.md 8.5)."""

    send_level1_limit_amount: Decimal | None = Field(None, alias="sendLevel1LimitAmount")
    accumulated: Decimal | None = None
    rest: Decimal | None = None

    def to_limits(self, currency: str) -> SendingLimits | None:
        """Return the limits; None unless the bank names all three figures."""
        figures = (self.send_level1_limit_amount, self.accumulated, self.rest)
        if any(figure is None for figure in figures):
            return None
        limit, used, left = (
            Money(amount=figure or Decimal(0), currency=currency) for figure in figures
        )
        return SendingLimits(limit=limit, used=used, left=left)


class AcceptedBody(CamelBody):
    """The answer to a request that is carried out later (reference/raas.md 5.13)."""

    user_id: str
    operation_id: str
    status: str
    link: str = Field("", repr=False)


STATUS: TypeAdapter[str] = TypeAdapter(str, config={"strict": True})
ACCEPTED = TypeAdapter(AcceptedBody)
OPERATIONS = TypeAdapter(list[OperationBody])
OPERATION = TypeAdapter(OperationBody)
LIMITS = TypeAdapter(LimitsBody)
ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)
