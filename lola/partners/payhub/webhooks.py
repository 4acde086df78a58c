"""Verifies and parses the webhooks of RaaS (reference/raas.md 9).

The caller must call `verify` on the raw bytes before `parse`. The signature covers no time, so an
old request can be sent again: an event's id is the same each time, and is taken once. What was read
is never logged or repeated.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lola.errors import MalformedPayloadError, SignatureError

SIGNATURE_HEADER = "x-raas-signature"
COUNTRY_HEADER = "x-raas-op-country"
"""The tenant's country; it may be empty."""
OUTCOME = "request_money_full_outcome"
PHASES = frozenset({"cip", "contact", "payment_method", "request_money", "unknown"})
TEXT = 200

Kind = Literal["status", "outcome", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RaasEvent:
    """One webhook: a new status of an operation, or how a request in one call ended.

    `name` is the partner's `eventType`; a status update has none. `status` is as it came. `phase`
    and `error_code` say why a request failed.
    """

    kind: Kind
    name: str
    correlation_id: str
    status: str
    at: str = ""
    phase: str = ""
    error_code: str = ""

    @property
    def id(self) -> str:
        """An id that is the same for every delivery of one event: RaaS sends no delivery id."""
        parts = [self.name, self.correlation_id, self.status, self.at]
        return f"raas-{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]}"


class _Body(BaseModel):
    """What both kinds have in common; the fields of a status update are inferred (15)."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    event_type: str = Field("", alias="eventType", max_length=TEXT)
    correlation_id: str = Field(alias="correlationId", min_length=1, max_length=TEXT)
    status: str = Field(min_length=1, max_length=TEXT)
    date: str = Field("", max_length=TEXT)
    updated_at: str = Field("", alias="updatedAt", max_length=TEXT)
    phase: str = Field("", max_length=TEXT)
    error_code: str = Field("", alias="errorCode", max_length=TEXT)


def sign(secret: str, body: bytes) -> str:
    """Return the signature header: standard Base64 of HMAC-SHA256 over the raw body (9.1)."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes) -> None:
    """Check the signature; several secrets may be valid during a rotation.

    Raises SignatureError, with the same text for a missing, malformed or wrong one.
    """
    found = {name.lower(): value for name, value in headers.items()}
    # aiohttp decodes header bytes with surrogate escapes; compare_digest needs bytes for those.
    given = found.get(SIGNATURE_HEADER, "").encode("utf-8", "surrogateescape")
    good = [hmac.compare_digest(sign(one, body).encode(), given) for one in secrets if one]
    if not any(good):
        raise SignatureError("the RaaS signature is missing or wrong")


def parse(body: bytes) -> RaasEvent:
    """Read a verified body. Raises MalformedPayloadError."""
    try:
        found = _Body.model_validate(json.loads(body))
    except (ValidationError, ValueError, RecursionError):
        raise MalformedPayloadError("the RaaS webhook is not an event") from None
    kind: Kind = "other" if found.event_type else "status"
    if found.event_type == OUTCOME:
        kind = "outcome"
    return RaasEvent(
        kind=kind,
        name=found.event_type,
        correlation_id=found.correlation_id,
        status=found.status,
        at=found.date or found.updated_at,
        phase=found.phase if found.phase in PHASES else "",
        error_code=found.error_code,
    )
