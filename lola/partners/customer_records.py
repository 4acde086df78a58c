"""What the bank keeps about one sender: past transfers, limits, saved people, requests for money.

One port and the values it speaks in, beside `lola.partners.remittances`. Every method takes the
subject's own id, which code injects and no model ever names (safety.md G2). Nothing here moves
money: a request is a link that somebody else may pay or leave.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol

from lola.domain.transfer import Money, PayoutMethod

PastStatus = Literal[
    "in_progress", "ready_for_pickup", "completed", "on_hold", "cancelled", "rejected", "failed"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTransfer:
    """One operation of the sender. `reference` is the short support code that people read out.

    `is_request`: the sender asked for this money. Amounts that the bank did not name are None.
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
    """Someone to save. `phone` is E.164 and, at the bank, what tells saved people apart."""

    first_name: str
    last_name: str
    phone: str
    country: str
    alias: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyRequest:
    """Asking a saved person for money. `request_id` is ours: repeating it makes no second one."""

    request_id: str
    phone: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLink:
    """Where the other person may pay; `reference` is the request's short support code."""

    reference: str
    url: str


class CustomerRecords(Protocol):
    """The sender's own record. All methods raise PartnerError."""

    async def transfers(self, user_id: str) -> tuple[PastTransfer, ...]:
        """Answer the sender's operations, newest first."""
        ...

    async def limits(self, user_id: str) -> SendingLimits | None:
        """Answer what the sender may send and has sent; None when the bank sets no limit."""
        ...

    async def save_recipient(self, user_id: str, person: Person, *, is_new: bool) -> None:
        """Save a person, or change the one with this number.

        Raises PartnerRefusedError, also when a new person's number is saved already.
        """
        ...

    async def request_money(self, user_id: str, request: MoneyRequest) -> RequestLink:
        """Answer the link with which the other person may pay; the same one for the same id."""
        ...
