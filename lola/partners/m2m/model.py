"""The values of the M2M Partner API, and how they are read from its JSON.

Unknown fields are ignored and unknown statuses kept apart, never refused: the partner may add to
its API at any time (reference/m2m.md 9 and 10.100).
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Self, TypedDict

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from lola.messages import JsonObject


class LinkStatus(StrEnum):
    """What the partner stores about a link; expiry is not a status (reference/m2m.md 4.1)."""

    CREATED = "created"
    OPENED = "opened"
    REVOKED = "revoked"
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, _value: object) -> Self:
        return cls("unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A magic link (reference/m2m.md 5.1-5.3). `url` is opaque and secret: it opens the widget.

    `metadata` is there in details only; `operation_id` is set once the sender used the link.
    """

    link_id: str
    reference_id: str
    status: LinkStatus
    url: str = field(repr=False)
    expires_at: datetime
    created_at: datetime
    opened_at: datetime | None = None
    user_id: str = ""
    operation_id: str = ""
    metadata: JsonObject = field(default_factory=dict)


class LinkOptions(TypedDict, total=False):
    """What a link may be created with besides its reference (reference/m2m.md 5.1).

    None is the same as leaving an option out.
    """

    expires_in_minutes: int | None
    user_data: JsonObject | None
    flow: str | None
    theme: str | None
    language: str | None
    callback_url: str | None


class _LinkBody(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")

    link_id: str = Field(min_length=1)
    reference_id: str
    status: LinkStatus
    url: str = Field(pattern=r"^https?://")
    expires_at: AwareDatetime
    created_at: AwareDatetime
    opened_at: AwareDatetime | None = None
    user_id: str | None = None
    operation_id: str | None = None
    metadata: JsonObject | None = None


def read_link(data: Any) -> Link:
    """Read a link from a response. Raises ValueError, without the data, when it is not one."""
    try:
        body = _LinkBody.model_validate(data)
    except ValidationError as error:
        fields = sorted({".".join(map(str, item["loc"])) for item in error.errors()})
        raise ValueError(f"not a link: {', '.join(fields)}") from None
    return Link(**{name: value for name, value in body if value is not None})


def create_body(reference_id: str, metadata: JsonObject, options: LinkOptions) -> JsonObject:
    """Answer the request body of reference/m2m.md 5.1 without the fields that were left out."""
    body: JsonObject = {"referenceId": reference_id}
    if metadata:
        body["metadata"] = metadata
    return body | {to_camel(name): value for name, value in options.items() if value is not None}
