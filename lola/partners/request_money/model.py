"""The bodies of the Request Money API (reference/request-api.md 4 and 5), with its field names.

What we send is checked before it leaves. What comes back is checked too, and unknown fields and
statuses are tolerated. The representation of a value shows no personal data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic.alias_generators import to_camel

from lola.domain.messages import JsonObject

REFERENCE = r"^[a-zA-Z0-9]{8}$"
COUNTRY = r"^[A-Z]{2}$"
LONGEST = 200

Reference = Annotated[str, Field(pattern=REFERENCE)]
Text = Annotated[str, Field(min_length=1, max_length=LONGEST)]
Country = Annotated[str, Field(pattern=COUNTRY)]


class OperationStatus(StrEnum):
    """The five documented statuses."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusMeaning:
    """What a status says: its label, who brings it about, and whether another can follow."""

    label: str
    party: str
    meaning: str
    is_final: bool


STATUSES: Mapping[OperationStatus, StatusMeaning] = MappingProxyType(
    {
        OperationStatus.PENDING: StatusMeaning(
            label="Pending",
            party="system or requester",
            meaning="waits for the payer",
            is_final=False,
        ),
        OperationStatus.PROCESSING: StatusMeaning(
            label="Processing",
            party="payer or gateway",
            meaning="the payment is running",
            is_final=False,
        ),
        OperationStatus.COMPLETED: StatusMeaning(
            label="Completed", party="payment gateway", meaning="settled", is_final=True
        ),
        OperationStatus.REJECTED: StatusMeaning(
            label="Rejected", party="payer", meaning="the payer declined", is_final=True
        ),
        OperationStatus.CANCELLED: StatusMeaning(
            label="Cancelled",
            party="requester",
            meaning="the issuer cancelled it, or it expired",
            is_final=True,
        ),
    }
)


class Body(BaseModel):
    """A body that we send: camel case on the wire, personal data out of sight."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True
    )

    def to_json(self) -> JsonObject:
        """Return the JSON; empty optional fields are left out, numbers stay Decimal."""
        return self.model_dump(by_alias=True, exclude_none=True)


class Name(Body):
    """The applicant's name."""

    first_name: Text = Field(repr=False)
    last_name: Text = Field(repr=False)


class Address(Body):
    """The applicant's address. `state_code` has the shape of ISO 3166-2."""

    country: Country
    line1: Text = Field(repr=False)
    state_code: Text | None = None
    city: Text | None = Field(None, repr=False)


class BankAccount(Body):
    """An account that the money is paid to. The number is text: leading zeros matter."""

    country: Country
    account_number: Text = Field(repr=False)
    account_type: Text | None = None
    bank_code: Text | None = None
    bank_name: Text | None = None
    state_code: Text | None = None


class Card(Body):
    """A card that the money is paid to; `number` is a token and never a card number."""

    number: Text = Field(repr=False)
    expiry_month: (
        Annotated[int, Field(ge=1, le=12)] | Annotated[str, Field(pattern=r"^[0-9]{1,2}$")]
    )
    expiry_year: int | Annotated[str, Field(pattern=r"^([0-9]{2}|[0-9]{4})$")]
    cardholder_name: Text = Field(repr=False)
    last4: str | None = Field(None, pattern=r"^[0-9]{4}$")
    brand: Text | None = None
    country: Country | None = None
    state_code: Text | None = None


class PayoutMethod(Body):
    """Where the money goes, by `type`; `card` is inferred (reference/request-api.md 9)."""

    type: Literal["bank_account", "card"]
    bank_account: BankAccount | None = None
    card: Card | None = None

    @model_validator(mode="after")
    def _one_branch(self) -> "PayoutMethod":
        if (self.bank_account if self.type == "bank_account" else self.card) is None:
            raise ValueError("the object of this type is missing")
        return self


class Applicant(Body):
    """`requestData`: the person who asks for money. `user_reference_id` is our id of them."""

    user_reference_id: Text
    name: Name
    address: Address
    dob: Text = Field(repr=False)
    payout_method: PayoutMethod = Field(repr=False)

    @field_validator("dob")
    @classmethod
    def _is_day(cls, text: str) -> str:
        """Accept a date, and a date-time, whose first ten characters are the day."""
        date.fromisoformat(text[:10])
        return text


class NewRequest(Body):
    """The body of a creation. `reference_id` names the operation within our account."""

    reference_id: Reference
    expires_in_minutes: Annotated[int, Field(ge=1)]
    amount: Annotated[Decimal, Field(gt=0, allow_inf_nan=False)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    request_data: Applicant


class MoneyOperation(BaseModel):
    """What both calls return. A status that is not documented is kept as text."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)

    status: str = Field(min_length=1, max_length=LONGEST)
    reference_id: str = Field(min_length=1, max_length=LONGEST)
    id: str = Field(min_length=1, max_length=LONGEST)
    status_details: str = Field("", repr=False)
    wa_link: str = Field("", repr=False)
    landing_link: str = Field("", repr=False)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {name: value for name, value in data.items() if value is not None}

    @property
    def is_final(self) -> bool:
        """Return whether no other status can follow; an unknown one is not final."""
        return any(self.status == name and known.is_final for name, known in STATUSES.items())
