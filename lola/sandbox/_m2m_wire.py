"""What the M2M stand-in accepts and shows: bodies, queries, masked views.

The rules of reference/m2m.md 2.8, 3.1, 3.2, 5.1, 5.2 and 9.2 in one place.
"""

from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    TypeAdapter,
    ValidationError,
)
from pydantic.alias_generators import to_camel

from lola.messages import JsonObject

Shape = TypeVar("Shape")

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class InvalidRequestError(Exception):
    """The request breaks a rule of the API; the text is the answer's message."""


def _check_callback(url: str) -> str:
    parts = urlsplit(url)
    if not parts.hostname or (
        parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK)
    ):
        raise ValueError("only https, or http on loopback")
    return url


class _Wire(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", strict=True)


class _Name(_Wire):
    first_name: str | None = None
    second_name: str | None = None
    last_name: str | None = None
    second_last_name: str | None = None


class _BankAccount(_Wire):
    country: str = Field(pattern=r"^[A-Z]{2}$")
    account_number: str = Field(min_length=1)


class _Cash(_Wire):
    provider: str = Field(min_length=1)
    reference: str = Field(min_length=1)


class _ByBankAccount(_Wire):
    type: Literal["bank_account"]
    bank_account: _BankAccount


class _ByCash(_Wire):
    type: Literal["cash"]
    cash: _Cash


class _UserData(_Wire):
    payment_method: Annotated[_ByBankAccount | _ByCash, Discriminator("type")]
    name: _Name | None = None
    id_number: str | None = None
    id_type: str | None = None
    dob: str | None = Field(None, pattern=r"^\d{4}-\d{2}-\d{2}$")
    id_image: str | None = None


class _CreateLink(_Wire):
    reference_id: str = Field(min_length=1)
    expires_in_minutes: float | None = Field(None, ge=5, le=10080)
    user_data: _UserData | None = None
    metadata: JsonObject = Field(default_factory=dict)
    flow: str = Field("m2m-basic", pattern=r"^[a-z0-9-]{1,40}$")
    theme: str | None = None
    language: Literal["en", "es"] | None = None
    callback_url: Annotated[str, AfterValidator(_check_callback)] | None = None


class _Revoke(_Wire):
    reason: str | None = None


class ListQuery(BaseModel):
    """The filters of the list route; `created_from` and `created_to` are inclusive."""

    model_config = ConfigDict(extra="ignore")

    page: int = Field(1, ge=1)
    limit: int = Field(20, ge=1, le=100)
    created_from: datetime | None = Field(None, alias="from")
    created_to: datetime | None = Field(None, alias="to")
    visibility: Literal["active", "expired"] | None = None
    status: Literal["created", "opened", "revoked"] | None = None
    reference_id: str | None = Field(None, alias="referenceId")


_CREATE = TypeAdapter(_CreateLink)
_REVOKE = TypeAdapter(_Revoke)
_LIST = TypeAdapter(ListQuery)


def read_create(body: Any) -> JsonObject:
    """Answer the whole body with its defaults. Raises InvalidRequestError."""
    return _validate(_CREATE, body).model_dump(by_alias=True)


def read_revoke(body: Any) -> str | None:
    """Answer the reason. Raises InvalidRequestError."""
    return _validate(_REVOKE, body).reason


def read_list(query: dict[str, str]) -> ListQuery:
    """Answer the filters. Raises InvalidRequestError."""
    return _validate(_LIST, query)


def _validate(shape: TypeAdapter[Shape], value: Any) -> Shape:
    try:
        return shape.validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "body"
        verb = "required" if first["type"] == "missing" else "invalid"
        raise InvalidRequestError(f"The {name} field is {verb}") from None


def mask_user_data(data: JsonObject | None) -> JsonObject | None:
    """Hide what identifies a person, as reference/m2m.md 9.2 infers it."""
    if data is None:
        return None
    masked = {name: value for name, value in data.items() if value is not None}
    if "name" in masked:
        masked["name"] = {
            part: f"{value[:1]}***" for part, value in masked["name"].items() if value
        }
    if "idNumber" in masked:
        masked["idNumber"] = _last_four(masked["idNumber"])
    if "dob" in masked:
        masked["dob"] = f"****{masked['dob'][4:]}"
    if "idImage" in masked:
        masked["idImage"] = True
    method = masked["paymentMethod"]
    if "bankAccount" in method:
        account = method["bankAccount"]
        account["accountNumber"] = _last_four(account["accountNumber"])
    return masked


def _last_four(value: str) -> str:
    return f"****{value[-4:]}"
