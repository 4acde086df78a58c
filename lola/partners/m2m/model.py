"""The values of the M2M Partner API, read from its JSON.

Unknown fields are kept in `model_extra` and unknown statuses as text, because the partner may add
to its API at any time (reference/m2m.md 9 and 10.100). Only indispensable fields are required. No
`repr` contains what identifies a person or opens a link.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Generic, TypedDict, TypeVar

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)
from pydantic.alias_generators import to_camel

from lola.domain.messages import JsonObject

Shape = TypeVar("Shape", bound=BaseModel)

CIP_FIELDS = (
    "name.firstName",
    "name.secondName",
    "name.lastName",
    "name.secondLastName",
    "idNumber",
    "idType",
    "dob",
)
"""The fields that identification needs and a data request can ask for, as dotted paths (6.4)."""


class LinkStatus(StrEnum):
    """The stored status of a link; expiry is not a status (reference/m2m.md 4.1)."""

    CREATED = "created"
    OPENED = "opened"
    REVOKED = "revoked"


class OperationStatus(StrEnum):
    """The status of a transfer (reference/m2m.md 4.3)."""

    CREATED = "created"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class CipStatus(StrEnum):
    """The status of an identity check; inferred (reference/m2m.md 4.5, 9.2)."""

    NOT_STARTED = "not_started"
    PENDING = "pending"
    VERIFIED = "verified"
    FAILED = "failed"


class DeliveryStatus(StrEnum):
    """The status of a webhook; inferred (reference/m2m.md 4.6)."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


_LeftToRight = Field(union_mode="left_to_right")
_AnyLinkStatus = Annotated[LinkStatus | str, _LeftToRight]
_AnyOperationStatus = Annotated[OperationStatus | str, _LeftToRight]
_AnyCipStatus = Annotated[CipStatus | str, _LeftToRight]
_AnyDeliveryStatus = Annotated[DeliveryStatus | str, _LeftToRight]


class _Value(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, extra="allow"
    )


class Currencies(_Value):
    """The currencies of a transfer (reference/m2m.md 3.3)."""

    source: str = ""
    destination: str = ""


class Amount(_Value):
    """The figures of a transfer: `fee` on top of `send`, both in the source currency (3.3)."""

    send: Decimal | None = None
    receive: Decimal | None = None
    rate: Decimal | None = None
    fee: Decimal | None = None
    currency: Currencies = Currencies()


class OperationSummary(_Value):
    """A link's transfer in short; inferred (reference/m2m.md 9.2)."""

    operation_id: str = ""
    status: _AnyOperationStatus = ""
    amount: Amount | None = None
    created_at: AwareDatetime | None = None


class UserSummary(_Value):
    """A link's user in short; inferred (reference/m2m.md 9.2)."""

    user_id: str = ""
    cip_status: _AnyCipStatus = ""
    blocked: bool | None = None


class Link(_Value):
    """A magic link (reference/m2m.md 5.1-5.3). `url` is opaque and secret: it opens the widget.

    `token` is in the response to the creation only; `metadata`, `user` and `operation` are in the
    details only. `operation_id` is set once the sender used the link.
    """

    link_id: str = Field(min_length=1)
    reference_id: str
    status: _AnyLinkStatus
    url: str = Field(pattern=r"^https?://", repr=False)
    expires_at: AwareDatetime
    created_at: AwareDatetime
    token: SecretStr | None = None
    opened_at: AwareDatetime | None = None
    user_id: str | None = None
    operation_id: str | None = None
    user_data: JsonObject | None = Field(None, repr=False)
    flow: str | None = None
    theme: str | None = None
    language: str | None = None
    callback_url: str | None = None
    metadata: JsonObject | None = Field(None, repr=False)
    revoked_at: AwareDatetime | None = None
    revoke_reason: str | None = None
    user: UserSummary | None = None
    operation: OperationSummary | None = None


class Revocation(_Value):
    """The response to a revocation (reference/m2m.md 5.4)."""

    link_id: str = ""
    status: _AnyLinkStatus = ""
    revoked_at: AwareDatetime | None = None


class ActivityStep(_Value):
    """One entry of a link's timeline; inferred (reference/m2m.md 9.2)."""

    type: str
    timestamp: AwareDatetime | None = None
    details: JsonObject | None = None


class Branding(_Value):
    """The look of this partner's widget; inferred (reference/m2m.md 9.2)."""

    logo_url: str | None = None
    primary_color: str | None = None
    theme: str | None = None


class PartnerSettings(_Value):
    """The partner's settings; inferred (reference/m2m.md 9.2)."""

    default_link_expiration_minutes: int | None = None
    theme: str | None = None
    language: str | None = None
    allowed_payment_methods: tuple[str, ...] = ()


class Profile(_Value):
    """The partner account behind the key; inferred (reference/m2m.md 5.6, 9.2)."""

    partner_id: str = ""
    name: str = ""
    status: str = ""
    environment: str = ""
    branding: Branding = Branding()
    settings: PartnerSettings = PartnerSettings()


class UserStats(_Value):
    """The activity of a user; inferred (reference/m2m.md 9.2)."""

    total_links: int = 0
    completed_operations: int = 0
    last_activity_at: AwareDatetime | None = None


class User(_Value):
    """An end user; inferred (reference/m2m.md 5.9, 5.10, 9.2).

    Identity data is masked by the partner. It, `state`, the block and `stats` are in details only.
    """

    user_id: str = Field(min_length=1)
    reference_id: str = ""
    cip_status: _AnyCipStatus = ""
    blocked: bool | None = None
    created_at: AwareDatetime | None = None
    last_activity_at: AwareDatetime | None = None
    state: str | None = None
    user_data: JsonObject | None = Field(None, repr=False)
    blocked_reason: str | None = Field(None, repr=False)
    blocked_at: AwareDatetime | None = None
    stats: UserStats | None = None


class Block(_Value):
    """The response to blocking and unblocking (reference/m2m.md 5.11, 5.12)."""

    user_id: str = ""
    blocked: bool
    blocked_at: AwareDatetime | None = None
    reason: str | None = Field(None, repr=False)


class OperationStep(_Value):
    """One status of a transfer with its time; inferred (reference/m2m.md 9.2)."""

    status: _AnyOperationStatus
    timestamp: AwareDatetime | None = None


class Operation(_Value):
    """A transfer (reference/m2m.md 5.13). `timeline` is in the details only, and inferred.

    The children of `funding` and `payout` are not documented, so both are kept as they come.
    """

    operation_id: str = Field(min_length=1)
    status: _AnyOperationStatus
    user_id: str | None = None
    link_id: str | None = None
    reference_id: str | None = None
    amount: Amount | None = None
    created_at: AwareDatetime | None = None
    funding: JsonObject | None = Field(None, repr=False)
    payout: JsonObject | None = Field(None, repr=False)
    completed_at: AwareDatetime | None = None
    failed_at: AwareDatetime | None = None
    failure_reason: str | None = None
    cancelled_at: AwareDatetime | None = None
    timeline: tuple[OperationStep, ...] = ()


class Fulfillment(_Value):
    """The response to a reply to a data request (reference/m2m.md 5.15)."""

    data_request_id: str = ""
    status: str = ""
    link_id: str = ""
    message: str = ""
    fulfilled_at: AwareDatetime | None = None


class Readiness(_Value):
    """The readiness of a link for an identity check; inferred (reference/m2m.md 5.16, 9.2)."""

    link_id: str = ""
    ready: bool
    missing_fields: tuple[str, ...] = ()


class CipTicket(_Value):
    """An identity check that begins; inferred (reference/m2m.md 5.17, 9.2)."""

    ticket_id: str = Field(min_length=1)
    link_id: str = ""
    status: _AnyCipStatus = ""
    widget_url: str = Field("", repr=False)
    expires_at: AwareDatetime | None = None
    created_at: AwareDatetime | None = None


class WebhookConfig(_Value):
    """The webhook address, or None; inferred (reference/m2m.md 5.18, 9.2)."""

    webhook_url: str | None = None
    secret_preview: str | None = None


class NewSecret(_Value):
    """A new webhook secret, shown only here (reference/m2m.md 5.21)."""

    webhook_secret: SecretStr
    message: str = ""


class Delivery(_Value):
    """A webhook the partner sent or tries to send; inferred (reference/m2m.md 5.20, 9.2).

    `payload` is in the details only.
    """

    delivery_id: str = Field(min_length=1)
    event: str = ""
    status: _AnyDeliveryStatus = ""
    url: str | None = None
    link_id: str | None = None
    reference_id: str | None = None
    user_id: str | None = None
    attempts: int | None = None
    response_status: int | None = None
    error: str | None = None
    created_at: AwareDatetime | None = None
    last_attempt_at: AwareDatetime | None = None
    next_attempt_at: AwareDatetime | None = None
    delivered_at: AwareDatetime | None = None
    payload: JsonObject | None = Field(None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Shape]):
    """One page of a list. `pages` is how many there are; `unreadable` items have another shape."""

    items: tuple[Shape, ...]
    pages: int
    unreadable: int = 0


class LinkOptions(TypedDict, total=False):
    """The options of a new link (reference/m2m.md 5.1).

    None is the same as leaving an option out.
    """

    expires_in_minutes: int | None
    user_data: JsonObject | None
    flow: str | None
    theme: str | None
    language: str | None
    callback_url: str | None


class SettingChanges(TypedDict, total=False):
    """The settings that can be changed; inferred (reference/m2m.md 5.8, 9.2)."""

    default_link_expiration_minutes: int
    theme: str | None
    language: str | None
    allowed_payment_methods: list[str]


def read(shape: type[Shape], data: Any) -> Shape:
    """Read a value from a response. Raises ValueError, without the data, for another shape."""
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        fields = sorted({".".join(map(str, item["loc"])) for item in error.errors()})
        raise ValueError(f"no {shape.__name__}: {', '.join(fields) or 'object'}") from None


def create_body(reference_id: str, metadata: JsonObject, options: LinkOptions) -> JsonObject:
    """Build the request body of reference/m2m.md 5.1 without the options that are None."""
    body: JsonObject = {"referenceId": reference_id}
    if metadata:
        body["metadata"] = metadata
    return body | {to_camel(name): value for name, value in options.items() if value is not None}


def nested(fields: Mapping[str, Any]) -> JsonObject:
    """Build `userData` (reference/m2m.md 3.1) from dotted paths."""
    data: JsonObject = {}
    for path, value in fields.items():
        outer, _, inner = path.partition(".")
        if inner:
            data.setdefault(outer, {})[inner] = value
        else:
            data[path] = value
    return data


def instant(moment: datetime) -> str:
    """Format an instant as the partner does (reference/m2m.md 2.9)."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: object) -> datetime | None:
    """Return the instant of a partner's text, or None when it is not one."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
