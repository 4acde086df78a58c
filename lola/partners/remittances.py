"""The ports to the bank's own systems, identity and remittances, and their values.

`lola.partners.payhub` implements both on RaaS. A bank with other systems writes its own
implementation and names it in the settings.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from lola.domain.identity import ContextUser, PaymentMethod
from lola.domain.transfer import PayoutMethod, Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Corridor:
    """A country that money can be sent to. `minimum` and `maximum` are in the source currency."""

    country: str
    names: dict[str, str]
    currency: str
    source_currency: str
    payout_methods: tuple[PayoutMethod, ...]
    minimum: Decimal
    maximum: Decimal
    account_label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """A company that pays cash out at its branches."""

    id: str
    name: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A branch of a payer. `hours` is the payer's own text, such as `Mon-Sat 9:00-20:00`."""

    id: str
    payer_id: str
    payer_name: str
    country: str
    city: str
    address: str
    hours: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """A bank that takes deposits; `code` is its national number."""

    id: str
    name: str
    country: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedRecipient:
    """A recipient of earlier transfers. `account_hint` shows the last four digits at most."""

    id: str
    first_name: str
    last_name: str
    phone: str
    country: str
    alias: str = ""
    payout_method: PayoutMethod | None = None
    payer_id: str = ""
    payer_name: str = ""
    account_hint: str = ""

    @property
    def full_name(self) -> str:
        """First and last name as one line."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The result of an account check: the canonical form, or the `reason` as a stable word."""

    valid: bool
    canonical: str = ""
    reason: str = ""
    bank_name: str = ""


class IdentityService(Protocol):
    """Finds the customer of a telephone number."""

    async def find_sender(self, phone: str) -> ContextUser | None:
        """Return the sender with this E.164 number, or None when there is certainly none.

        Raises PartnerUnavailableError when the answer is not certain.
        """
        ...


class Remittances(Protocol):
    """Corridors, quotes and the sender's saved data. Every method raises PartnerError."""

    async def corridors(self) -> tuple[Corridor, ...]:
        """Return every active corridor of this deployment."""
        ...

    async def payers(self, country: str) -> tuple[Payer, ...]:
        """Return the cash payers of a country."""
        ...

    async def branches(self, country: str) -> tuple[Branch, ...]:
        """Return the branches of a country's cash payers."""
        ...

    async def banks(self, country: str) -> tuple[Bank, ...]:
        """Return the banks of a country."""
        ...

    async def quote(
        self, *, country: str, payout_method: PayoutMethod, amount: Decimal, currency: str
    ) -> Quote:
        """Price a transfer. `currency` is the source's (amount sent) or the destination's (amount
        received). Raises PartnerRefusedError outside the corridor's limits.
        """
        ...

    async def validate_account(self, country: str, account: str) -> Validation:
        """Check a bank account number (CLABE, IBAN, national form)."""
        ...

    async def recipients(self, user_id: str) -> tuple[SavedRecipient, ...]:
        """Return the sender's own saved recipients."""
        ...

    async def account_on_file(self, user_id: str, recipient_id: str) -> str:
        """Return the whole account number of one of the sender's saved recipients, or empty.

        It is for the M2M partner only: no model, message, log or store may get it.
        """
        ...

    async def payment_methods(self, user_id: str) -> tuple[PaymentMethod, ...]:
        """Return the sender's own ways to pay, display names only."""
        ...
