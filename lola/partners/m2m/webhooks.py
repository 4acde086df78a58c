"""Verifies and parses the webhooks of the M2M partner (reference/m2m.md 7).

It works on the raw bytes of the request. The caller must call `verify` before `parse`. What was
read is never logged or repeated.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from lola.domain.messages import JsonObject
from lola.errors import MalformedPayloadError, SignatureError
from lola.partners.m2m.model import Delivery

PREFIX = b"sha256="
SIGNATURE_HEADER = "X-M2M-Signature"
TIMESTAMP_HEADER = "X-M2M-Timestamp"
EVENT_HEADER = "X-M2M-Event"
TOLERANCE_SECONDS = 300
IDENTITY = ("linkId", "operationId", "dataRequestId", "status")


@dataclass(frozen=True, slots=True, kw_only=True)
class M2MEvent:
    """One webhook. Unknown event names are kept: more may come (reference/m2m.md 7.5).

    Numbers with a fraction are text in `data`, so that nothing is rounded: read every number with
    `Decimal(str(value))`.
    """

    name: str
    timestamp: datetime
    data: JsonObject

    @property
    def id(self) -> str:
        """An id that is the same for every delivery of one event: M2M sends no delivery id."""
        parts = [self.name, *(str(self.data.get(key, "")) for key in IDENTITY)]
        return f"m2m-{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]}"


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    event: str = Field(min_length=1, max_length=100)
    timestamp: AwareDatetime = Field(strict=False)
    data: JsonObject


class DataRequest(BaseModel):
    """The data of `user.data_request` (reference/m2m.md 7.5). `replyEndpoint` is ignored: the
    reply goes to the configured API only.
    """

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)

    data_request_id: str = Field(min_length=1, max_length=200)
    reference_id: str = Field(min_length=1, max_length=200)
    link_id: str = Field("", max_length=200)
    required_fields: tuple[str, ...] = Field(max_length=50)
    expires_at: AwareDatetime


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature header: HMAC-SHA256 over `timestamp.body`, the secret as given."""
    return (PREFIX + _digest(secret, timestamp.encode(), body)).decode()


def verify(
    secrets: str | Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    tolerance: float = TOLERANCE_SECONDS,
    *,
    late: float = 0,
) -> bool:
    """Check signature and age; return whether the webhook is late. Several secrets may be valid.

    Up to `tolerance` seconds old or ahead is in time. Older, up to `late` seconds, is late: the
    partner tries for hours, and need not sign a retry anew. The caller must then take it only once
    and must not rely on what it says. Raises SignatureError, with the same text for every wrong
    signature.
    """
    found = {name.lower(): value for name, value in headers.items()}
    # aiohttp decodes header bytes with surrogate escapes; compare_digest needs bytes for those.
    given = found.get(SIGNATURE_HEADER.lower(), "").encode("utf-8", "surrogateescape")
    timestamp = found.get(TIMESTAMP_HEADER.lower(), "")
    if not given.startswith(PREFIX):
        raise SignatureError("the M2M signature is missing or has no sha256= prefix")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise SignatureError("the M2M timestamp is missing or not in seconds")
    candidates = (secrets,) if isinstance(secrets, str) else secrets
    good = [
        hmac.compare_digest(PREFIX + _digest(secret, timestamp.encode(), body), given)
        for secret in candidates
        if secret
    ]
    if not any(good):
        raise SignatureError("the M2M signature is wrong")
    age = now.timestamp() - int(timestamp)
    if age < -tolerance or age > max(tolerance, late):
        raise SignatureError("the M2M webhook is too old or from the future")
    return age > tolerance


def parse(body: bytes) -> M2MEvent:
    """Read a verified body. Raises MalformedPayloadError."""
    try:
        # As text a fraction stays exact in JSON stores; see M2MEvent.
        content = _Body.model_validate(json.loads(body, parse_float=str, parse_constant=str))
    except (ValidationError, ValueError, RecursionError):
        raise MalformedPayloadError("the M2M webhook is not an event") from None
    return M2MEvent(name=content.event, timestamp=content.timestamp, data=content.data)


def delivered(delivery: Delivery) -> M2MEvent:
    """Return the event of an entry of the partner's delivery log, read through the API.

    Its payload is the body that was sent or, as the shape is inferred (reference/m2m.md 9.2), only
    the body's data. Raises MalformedPayloadError.
    """
    if delivery.payload is None:
        raise MalformedPayloadError("the delivery has no payload")
    body = delivery.payload
    if not isinstance(body.get("data"), dict):
        body = {"event": delivery.event, "timestamp": delivery.created_at, "data": body}
    return parse(json.dumps(body, default=str).encode())


def read_data_request(event: M2MEvent) -> DataRequest:
    """Read a data request. Raises MalformedPayloadError."""
    try:
        return DataRequest.model_validate(event.data)
    except ValidationError:
        raise MalformedPayloadError("the M2M data request is incomplete") from None


def _digest(secret: str, timestamp: bytes, body: bytes) -> bytes:
    signed = timestamp + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode()
