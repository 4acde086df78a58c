"""The values that a transfer is made of: money, quote, terms, draft, ticket.

Pure values, no behaviour that needs the outside. The digest binds a confirmation to every
argument: change one and the digest, and with it the confirmation, is void.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Literal, Self

PayoutMethod = Literal["bank_account", "cash_pickup", "card", "mobile_wallet"]

TicketStatus = Literal[
    "drafted", "confirmed", "link_sent", "opened", "approved", "cancelled", "expired", "failed",
    "settled",
]  # fmt: skip
"""How they follow one another stands in lola.money.tickets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An exact amount with its ISO 4217 currency."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a transfer costs, as PayHub said it. `total` = `send` + `fee`; `rate` per unit sent."""

    id: str
    country: str
    payout_method: PayoutMethod
    send: Money
    fee: Money
    total: Money
    receive: Money
    rate: Decimal
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Everything the sender chose. All of it is in the digest.

    `amount` is what the sender asked for, in `amount_currency`: the source currency, or the
    destination currency when they named what should arrive. `account` is a bank account or wallet
    number; `payer_id` names a cash payer or a bank; both are empty where the method needs none.
    With a saved recipient, `recipient_id` stands for the account that the bank has on file and
    `account` holds its masked hint only.
    """

    country: str
    payout_method: PayoutMethod
    amount: Decimal
    amount_currency: str
    recipient_first_name: str
    recipient_last_name: str
    recipient_phone: str = ""
    recipient_id: str = ""
    payer_id: str = ""
    payer_name: str = ""
    account: str = ""
    payment_method_id: str = ""

    @property
    def recipient_name(self) -> str:
        """First and last name as one line."""
        return f"{self.recipient_first_name} {self.recipient_last_name}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """The sender's own later message that approved exactly one digest."""

    message_id: str
    digest: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A transfer that was put before the sender. It moves nothing."""

    id: str
    terms: Terms
    quote: Quote
    created_at: datetime
    shown_in: str
    confirmation: Confirmation | None = None

    @property
    def digest(self) -> str:
        """SHA-256 over all terms and the quoted figures, as 64 hex characters."""
        return digest_of(self.terms, self.quote)

    def is_confirmed(self) -> bool:
        """Whether the sender approved these very arguments."""
        return self.confirmation is not None and self.confirmation.digest == self.digest

    def is_quote_valid(self, now: datetime) -> bool:
        """Whether the quoted figures may still be promised."""
        return now < self.quote.expires_at

    def confirmed_by(self, message_id: str, now: datetime) -> Self:
        """Answer this draft with the sender's approval on it."""
        return replace(
            self,
            confirmation=Confirmation(message_id=message_id, digest=self.digest, at=now),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """The authorisation boundary of one money operation; made before its widget link.

    The id follows from conversation and draft, so a repeated turn makes the same ticket again and
    no other conversation can. `sender` is the partner's name for whom it is bound to, `actions`
    what the secure page may do for it. `terms` are kept only as long as the transfer may have to be
    prepared again.
    """

    id: str
    draft_id: str
    digest: str
    status: TicketStatus
    created_at: datetime
    expires_at: datetime
    send: Money
    receive: Money
    recipient_name: str
    sender: str = ""
    actions: tuple[str, ...] = ()
    link_id: str = ""
    short_url: str = ""
    operation_id: str = ""
    terms: Terms | None = None


def digest_of(terms: Terms, quote: Quote) -> str:
    """Hash every argument of a transfer in one canonical spelling."""
    figures = asdict(quote)
    figures.pop("id")
    figures.pop("expires_at")
    plain = json.dumps(
        {"terms": asdict(terms), "quote": figures},
        sort_keys=True,
        separators=(",", ":"),
        default=str,
    )
    return sha256(plain.encode()).hexdigest()
