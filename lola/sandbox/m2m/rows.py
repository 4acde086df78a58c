"""The rows of the M2M stand-in's database as immutable values.

Instants are texts in the partner's format (reference/m2m.md 2.9), which sort in time order.
"""

import json
import sqlite3
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Self, cast

from lola.domain.messages import JsonObject

UserState = Literal[
    "pending", "data_incomplete", "data_complete", "cip_pending", "cip_verified", "cip_failed"
]
OperationStatus = Literal["created", "processing", "completed", "failed", "cancelled"]
Verdict = Literal["verified", "failed", "pending"]
Source = Literal["partner_api", "partner_webhook", "widget"]

PURPOSES = frozenset({"register", "verify", "add_card"})
"""What a link may be for instead of a transfer (docs/money.md)."""
JSON_COLUMNS = frozenset(
    {"metadata", "amount", "funding", "payout", "payment_methods", "required", "method", "details"}
)


class _Row:
    __slots__ = ()

    @classmethod
    def of(cls, row: sqlite3.Row) -> Self:
        """Read a row; columns that hold JSON are parsed."""
        values: dict[str, Any] = {}
        for item in fields(cast("Any", cls)):
            value = row[item.name]
            is_json = item.name in JSON_COLUMNS and value is not None
            values[item.name] = json.loads(value) if is_json else value
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner(_Row):
    """A bank's account with the platform: settings and webhook address."""

    partner_id: str
    slug: str
    name: str
    status: Literal["active", "suspended"]
    default_minutes: int
    theme: str | None
    language: str | None
    payment_methods: list[str]
    webhook_url: str | None
    webhook_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class User(_Row):
    """One partner's end user. `blocked` is independent of the state (reference/m2m.md 4.2)."""

    user_id: str
    partner_id: str
    reference_id: str
    state: UserState
    blocked: int
    blocked_reason: str | None
    blocked_at: str | None
    created_at: str
    last_activity_at: str
    next_verdict: Verdict | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(_Row):
    """A magic link. `operation_id` is set once the sender approved or cancelled."""

    link_id: str
    partner_id: str
    user_id: str
    reference_id: str
    status: Literal["created", "opened", "revoked"]
    token: str = field(repr=False)
    flow: str
    theme: str | None
    language: str | None
    callback_url: str | None
    metadata: JsonObject
    created_at: str
    expires_at: str
    opened_at: str | None
    revoked_at: str | None
    revoke_reason: str | None
    payout_id: str | None
    card_id: str | None
    operation_id: str | None

    @property
    def purpose(self) -> str:
        """What the bank made the link for, from its metadata; empty for a transfer."""
        purpose = str(self.metadata.get("purpose", ""))
        return purpose if purpose in PURPOSES else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(_Row):
    """A transfer. `funding` and `payout` hold last four digits and names only."""

    operation_id: str
    partner_id: str
    link_id: str
    user_id: str
    reference_id: str
    status: OperationStatus
    amount: JsonObject | None
    funding: JsonObject | None
    payout: JsonObject | None
    created_at: str
    completed_at: str | None
    failed_at: str | None
    failure_reason: str | None
    cancelled_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRequest(_Row):
    """A request to the partner for fields that identification needs."""

    request_id: str
    link_id: str
    required: list[str]
    created_at: str
    fulfilled_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CipTicket(_Row):
    """One identity check: a document scan, a liveness test, then the verdict."""

    ticket_id: str
    link_id: str
    status: Verdict
    created_at: str
    scanned_at: str | None
    liveness_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutMethod(_Row):
    """Where money can arrive: `method` is the API's `paymentMethod` (reference/m2m.md 3.2)."""

    payout_id: str
    user_id: str
    method: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Card(_Row):
    """A card in the vault: its token, brand and last four digits."""

    card_id: str
    user_id: str
    token: str = field(repr=False)
    brand: str
    last_four: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(_Row):
    """One entry of a link's timeline."""

    type: str
    at: str
    details: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(_Row):
    """A webhook delivery. `payload` is the body as it is sent, byte for byte."""

    delivery_id: str
    link_id: str
    partner_id: str
    user_id: str
    reference_id: str
    event: str
    status: Literal["pending", "delivered", "failed"]
    url: str
    payload: str = field(repr=False)
    attempts: int
    response_status: int | None
    error: str | None
    created_at: str
    last_attempt_at: str | None
    next_attempt_at: str | None
    delivered_at: str | None
