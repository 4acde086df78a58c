"""Verifies and reads the webhooks of Request Money (reference/request-api.md 7).

It works on the raw bytes of the request; the caller calls `verify` before `parse`. `requestData`
has an account or a card of the sender: it is dropped when a body is read.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from lola.domain.messages import JsonObject
from lola.errors import MalformedPayloadError, SignatureError

EVENT_HEADER = "X-Webhook-Event"
DELIVERY_HEADER = "X-Webhook-Delivery-Id"
SIGNATURE_HEADER = "X-Webhook-Signature"
TOLERANCE_SECONDS = 300
CREATED, UPDATED, ERROR = "operation_created", "operation_updated", "operation_error"
PRIVATE = "requestData"
IDENTITY = ("referenceId", "id", "status", "errorCode", "path", "method")
LONGEST_ID = 200
MAX_PARTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestMoneyEvent:
    """One webhook, without `requestData`. An event of an unknown name is kept."""

    name: str
    timestamp: datetime
    data: JsonObject

    @property
    def id(self) -> str:
        """An id that is the same for each delivery of one event.

        It follows from the signed body and not from the header of the delivery's id, which is not
        signed: a recorded webhook cannot be played again under another id. The time of an event is
        the same on every retry (reference/request-api.md 7.2).
        """
        parts = [self.name, self.timestamp.isoformat(), *(self.text(name) for name in IDENTITY)]
        return f"request-money-{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]}"

    def text(self, name: str) -> str:
        """Return a field as text, or empty."""
        value = self.data.get(name)
        return str(value)[:LONGEST_ID] if isinstance(value, str | int) else ""

    @property
    def reference(self) -> str:
        """The reference of the request, or empty: an error need not have one."""
        return self.text("referenceId")


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    event: str = Field(min_length=1, max_length=100)
    timestamp: AwareDatetime = Field(strict=False)
    data: JsonObject


def sign(secret: str, seconds: int, body: bytes) -> str:
    """Return the signature header: HMAC-SHA256 in hex over `t.body`, the secret as UTF-8."""
    return f"t={seconds},v1={_digest(secret, str(seconds), body)}"


def verify(
    secrets: Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    tolerance: float = TOLERANCE_SECONDS,
) -> None:
    """Check signature and age over the raw body. Several secrets may be valid in a rotation.

    Of several `v1` parts one match is enough. Raises SignatureError, with the same text for every
    wrong signature.
    """
    found = {name.lower(): value for name, value in headers.items()}
    given = found.get(SIGNATURE_HEADER.lower(), "")
    parts = [part.strip().partition("=") for part in given.split(",", MAX_PARTS)[:MAX_PARTS]]
    seconds = next((value for name, _, value in parts if name == "t"), "")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 12):
        raise SignatureError("the Request Money signature has no time in seconds")
    # aiohttp decodes header bytes with surrogate escapes; compare_digest needs bytes for those.
    signatures = [
        value.encode("utf-8", "surrogateescape") for name, _, value in parts if name == "v1"
    ]
    good = [
        hmac.compare_digest(_digest(secret, seconds, body).encode(), signature)
        for secret in secrets
        if secret
        for signature in signatures
    ]
    if not any(good):
        raise SignatureError("the Request Money signature is missing or wrong")
    if abs(now.timestamp() - int(seconds)) > tolerance:
        raise SignatureError("the Request Money webhook is too old or from the future")


def parse(body: bytes, header: str = "") -> RequestMoneyEvent:
    """Read a verified body; `header` is the event's name in its header, which must agree.

    Raises MalformedPayloadError.
    """
    try:
        # As text a fraction stays exact in JSON stores.
        content = _Body.model_validate(json.loads(body, parse_float=str, parse_constant=str))
    except (ValidationError, ValueError, RecursionError):
        raise MalformedPayloadError("the Request Money webhook is not an event") from None
    if header and header != content.event:
        raise MalformedPayloadError("the Request Money webhook's header names another event")
    data = {name: value for name, value in content.data.items() if name != PRIVATE}
    return RequestMoneyEvent(name=content.event, timestamp=content.timestamp, data=data)


def _digest(secret: str, seconds: str, body: bytes) -> str:
    return hmac.new(secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
