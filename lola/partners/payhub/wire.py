"""RaaS on the wire: the words of its enums, and how its objects are read.

Everything that the reference does not print, or that may change, stands in the tables here. No
payment or account number passes through: of those the last four digits come out, at most.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from babel import Locale
from babel.numbers import get_currency_precision
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel, to_pascal

from lola.domain.identity import PaymentMethod
from lola.domain.transfer import PayoutMethod
from lola.partners.remittances import Branch, Corridor, SavedRecipient

NO_SUCH_SENDER = frozenset({"ERROR_USER_NOT_FOUND", "USER_NOT_FOUND"})

VERDICTS: Mapping[str, str] = MappingProxyType(
    {
        "Approved": "passed",
        "Completed": "passed",
        "Success": "passed",
        "Pending": "pending",
        "OnProcess": "pending",
        "UpgradePending": "pending",
        "UpgradeInProgress": "pending",
        "AccountUpgradeInProgress": "pending",
        "UpgradeSoftFailed": "pending",
        "UpgradeFailed": "pending",
        "Failed": "pending",
    }
)
"""CIP status → verdict; a failed check waits for a person's review. Unknown words are kept."""

NEXT_STEPS: Mapping[str, str] = MappingProxyType(
    {
        "UnreadableDoc": "scan_id_again",
        "InvalidAddress": "correct_address",
        "InvalidEMail": "correct_email",
        "ProvideAdditionalInfo": "give_more_information",
        "InvalidPersonalData": "correct_personal_data",
        "OtpPrivacyMissing": "accept_terms",
        "OtpContractMissing": "accept_terms",
        "Compliance": "wait",
    }
)
"""`PlatLevelStatusDetail` → what the sender can do (reference/raas.md 8.1)."""

BLOCKING_DETAILS = frozenset({"ComplianceBlocked", "OfacFailed"})
BLOCKING_ACCOUNTS = frozenset({"Blocked", "Closed"})

PAYOUT_METHODS: Mapping[str, PayoutMethod] = MappingProxyType(
    {
        "BankAccount": "bank_account",
        "CLABE": "bank_account",
        "UBN": "bank_account",
        "CashLoadLocation": "cash_pickup",
        "DebitCard": "card",
        "CreditCard": "card",
        "MobileWallet": "mobile_wallet",
    }
)
PAYOUT_TYPES: Mapping[PayoutMethod, str] = MappingProxyType(
    {
        "bank_account": "UBN",
        "cash_pickup": "CashLoadLocation",
        "card": "DebitCard",
        "mobile_wallet": "MobileWallet",
    }
)
UNUSABLE = frozenset({"Blocked", "Removed", "Disconnected", "ValidationNotApproved"})
ACCOUNT_LABELS: Mapping[str, str] = MappingProxyType({"MX": "CLABE"})
NETWORKS: Mapping[str, str] = MappingProxyType(
    {"MasterCard": "Mastercard", "AmericanExpress": "American Express", "NotApplicable": ""}
)
LAST_FOUR = re.compile(r"([0-9]{4})$")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")
LONG_NUMBER = re.compile(r"[0-9][0-9 -]{4,}[0-9]")


class Camel(BaseModel):
    """A body in camel case; fields that nobody reads are let go."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")


class Profile(Camel):
    """`UserProfile` (reference/raas.md 5.3); only `id` is promised."""

    id: str = Field(min_length=1)
    first_name: str | None = None
    last_name: str | None = None
    phone_number: str | None = None
    country_code: str | None = None
    middle_name: str | None = Field(None, repr=False)
    second_last_name: str | None = Field(None, repr=False)
    dob: str | None = Field(None, repr=False)

    def to_user_data(self) -> dict[str, str]:
        """Answer what an identity check asks for, by the paths of reference/m2m.md 6.4.

        The form of `dob` is not printed: a day that does not stand first is left out.
        """
        day = DAY.match(self.dob or "")
        known = {
            "name.firstName": self.first_name,
            "name.secondName": self.middle_name,
            "name.lastName": self.last_name,
            "name.secondLastName": self.second_last_name,
            "dob": day and day[0],
        }
        return {path: text for path, text in known.items() if text}


class CipInfo(Camel):
    """`CIPInfo` (reference/raas.md 8.5), as far as a verdict needs it."""

    status: str | None = None
    level1status: str | None = Field(None, alias="level1status")
    level2status: str | None = Field(None, alias="level2status")
    level1status_detail: str | None = Field(None, alias="level1statusDetail")
    level2status_detail: str | None = Field(None, alias="level2statusDetail")
    account_status: str | None = None
    errors_process: dict[str, Any] | None = None

    @property
    def verdict(self) -> str | None:
        """`passed`, `pending`, `blocked`, an unknown status verbatim, or None without any."""
        details = {self.level1status_detail, self.level2status_detail, self.status}
        if details & BLOCKING_DETAILS or self.account_status in BLOCKING_ACCOUNTS:
            return "blocked"
        if (self.errors_process or {}).get("ERROR_OFAC_NOT_VALID") is True:
            return "blocked"
        status = self.status or self.level2status or self.level1status
        return VERDICTS.get(status, status) if status else None

    @property
    def next_step(self) -> str:
        """What the verification waits for, empty when that is unsaid, done or not to be told."""
        if self.verdict != "pending":
            return ""
        detail = self.level2status_detail or self.level1status_detail or ""
        return NEXT_STEPS.get(detail, "")


class Source(Camel):
    """`SourceOfFunding` and `PartnerPayoutMethod` (reference/raas.md 8.3): a way to pay or be paid.

    Its numbers are never kept: `last_four` and `label` are all that comes out.
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

    @property
    def is_usable(self) -> bool:
        """Whether the partner would take it now."""
        return self.status not in UNUSABLE and self.can_operate is not False

    @property
    def hint(self) -> str:
        """`•••• 1234`, or nothing when no number ends in four digits."""
        for number in (self.account_number, self.number):
            if number and (found := LAST_FOUR.search(number)):
                return f"•••• {found[1]}"
        return ""

    @property
    def label(self) -> str:
        """`Visa •••• 1234`; any longer run of digits is taken out of what the partner wrote."""
        network = NETWORKS.get(self.card_network or "", self.card_network)
        name = "" if self.hint else self.name
        brand = network or self.payment_method_owner or name or self.type
        return f"{LONG_NUMBER.sub('', brand).strip()} {self.hint}".strip()

    def to_payment_method(self) -> PaymentMethod:
        """Answer the display form."""
        kind = PAYOUT_METHODS.get(self.type, self.type)
        return PaymentMethod(id=self.id or "", label=self.label, kind=kind)


class Contact(Camel):
    """`ContactInfo` (reference/raas.md 5.4)."""

    phone: str
    id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    country_code: str | None = None
    alias: str | None = None

    def to_recipient(self, source: Source | None) -> SavedRecipient:
        """Answer the recipient, with where they were paid if that is known."""
        method = PAYOUT_METHODS.get(source.type) if source else None
        return SavedRecipient(
            id=self.id or self.phone,
            first_name=self.first_name or "",
            last_name=self.last_name or "",
            phone=self.phone,
            country=self.country_code or "",
            alias=self.alias or "",
            payout_method=method,
            payer_id=(source.external_id or "") if source else "",
            payer_name=(source.payment_method_owner or "") if source else "",
            account_hint=source.hint if source and method != "cash_pickup" else "",
        )


class CorridorBody(BaseModel):
    """`CorridorDTO` (reference/raas.md 8.5): one way to be paid in one country."""

    model_config = ConfigDict(alias_generator=to_pascal, extra="ignore")

    source_country: str
    destination_country: str
    source_currency: str
    destination_currency: str
    destination_payment_method_type: str
    lower_limit: Decimal
    upper_limit: Decimal
    is_active: bool


class QuoteBody(Camel):
    """`RaasQuoteTransactionResponse` (reference/raas.md 8.5)."""

    id: str | None = None
    source_currency: str
    destination_currency: str
    reason: str = "None"
    source_amount: Decimal
    destination_amount: Decimal
    exchange_rate: Decimal
    tax: Decimal = Decimal(0)
    source_fee: Decimal = Decimal(0)
    destination_fee: Decimal = Decimal(0)
    transaction_fee: Decimal = Decimal(0)
    partner_fee: Decimal = Decimal(0)
    tenant_fee: Decimal = Decimal(0)
    total_amount: Decimal | None = None
    is_executable: bool
    valid_time_in_minutes: Decimal

    @property
    def fees(self) -> Decimal:
        """Everything that the sender pays on top."""
        return (
            self.tax
            + self.source_fee
            + self.destination_fee
            + self.transaction_fee
            + self.partner_fee
            + self.tenant_fee
        )


class InstitutionBody(Camel):
    """A cash payer or a bank; the shape is ours, no page prints one."""

    id: str
    name: str
    code: str | None = None
    country: str


class BranchBody(Camel):
    """A counter of a cash operator; the shape is ours, no page prints one."""

    id: str
    operator_id: str
    operator_name: str
    country: str
    city: str
    address: str
    hours: str = ""

    def to_branch(self) -> Branch:
        """Answer the branch."""
        return Branch(
            id=self.id,
            payer_id=self.operator_id,
            payer_name=self.operator_name,
            country=self.country,
            city=self.city,
            address=self.address,
            hours=self.hours,
        )


class ValidationBody(Camel):
    """The answer to an account check; the shape is ours, no page prints one."""

    valid: bool
    reason: str | None = None
    bank_name: str | None = None


PROFILE = TypeAdapter(Profile)
CIP = TypeAdapter(CipInfo)
QUOTE = TypeAdapter(QuoteBody)
VALIDATION = TypeAdapter(ValidationBody)
SOURCES = TypeAdapter(list[Source])
CONTACTS = TypeAdapter(list[Contact])
CORRIDORS = TypeAdapter(list[CorridorBody])
BRANCHES = TypeAdapter(list[BranchBody])
INSTITUTIONS = TypeAdapter(list[InstitutionBody])


def minor_unit(currency: str) -> Decimal:
    """Answer the smallest amount of a currency, as `0.01`."""
    return Decimal(1).scaleb(-get_currency_precision(currency))


def group_corridors(rows: list[CorridorBody]) -> tuple[Corridor, ...]:
    """Answer one corridor per country, with its active payout methods and widest limits."""
    by_country: dict[str, list[CorridorBody]] = {}
    for row in rows:
        if row.is_active and row.destination_payment_method_type in PAYOUT_METHODS:
            by_country.setdefault(row.destination_country, []).append(row)
    return tuple(_corridor(country, rows) for country, rows in by_country.items())


def _corridor(country: str, rows: list[CorridorBody]) -> Corridor:
    methods = dict.fromkeys(PAYOUT_METHODS[row.destination_payment_method_type] for row in rows)
    return Corridor(
        country=country,
        names={
            language: Locale(language).territories.get(country, country)
            for language in ("es", "en")
        },
        currency=rows[0].destination_currency,
        source_currency=rows[0].source_currency,
        payout_methods=tuple(methods),
        minimum=min(row.lower_limit for row in rows),
        maximum=max(row.upper_limit for row in rows),
        account_label=ACCOUNT_LABELS.get(country, ""),
    )
