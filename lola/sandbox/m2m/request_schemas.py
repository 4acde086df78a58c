"""The request bodies and queries that the M2M stand-in accepts.

The rules of reference/m2m.md 2.8, 3.1, 3.2, 5 and 9. An error names the field that is wrong, never
its value.
"""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from lola.domain.messages import JsonObject
from lola.partners.bank_accounts import check_account
from lola.sandbox.clock import iso
from lola.sandbox.m2m.errors import InvalidRequestError
from lola.sandbox.m2m.user_data import CURP, is_name

Shape = TypeVar("Shape")

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
REASON_LIMIT = 500


def _check_address(url: str) -> str:
    parts = urlsplit(url)
    if not parts.hostname or (
        parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK)
    ):
        raise ValueError("only https, or http on loopback")
    return url


Address = Annotated[str, AfterValidator(_check_address)]
"""A webhook address: https, or http on loopback because this is a sandbox (9.3)."""


class _Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", strict=True)


def _check_name(text: str) -> str:
    if text and not is_name(text):
        raise ValueError("not a name")
    return text


def _check_birthday(text: str) -> str:
    date.fromisoformat(text)
    return text


_NamePart = Annotated[str, AfterValidator(_check_name)]


class _Name(_Body):
    first_name: _NamePart | None = None
    second_name: _NamePart | None = None
    last_name: _NamePart | None = None
    second_last_name: _NamePart | None = None


class _BankAccount(_Body):
    country: str = Field(pattern=r"^[A-Z]{2}$")
    account_number: str = Field(min_length=1)

    @model_validator(mode="after")
    def _check_number(self) -> Self:
        if self.country == "MX" and not check_account("MX", self.account_number).valid:
            raise ValueError("not a CLABE")
        return self


class _Cash(_Body):
    provider: str = Field(min_length=1)
    reference: str = Field(min_length=1)


class _ByBankAccount(_Body):
    type: Literal["bank_account"]
    bank_account: _BankAccount


class _ByCash(_Body):
    type: Literal["cash"]
    cash: _Cash


_PaymentMethod = Annotated[_ByBankAccount | _ByCash, Discriminator("type")]


class _SomeUserData(_Body):
    payment_method: _PaymentMethod | None = None
    name: _Name | None = None
    id_number: str | None = None
    id_type: str | None = None
    dob: Annotated[str, AfterValidator(_check_birthday)] | None = Field(
        None, pattern=r"^\d{4}-\d{2}-\d{2}$"
    )
    id_image: str | None = None

    @model_validator(mode="after")
    def _check_id(self) -> Self:
        if self.id_number and self.id_type == "CURP" and not CURP.fullmatch(self.id_number):
            raise ValueError("not a CURP")
        return self


class _UserData(_SomeUserData):
    payment_method: _PaymentMethod


class _AnyMethod(_Body):
    payment_method: _PaymentMethod


class _CreateLink(_Body):
    reference_id: str = Field(min_length=1)
    expires_in_minutes: float | None = Field(None, ge=5, le=10080)
    user_data: _UserData | None = None
    metadata: JsonObject = Field(default_factory=dict)
    flow: str = Field("m2m-basic", pattern=r"^[a-z0-9-]{1,40}$")
    theme: str | None = None
    language: Literal["en", "es"] | None = None
    callback_url: Address | None = None


class _Revoke(_Body):
    reason: str | None = None


class _Block(_Body):
    reason: str | None = Field(None, max_length=REASON_LIMIT)


class _Fulfill(_Body):
    reference_id: str = Field(min_length=1)
    user_data: _SomeUserData


class _Ticket(_Body):
    link_id: str = Field(min_length=1)


class _WebhookConfig(_Body):
    webhook_url: Address | None


class _Settings(_Body):
    default_minutes: int = Field(60, alias="defaultLinkExpirationMinutes", ge=5, le=10080)
    theme: str | None = None
    language: Literal["en", "es"] | None = None
    payment_methods: list[Literal["bank_account", "cash", "wallet", "card"]] = Field(
        default_factory=list, alias="allowedPaymentMethods", min_length=1
    )


class ListQuery(BaseModel):
    """The parameters of every list: a page, a time range (inclusive), a reference."""

    model_config = ConfigDict(extra="ignore")

    page: int = Field(1, ge=1)
    limit: int = Field(20, ge=1, le=100)
    since: datetime | None = Field(None, alias="from")
    until: datetime | None = Field(None, alias="to")
    reference: str | None = Field(None, alias="referenceId")

    def filters(self) -> dict[str, object]:
        """Return the filters that were given, instants in the partner's format."""
        given = self.model_dump(exclude={"page", "limit"}, exclude_none=True)
        return {
            name: _text(value) if isinstance(value, datetime) else value
            for name, value in given.items()
        }


class LinkQuery(ListQuery):
    """Filters of reference/m2m.md 5.2."""

    visibility: Literal["active", "expired"] | None = None
    status: Literal["created", "opened", "revoked"] | None = None


class UserQuery(ListQuery):
    """Filters of reference/m2m.md 5.9."""

    cip: Literal["not_started", "pending", "verified", "failed"] | None = Field(
        None, alias="cipStatus"
    )
    blocked: bool | None = None


class OperationQuery(ListQuery):
    """Filters of reference/m2m.md 5.13."""

    user: str | None = Field(None, alias="userId")
    link: str | None = Field(None, alias="linkId")
    status: Literal["created", "processing", "completed", "failed", "cancelled"] | None = None


class DeliveryQuery(ListQuery):
    """Filters of reference/m2m.md 5.20."""

    user: str | None = Field(None, alias="userId")
    link: str | None = Field(None, alias="linkId")
    event: str | None = None
    status: Literal["pending", "delivered", "failed"] | None = None


def read_create(body: Any) -> JsonObject:
    """Return the body in camelCase with its defaults. Raises InvalidRequestError."""
    return check(_CreateLink, body).model_dump(by_alias=True)


def read_reason(body: Any, *, limited: bool = False) -> str | None:
    """Return the reason of a revocation, or, with `limited`, of a block (500 characters)."""
    return check(_Block, body).reason if limited else check(_Revoke, body).reason


def read_fulfill(body: Any) -> tuple[str, JsonObject]:
    """Return the reference and the user data of a reply to a data request."""
    found = check(_Fulfill, body)
    return found.reference_id, found.user_data.model_dump(by_alias=True, exclude_none=True)


def read_ticket(body: Any) -> str:
    """Return the link id of a new identity check."""
    return check(_Ticket, body).link_id


def read_webhook(body: Any) -> str | None:
    """Return the new webhook address; None switches deliveries off."""
    return check(_WebhookConfig, body).webhook_url


def read_settings(body: Any) -> JsonObject:
    """Return the settings that were given, by column."""
    return check(_Settings, body).model_dump(exclude_unset=True)


def read_payment_method(body: Any) -> JsonObject:
    """Return a checked `paymentMethod` (3.2)."""
    return check(_AnyMethod, {"paymentMethod": body}).payment_method.model_dump(by_alias=True)


def check(shape: type[Shape], value: Any) -> Shape:
    """Return `value` as a shape. Raises InvalidRequestError that names the first wrong field."""
    try:
        return TypeAdapter(shape).validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "body"
        verb = "required" if first["type"] == "missing" else "invalid"
        raise InvalidRequestError(f"The {name} field is {verb}") from None


def _text(instant: datetime) -> str:
    return iso(instant if instant.tzinfo else instant.replace(tzinfo=UTC))
