"""What goes over the wire: PascalCase, exact, nothing more (reference/vna.md 5, 6).

Shared by the server and by the platform that the sandbox plays. Names are exact; unknown fields are
refused. A model shows nothing of a person in its repr.
"""

import re
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)
from pydantic.alias_generators import to_pascal

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _read_number(value: Any) -> Decimal:
    """Take a JSON number; the reader made it exact. A text is none (reference/surprises.md 9)."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | float):
        raise ValueError("must be a number")  # noqa: TRY004 - pydantic reports ValueError
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError("must be a finite number")
    return number


def _read_date(value: Any) -> date:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("must be a date in the form YYYY-MM-DD")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("must be a date that exists") from None


Number = Annotated[
    Decimal,
    BeforeValidator(_read_number),
    PlainSerializer(float, return_type=float, when_used="json"),
    WithJsonSchema({"type": "number", "format": "double"}),
]
Day = Annotated[
    date, BeforeValidator(_read_date), WithJsonSchema({"type": "string", "format": "date"})
]
Currency = Annotated[str, Field(min_length=3, max_length=3)]
DisplayName = Annotated[str, Field(max_length=10, pattern=r"^[-_a-zA-Z0-9]*$")]
DocumentType = Literal[
    "None", "Passport", "StateId", "ResidentCard", "DriverLicense", "SocialSecurityNumber",
    "INE_IFE", "ConsularId", "ITIN",
]  # fmt: skip
CreditStatus = Literal["InProgress", "Approved", "Failed"]


class Reason(StrEnum):
    """Why something is refused: the values of NonCreditReason (reference/vna.md 5.4)."""

    NONE = "None"
    ACCOUNT_BLOCKED = "AccountBlocked"
    ACCOUNT_BLOCKED_BY_LAW = "AccountBlockedByLaw"
    ACCOUNT_BLOCKED_BY_GOVERNMENT = "AccountBlockedByGovernment"
    BY_VELOCITY = "ByVelocity"
    BY_AMOUNT_LIMIT = "ByAmountLimit"
    BY_ACCUMULATE_AMOUNT_LIMIT = "ByAccumulateAmountLimit"
    INVALID_ACCOUNT = "InvalidAccount"
    INVALID_PARAMETER = "InvalidParameter"
    INVALID_CURRENCY = "InvalidCurrency"
    INVALID_SENDER_DATA = "InvalidSenderData"
    INVALID_DESTINATION_DATA = "InvalidDestinationData"
    INVALID_EXCHANGE_RATE = "InvalidExchangeRate"
    NON_MATCHING_CURRENCY_ACCOUNT = "NonMatchingCurrencyAccount"
    INVALID_AMOUNT = "InvalidAmount"
    NOT_PREVIOUSLY_VALIDATED = "NotPreviouslyValidated"
    INVALID_REFERENCE_ID = "InvalidReferenceId"


ONLY_FOR_CREDITS = (Reason.NOT_PREVIOUSLY_VALIDATED, Reason.INVALID_REFERENCE_ID)
NonAuthorizedReason = Annotated[
    Reason,
    WithJsonSchema(
        {
            "type": "string",
            "title": "NonAuthorizedReason",
            "enum": [reason.value for reason in Reason if reason not in ONLY_FOR_CREDITS],
        }
    ),
]


class Wire(BaseModel):
    """An object of the contract."""

    model_config = ConfigDict(
        alias_generator=to_pascal,
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    __str__ = __repr__

    @classmethod
    def read(cls, data: object) -> Self:
        """Read a JSON object by its exact names. Raises ValidationError, without any value."""
        return cls.model_validate(data, by_alias=True, by_name=False)

    def to_json(self) -> dict[str, Any]:
        """Return the object under its wire names, without fields that have no value."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class Address(Wire):
    """`StateCode` is of ISO 3166-2, `CountryCode` of ISO 3166-1."""

    address1: str
    address2: str | None = None
    zip_code: str
    city: str
    country_code: str = Field(min_length=2, max_length=2)
    state_code: str


class PersonalData(Wire):
    """A person; at least one of telephone number and email."""

    first_name: str
    middle_name: str | None = None
    last_name: str
    last_name2: str | None = None
    gender: str
    birth_date: Day
    address: Address
    phone_number: str | None = None
    email: str | None = None

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if not self.phone_number and not self.email:
            raise ValueError("one of PhoneNumber and Email is required")
        return self


class PersonalDocument(Wire):
    """A document of a person."""

    number: str
    document_type: DocumentType


class CreateAccountRequest(Wire):
    """Opens an account for a person (reference/vna.md 6.1)."""

    personal_data: PersonalData
    personal_documents: tuple[PersonalDocument, ...] | None = None
    amount: Number
    currency: Currency
    exchange_rate: Number


class CreateAccountResponse(Wire):
    """`AccountIdentifier` is empty when no account was opened."""

    account_identifier: str
    success: bool
    response_description: str
    display_name: DisplayName | None = None


class GetCreateAccountUrlRequest(Wire):
    """Asks for a page where the person opens the account (reference/vna.md 6.2)."""

    personal_data: PersonalData
    personal_documents: tuple[PersonalDocument, ...] | None = None


class GetCreateAccountUrlResponse(Wire):
    """`RegistrationUrl` is empty when there is no page."""

    registration_url: str
    success: bool
    response_description: str


class TxAuthorizationRequest(Wire):
    """Asks whether a transaction is allowed (reference/vna.md 6.3)."""

    sender_personal_data: PersonalData
    receiver_personal_data: PersonalData
    amount: Number
    currency: Currency
    exchange_rate: Number
    account_identifier: str | None = None


class TxAuthorizationResponse(Wire):
    """Without an `AccountIdentifier` no account was found, and `Authorized` means nothing."""

    authorized: bool
    tracking_identifier: str
    account_identifier: str | None = None
    display_name: DisplayName | None = None
    non_authorized_reason: NonAuthorizedReason | None = None


class CreditFundsRequest(Wire):
    """Orders a credit; the amounts are required without an authorisation (reference/vna.md 6.4)."""

    account_identifier: str
    auth_tracking_identifier: str | None = None
    amount: Number | None = None
    currency: Currency | None = None
    exchange_rate: Number | None = None

    @model_validator(mode="after")
    def _has_amounts(self) -> Self:
        given = {
            "Amount": self.amount,
            "Currency": self.currency,
            "ExchangeRate": self.exchange_rate,
        }
        missing = [name for name, value in given.items() if value is None]
        if missing and not self.auth_tracking_identifier:
            raise ValueError(f"{', '.join(missing)}: required without AuthTrackingIdentifier")
        return self


class CreditFundsResponse(Wire):
    """`TrackingIdentifier` is the number by which the credit is followed and reversed."""

    success: bool
    tracking_identifier: str
    non_credit_reason: Reason | None = None


class CreditReference(Wire):
    """Names a credit of an account (reference/vna.md 6.5, 6.6)."""

    account_identifier: str
    credit_tracking_number: str


class GetCreditStatusRequest(CreditReference):
    """Asks for the state of a credit."""


class GetCreditStatusResponse(Wire):
    """The state of a credit."""

    credit_status: CreditStatus
    response_description: str | None = None


class ReverseCreditFundsRequest(CreditReference):
    """Orders the total reversal of a credit."""


class ReverseCreditFundsResponse(Wire):
    """What came of a reversal."""

    success: bool
    tracking_identifier: str
    response_description: str | None = None


class ReversalNotSupported(ReverseCreditFundsResponse):
    """The same with the field that only the prose has, behind a setting (reference/vna.md 6.6)."""

    non_reverse_reason: Literal["NotSupported"] = "NotSupported"


CALLS: dict[str, tuple[type[Wire], type[Wire]]] = {
    "CreateAccount": (CreateAccountRequest, CreateAccountResponse),
    "GetCreateAccountUrl": (GetCreateAccountUrlRequest, GetCreateAccountUrlResponse),
    "TxAuthorization": (TxAuthorizationRequest, TxAuthorizationResponse),
    "CreditFunds": (CreditFundsRequest, CreditFundsResponse),
    "GetCreditStatus": (GetCreditStatusRequest, GetCreditStatusResponse),
    "ReverseCreditFunds": (ReverseCreditFundsRequest, ReverseCreditFundsResponse),
}
"""Name of each call → its request and its response."""
