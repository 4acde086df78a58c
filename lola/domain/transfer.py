"""The values of a transfer: money, quote, terms, draft, ticket.

Pure values without input or output. The digest binds a confirmation to every argument: when one
changes, the digest changes and the confirmation no longer counts.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Self

from lola.domain.approval import TRANSFER, Approval, digest_of_json, plain_json

PayoutMethod = Literal["bank_account", "cash_pickup", "card", "mobile_wallet"]

TicketStatus = Literal[
    "drafted", "confirmed", "link_sent", "opened", "approved", "cancelled", "expired", "failed",
    "settled", "unsure",
]  # fmt: skip
"""`lola.money.tickets` says how they follow one another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An exact amount with its ISO 4217 currency."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """The amounts of a transfer as the partner has them. None: the partner did not say."""

    send: Money | None = None
    receive: Money | None = None
    fee: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a transfer costs, from PayHub. `total` = `send` + `fee`; `rate` is per unit sent."""

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
    number, masked; `payer_id` names a cash payer or a bank; both are empty where the method needs
    none.
    With a saved recipient, `recipient_id` refers to the account that the bank has on file and
    `account` holds its masked hint only. An account number that the sender wrote is masked as well,
    and sealed in `account_seal`.
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
    account_seal: str = ""

    @property
    def recipient_name(self) -> str:
        """First and last name as one line."""
        return f"{self.recipient_first_name} {self.recipient_last_name}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """The sender's approval of exactly one digest, in a message sent after it was shown."""

    message_id: str
    digest: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A transfer that was shown to the sender as a summary. It moves nothing."""

    id: str
    terms: Terms
    quote: Quote
    created_at: datetime
    confirmation: Confirmation | None = None

    @property
    def digest(self) -> str:
        """SHA-256 over all terms and the quoted figures, as 64 hex characters."""
        return digest_of(self.terms, self.quote)

    @property
    def approval(self) -> Approval:
        """The draft as an action that waits for the sender's yes."""
        return Approval(
            kind=TRANSFER,
            id=self.id,
            terms=plain_json(_arguments(self.terms, self.quote)),
            digest=self.digest,
            shown_at=self.created_at,
        )

    def is_confirmed(self) -> bool:
        """Return whether the sender approved exactly these arguments."""
        return self.confirmation is not None and self.confirmation.digest == self.digest

    def is_quote_valid(self, now: datetime) -> bool:
        """Return whether the quoted figures may still be promised."""
        return now < self.quote.expires_at

    def confirmed_by(self, message_id: str, now: datetime) -> Self:
        """Return this draft with the sender's approval recorded on it."""
        return replace(
            self,
            confirmation=Confirmation(message_id=message_id, digest=self.digest, at=now),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """The authorisation boundary of one money operation; made before its widget link.

    The id is derived from conversation and draft: a repeated turn makes the same ticket again, and
    no other conversation can. `sender` is the partner's reference of the sender it is bound to,
    `actions` are what the secure page may do for it. `terms` are kept only while the transfer may
    have to be prepared again. `send` and `receive` are what the sender confirmed; `booked` is what
    the partner has. `doubt` is the event that the partner could not confirm yet, while the status
    is `unsure`. `partner_status` is the partner's last word on an approved transfer that is not
    simply going on.
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
    booked: Booked | None = None
    doubt: str = ""
    partner_status: str = ""

    @property
    def actual_send(self) -> Money:
        """The amount that the partner took; what was confirmed, as long as it is not known."""
        return (self.booked and self.booked.send) or self.send

    @property
    def actual_receive(self) -> Money:
        """The amount that the recipient gets, in the same way."""
        return (self.booked and self.booked.receive) or self.receive


def digest_of(terms: Terms, quote: Quote) -> str:
    """Return the digest over every argument of a transfer."""
    return digest_of_json(_arguments(terms, quote))


def _arguments(terms: Terms, quote: Quote) -> dict[str, Any]:
    figures = asdict(quote)
    # The same figures quoted again are the same transfer.
    figures.pop("id")
    figures.pop("expires_at")
    arguments = asdict(terms)
    if not terms.account_seal:
        # Drafts that are stored without it keep the digest that was confirmed.
        arguments.pop("account_seal")
    return {"terms": arguments, "quote": figures}
