"""The request bodies that the Request Money stand-in accepts (reference/request-api.md 4 and 9).

Unknown fields are ignored. An error names the field that is wrong, never its value.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from lola.sandbox.request_money.refusals import invalid

Word = Annotated[str, Field(min_length=1, max_length=200)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Reference = Annotated[str, Field(pattern=r"^[a-zA-Z0-9]{8}$")]
Status = Literal["pending", "processing", "completed", "rejected", "cancelled"]
DAY = len("1990-05-15")


class _Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", strict=True)


def _check_day(text: str) -> str:
    if len(text) == DAY:
        date.fromisoformat(text)
    else:
        datetime.fromisoformat(text)
    return text


class _Name(_Body):
    first_name: Word
    last_name: Word


class _Address(_Body):
    country: Country
    line1: Word
    state_code: Word | None = None
    city: Word | None = None


class _Account(_Body):
    country: Country
    account_number: Word
    account_type: Literal["checking", "savings"] | None = None
    bank_code: Word | None = None
    bank_name: Word | None = None
    state_code: Word | None = None


class _Card(_Body):
    number: Word
    expiry_month: (
        Annotated[int, Field(ge=1, le=12)] | Annotated[str, Field(pattern=r"^[0-9]{1,2}$")]
    )
    expiry_year: int | Annotated[str, Field(pattern=r"^([0-9]{2}|[0-9]{4})$")]
    cardholder_name: Word
    last4: Annotated[str, Field(pattern=r"^[0-9]{4}$")] | None = None
    brand: Word | None = None
    country: Country | None = None
    state_code: Word | None = None


class _Payout(_Body):
    type: Literal["bank_account", "card"]
    bank_account: _Account | None = None
    card: _Card | None = None

    @model_validator(mode="after")
    def _has_its_object(self) -> Self:
        if (self.bank_account if self.type == "bank_account" else self.card) is None:
            raise ValueError("the object of this type is required")
        return self


class _Applicant(_Body):
    user_reference_id: Word
    name: _Name
    address: _Address
    dob: Annotated[str, AfterValidator(_check_day)]
    payout_method: _Payout


class Creation(_Body):
    """The body of `POST /v1/request-money`."""

    reference_id: Reference
    expires_in_minutes: Annotated[float, Field(ge=1, multiple_of=1, le=527_040)]
    amount: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    request_data: _Applicant


class StatusChange(_Body):
    """The body of `PATCH /v1/internal/remittances/status`."""

    partner_id: Word
    reference_id: Reference
    status: Status
    status_details: Word | None = None


def check(shape: type[_Body], body: Any) -> Any:
    """Return the body as `shape`. Raises RequestRefusal (422) that names the wrong fields."""
    try:
        return shape.model_validate(body)
    except ValidationError as error:
        raise invalid(
            {".".join(map(str, item["loc"])) or "body": item["type"] for item in error.errors()}
        ) from None


def check_reference(text: str) -> str:
    """Return a reference of a path. Raises RequestRefusal (422)."""
    return str(check(_Path, {"referenceId": text}).reference_id)


class _Path(_Body):
    reference_id: Reference
