"""The port for the bank's record of one sender: past transfers, limits, contacts, money requests.

Every method takes the sender's id, which code injects and no model ever names (docs/safety.md G2).
Nothing here moves money: a request for money is a link that another person may pay.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol

from lola.domain.transfer import Money, PayoutMethod

PastStatus = Literal[
    "in_progress", "ready_for_pickup", "completed", "on_hold", "cancelled", "rejected", "failed"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTransfer:
    """One operation of the sender. `reference` is the short code that people read out to support.

    `is_request`: the sender asked for this money. Amounts that the bank did not give are None.
    `account_hint` shows the last four digits at most.
    """

    reference: str
    status: PastStatus
    created_at: datetime
    send: Money
    receive: Money | None = None
    fee: Money | None = None
    total: Money | None = None
    rate: Decimal | None = None
    recipient: str = ""
    country: str = ""
    payout_method: PayoutMethod | None = None
    payer_name: str = ""
    account_hint: str = ""
    is_request: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingLimits:
    """What a sender may send at their level of verification, in the source currency."""

    limit: Money
    used: Money
    left: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person to save. `phone` is E.164 and the key of a saved person at the bank."""

    first_name: str
    last_name: str
    phone: str
    country: str
    alias: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyRequest:
    """A request for money to a saved person. Repeating a `request_id` makes no second request."""

    request_id: str
    phone: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLink:
    """Where the other person may pay; `reference` is the request's short support code."""

    reference: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivingAccount:
    """An account where the sender receives money. The number is for the partner alone."""

    country: str
    number: str = field(repr=False)
    bank_code: str = ""
    bank_name: str = ""


class CustomerRecords(Protocol):
    """The sender's own record. Every method raises PartnerError."""

    async def transfers(self, user_id: str) -> tuple[PastTransfer, ...]:
        """Return the sender's operations, newest first."""
        ...

    async def limits(self, user_id: str) -> SendingLimits | None:
        """Return what the sender may send and has sent; None when the bank sets no limit."""
        ...

    async def save_recipient(self, user_id: str, person: Person, *, is_new: bool) -> None:
        """Save a person, or change the one with this number.

        Raises PartnerRefusedError, also when a new person's number is saved already.
        """
        ...

    async def receiving_account(self, user_id: str) -> ReceivingAccount | None:
        """Return the account where the sender receives money, or None when they have none."""
        ...

    async def request_money(self, user_id: str, request: MoneyRequest) -> RequestLink:
        """Return the link with which the other person can pay; the same one for the same id."""
        ...

    async def request(self, request_id: str) -> PastTransfer | None:
        """Return the operation of a request for money by its id, or None when there is none."""
        ...
