"""Responses about ways to pay and to be paid, and about the sender's contacts."""

import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated

from pydantic import BeforeValidator, Field, TypeAdapter

from lola.domain.identity import PaymentMethod
from lola.partners.customer_records import ReceivingAccount
from lola.partners.payhub.responses.base import CamelBody, read_moment
from lola.partners.payhub.responses.payout_types import PAYOUT_METHODS
from lola.partners.remittances import SavedRecipient
from lola.text.person_names import person_name

UNUSABLE = frozenset({"Blocked", "Removed", "Disconnected", "ValidationNotApproved"})
NETWORKS: Mapping[str, str] = MappingProxyType(
    {"MasterCard": "Mastercard", "AmericanExpress": "American Express", "NotApplicable": ""}
)
LAST_FOUR = re.compile(r"([0-9]{4})$")
LONG_NUMBER = re.compile(r"[0-9][0-9 -]{4,}[0-9]")


class SourceBody(CamelBody):
    """`SourceOfFunding` and `PartnerPayoutMethod` (reference/raas.md 8.3): a way to pay or be paid.

    Its numbers are read for `hint` and `label`, which show the last four digits, and an account
    number for the M2M partner alone.
    """

    id: str | None = None
    type: str
    name: str | None = None
    number: str | None = Field(None, repr=False)
    account_number: str | None = Field(None, repr=False)
    card_network: str | None = None
    payment_method_owner: str | None = None
    external_id: str | None = None
    status: str | None = None
    can_operate: bool | None = None
    is_primary: bool | None = None
    country: str | None = None
    bank_entity_number: str | None = None

    @property
    def is_usable(self) -> bool:
        """Return whether the partner would accept it now."""
        return self.status not in UNUSABLE and self.can_operate is not False

    @property
    def hint(self) -> str:
        """`•••• 1234`, or empty when no number ends in four digits."""
        for number in (self.account_number, self.number):
            if number and (found := LAST_FOUR.search(number)):
                return f"•••• {found[1]}"
        return ""

    @property
    def label(self) -> str:
        """`Visa •••• 1234`. A longer run of digits in the partner's text is removed."""
        network = NETWORKS.get(self.card_network or "", self.card_network)
        name = "" if self.hint else self.name
        brand = network or self.payment_method_owner or name or self.type
        return f"{LONG_NUMBER.sub('', brand).strip()} {self.hint}".strip()

    def to_account(self) -> ReceivingAccount | None:
        """Return it as an account, or None when it is a card or lacks number or country."""
        if not (self.account_number and self.country):
            return None
        return ReceivingAccount(
            country=self.country,
            number=self.account_number,
            bank_code=self.bank_entity_number or "",
            bank_name=self.payment_method_owner or "",
        )

    def to_payment_method(self) -> PaymentMethod:
        """Return the form that is shown to the sender."""
        kind = PAYOUT_METHODS.get(self.type, self.type)
        return PaymentMethod(id=self.id or "", label=self.label, kind=kind)


class PayoutBody(SourceBody):
    """`PartnerPayoutMethod`, of which every field is optional (reference/raas.md 8.3)."""

    type: str = ""


class AddedMethodBody(PayoutBody):
    """A payment method that was added, or was there already (reference/raas.md 5.9, 5.11)."""

    id: str = Field(min_length=1)
    created_at: Annotated[datetime | None, BeforeValidator(read_moment)] = None


class ContactBody(CamelBody):
    """`ContactInfo` (reference/raas.md 5.4)."""

    phone: str = Field(repr=False)
    id: str | None = None
    email: str | None = Field(None, repr=False)
    first_name: str | None = None
    last_name: str | None = None
    country_code: str | None = None
    alias: str | None = None

    def to_recipient(self, source: SourceBody | None) -> SavedRecipient:
        """Return the recipient; `source` is where they were paid last, if that is known."""
        method = PAYOUT_METHODS.get(source.type) if source else None
        return SavedRecipient(
            id=self.id or self.phone,
            first_name=person_name(self.first_name or ""),
            last_name=person_name(self.last_name or ""),
            phone=self.phone,
            country=self.country_code or "",
            alias=self.alias or "",
            payout_method=method,
            payer_id=(source.external_id or "") if source else "",
            payer_name=(source.payment_method_owner or "") if source else "",
            account_hint=source.hint if source and method != "cash_pickup" else "",
        )


METHOD_TYPES = TypeAdapter(list[str])
PAYOUTS = TypeAdapter(list[PayoutBody])
PAYOUT = TypeAdapter(PayoutBody)
ADDED_METHOD = TypeAdapter(AddedMethodBody)
SOURCES = TypeAdapter(list[SourceBody])
CONTACTS = TypeAdapter(list[ContactBody])
