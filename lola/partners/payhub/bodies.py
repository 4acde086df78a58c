"""The bodies that are sent to RaaS (reference/raas.md 5, 6 and 8.3), checked before they leave.

Every body of a person or a payment method keeps its values out of logs. A card number never leaves
the service: RaaS takes the vault's tokens (reference/raas.md 5.9).
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from lola.domain.messages import JsonObject

Network = Literal[
    "NotApplicable", "UATP", "Visa", "ChinaUnionPay", "InterPayment", "DiscoverCard", "Dankort",
    "Cardguard", "MIR", "MasterCard", "Verve", "InstaPayment", "Maestro",
    "DinersClubInternational", "AmericanExpress", "JCB", "TROY",
]  # fmt: skip
CardType = Literal["DebitCard", "CreditCard"]
MethodType = Literal[
    "DebitCard", "CreditCard", "UBN", "MobileWallet", "BankAccount", "CashLoadLocation",
    "AppleDigitalWallet", "GoogleDigitalWallet", "CLABE", "VirtualNetworkAccount",
]  # fmt: skip
LinkMethodType = Literal["BankAccount", "DigitalWallet", "Card", "UBN"]

_CARD = ("number", "name_on_card", "expiration_date", "country", "currency")
NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"DebitCard": _CARD, "CreditCard": _CARD, "UBN": ("number", "currency", "country")}
)
"""Type of a payment method → the fields that it needs; every other type needs its country."""

_CARD_NUMBER = re.compile(r"[0-9][0-9 -]{11,21}[0-9]")
_SECURITY_CODE = re.compile(r"[0-9]{3,4}")


def _token(value: str) -> str:
    """Refuse what looks like a card number or its code. The message never repeats the value."""
    if _CARD_NUMBER.fullmatch(value) or _SECURITY_CODE.fullmatch(value):
        raise ValueError("must be a token of the vault, not a number of a card")
    return value


Token = Annotated[str, Field(min_length=1), AfterValidator(_token)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Private = Annotated[str, Field(min_length=1)]


class Body(BaseModel):
    """A body for RaaS: names in camel case, no unknown fields, empty ones left out."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    def __repr_args__(self) -> tuple[()]:
        """Show nothing: every body is about a person."""
        return ()

    def to_json(self) -> JsonObject:
        """Return the JSON object; amounts stay Decimal."""
        return self.model_dump(by_alias=True, exclude_none=True)


class Registration(Body):
    """`RegisterUserParams` (reference/raas.md 5.2).

    Second names, birthday, e-mail and the whole address are optional, and spare the sender a false
    match in the sanctions screening.
    """

    first_name: Private
    last_name: Private
    address1: Private
    city: Private
    state: Private
    country_code: Country
    phone_number: Private
    email: Private | None = None
    dob: Private | None = None
    middle_name: Private | None = None
    last_name2: Private | None = None
    gender: Literal["Male", "Female", "Other", "None"] | None = None
    address2: Private | None = None
    address3: Private | None = None
    street_number: Private | None = None
    zip_code: Private | None = None
    birth_state: Private | None = None
    lang: Literal["en", "es"] | None = None
    place_detail: Private | None = None
    latitude: float | None = None
    longitude: float | None = None
    call_location_latitude: float | None = None
    call_location_longitude: float | None = None


class ProfileChanges(Body):
    """`UserUpdateParams`: the fields of a registration, all optional (inferred, 15)."""

    first_name: Private | None = None
    last_name: Private | None = None
    middle_name: Private | None = None
    last_name2: Private | None = None
    email: Private | None = None
    address1: Private | None = None
    city: Private | None = None
    state: Private | None = None
    zip_code: Private | None = None


class NewContact(Body):
    """A contact to create (reference/raas.md 5.5)."""

    first_name: Private
    last_name: Private
    phone: Private
    country_code: Country
    email: Private | None = None
    alias: Private | None = None


class ContactChanges(Body):
    """What becomes of the contact with this `phone`, which itself cannot change (5.6)."""

    phone: Private
    first_name: Private | None = None
    last_name: Private | None = None
    country_code: Country | None = None
    email: Private | None = None
    alias: Private | None = None


class NewCard(Body):
    """`AddCardPartnerParams` (reference/raas.md 5.9); `number` is a token."""

    name: str = Field(min_length=1)
    cardtype: CardType = Field(alias="cardtype")
    number: Token
    name_on_card: Private
    expiration_date: str = Field(pattern=r"^(0[1-9]|1[0-2])[0-9]{2}$")
    country: Country
    card_network: Network
    type: CardType | None = None
    is_primary: bool | None = None
    expiration_year: str | None = Field(None, pattern=r"^[0-9]{2}$")
    expiration_month: str | None = Field(None, pattern=r"^(0[1-9]|1[0-2])$")
    security_code: Token | None = None
    currency: str | None = None
    operation_id: str | None = None


class SessionCard(Body):
    """`AddCardSessionParams` (reference/raas.md 6.1)."""

    name: str = Field(min_length=1)
    cardtype: CardType = Field(alias="cardtype")
    number: Token
    name_on_card: Private
    expiration_date: str = Field(pattern=r"^(0[1-9]|1[0-2])[0-9]{2}$")
    card_network: Network
    security_code: Token | None = None
    currency: str | None = None
    country: Country | None = None


class NewUbn(Body):
    """`AddUBNParams` (reference/raas.md 5.11): a bank account by its universal number."""

    number: Private
    is_primary: bool | None = None
    currency: str | None = None
    country: Country | None = None
    bank_name: str | None = None


class SessionLinkRequest(Registration):
    """`SessionLinkParams` (reference/raas.md 6.1): a registration, if wanted with a method."""

    payment_method_type: LinkMethodType | None = None
    ubn_params: NewUbn | None = Field(None, alias="ubnParams")
    add_card_params: SessionCard | None = None


class PaymentMethodBody(Body):
    """`RaaSPartnerPaymentMethod`: one type, and the fields which that type needs (8.3)."""

    type: MethodType
    number: Private | None = None
    name_on_card: Private | None = None
    expiration_date: str | None = Field(None, pattern=r"^(0[1-9]|1[0-2])[0-9]{2}$")
    country: Country | None = None
    currency: str | None = None
    bank_account_type: Literal["CheckingAccount", "SavingsAccount", "OtherAccount"] | None = None
    cardtype: CardType | None = Field(None, alias="cardtype")
    account_number: Private | None = None
    bank_entity_number: str | None = None
    bank_name: str | None = None
    is_primary: bool | None = None
    name: str | None = None
    id: str | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        missing = [name for name in NEEDED.get(self.type, ("country",)) if not getattr(self, name)]
        if missing:
            raise ValueError(f"{self.type} needs {', '.join(missing)}")
        if self.type in get_args(CardType):
            _token(self.number or "")
        return self


class MoneyRequestBody(Body):
    """`RequestMoneyPartnerParams` (reference/raas.md 5.12).

    Where the money goes is an id, which wins, or a card.
    """

    request_to: Private
    correlation_id: str = Field(min_length=1)
    recipient_amount: Decimal = Field(gt=0)
    recipient_currency: str = Field(min_length=3, max_length=3)
    destination_payment_method_id: str | None = None
    destination_payment_method: NewCard | None = None
    reason: Private | None = None

    @model_validator(mode="after")
    def _destination(self) -> Self:
        if not (self.destination_payment_method_id or self.destination_payment_method):
            raise ValueError("needs the id of a payment method, or a card")
        return self


class PayerBody(Body):
    """The person who is asked to pay (reference/raas.md 5.13)."""

    phone_number: Private
    first_name: Private
    last_name: Private
    country_code: Country
    email: Private | None = None


class FullRequest(Body):
    """What is asked for in one call together with a registration (reference/raas.md 5.13)."""

    recipient_currency: str = Field(min_length=3, max_length=3)
    recipient_amount: Decimal = Field(gt=0)
    destination_payment_method: PaymentMethodBody
    correlation_id: str = Field(min_length=1)
    request_to: PayerBody
    reason: Private | None = None
