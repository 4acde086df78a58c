"""The rules of the Request Money stand-in: partners, operations, their statuses and their expiry.

Magic values of the applicant's last name: `OFAC` is blocked by the screening, `OUTAGE` meets an
identity validator that is down, `BROKEN` an internal fault. The control API sets the next outcome
for any name (`next_outcomes`).
"""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import quote

from yarl import URL

from lola.domain.messages import JsonObject
from lola.sandbox.clock import SandboxClock, iso
from lola.sandbox.random_values import random_name
from lola.sandbox.request_money.deliveries import RequestDeliveries
from lola.sandbox.request_money.refusals import (
    RequestRefusal,
    invalid,
    outage,
    screened,
    unknown,
    unreadable,
)
from lola.sandbox.request_money.schemas import Creation, Status, StatusChange, check
from lola.sandbox.store import DocumentStore

PARTNER, OPERATION = "request_partner", "request_operation"
Outcome = Literal["screened", "outage", "broken"]
MAGIC: Mapping[str, Outcome] = MappingProxyType(
    {"OFAC": "screened", "OUTAGE": "outage", "BROKEN": "broken"}
)
TEMPLATE = "{firstName} te pide {amount} {currency}. Paga aquí: {landingLink} #{reference}"
FOLLOWING: Mapping[Status, frozenset[str]] = MappingProxyType(
    {
        "pending": frozenset({"processing", "rejected", "cancelled"}),
        "processing": frozenset({"completed", "rejected", "cancelled"}),
        "completed": frozenset(),
        "rejected": frozenset(),
        "cancelled": frozenset(),
    }
)
"""Inferred (reference/request-api.md 5)."""
DETAILS: Mapping[str, str] = MappingProxyType(
    {
        "pending": ("The operation is pending because the sender has not yet started the process."),
        "processing": "The payment is being processed.",
        "completed": "The operation was completed.",
        "rejected": "The payer declined the request.",
        "cancelled": "The operation was cancelled.",
    }
)
"""Only the first sentence is documented."""
EXPIRED = "The operation was cancelled because it expired."
PUBLIC = ("status", "referenceId", "id", "statusDetails", "waLink", "landingLink")
EVENT = (
    *("partnerId", "referenceId", "id", "userReferenceId", "amount", "currency"),
    *("expiresInMinutes", "status", "statusDetails", "waLink", "landingLink", "requestData"),
    *("createdAt", "updatedAt"),
)


class RequestMoneyPlatform:
    """The operations of every partner. `status_secret` opens the internal status update."""

    def __init__(
        self, store: DocumentStore, clock: SandboxClock, *, webhook_seconds: float
    ) -> None:
        self._store = store
        self._clock = clock
        self.status_secret = random_name(32)
        self.deliveries = RequestDeliveries(store, clock, self.partner, timeout=webhook_seconds)
        self.next_outcomes: list[Outcome] = []

    def ensure_partner(self, partner_id: str, *, api_key: str, **fields: Any) -> JsonObject:
        """Return a partner account, made or given the credentials of this start."""
        known = self._store.get(PARTNER, partner_id) or {
            "landingBaseUrl": "",
            "whatsappBaseUrl": "https://wa.me/502123456789",
            "whatsappMessageTemplate": TEMPLATE,
            "webhookUrl": "",
            "webhookSecret": "",
        }
        return self.save_partner({**known, "partnerId": partner_id, "apiKey": api_key, **fields})

    def save_partner(self, partner: JsonObject) -> JsonObject:
        """Write a partner account and return it."""
        self._store.put(PARTNER, partner["partnerId"], partner)
        return partner

    def partner(self, partner_id: str) -> JsonObject | None:
        """Return a partner account, or None."""
        return self._store.get(PARTNER, partner_id)

    def authenticate(self, key: str) -> JsonObject | None:
        """Return the partner with this key, or None."""
        given = key.encode("utf-8", "surrogateescape")
        for partner in self._store.all(PARTNER):
            if hmac.compare_digest(partner["apiKey"].encode(), given):
                return partner
        return None

    def opens_status(self, given: str) -> bool:
        """Return whether this is the secret of the internal status update."""
        return hmac.compare_digest(
            self.status_secret.encode(), given.encode("utf-8", "surrogateescape")
        )

    def create(self, partner: JsonObject, body: Any) -> JsonObject:
        """Store a new operation and return its public form. Raises RequestRefusal."""
        if body is None:
            raise unreadable()
        wanted: Creation = check(Creation, body)
        if not partner["landingBaseUrl"]:
            raise invalid({"landingBaseUrl": "is not set on the partner record"})
        if self._operation(partner, wanted.reference_id):
            raise invalid({"referenceId": "was used already"})
        self._meet_outcome(wanted.request_data.name.last_name)
        now = iso(self._clock())
        landing = str(URL(partner["landingBaseUrl"]).update_query(ref=wanted.reference_id))
        operation: JsonObject = {
            "partnerId": partner["partnerId"],
            "referenceId": wanted.reference_id,
            "id": wanted.reference_id,
            "userReferenceId": wanted.request_data.user_reference_id,
            "amount": body["amount"],
            "currency": wanted.currency,
            "expiresInMinutes": body["expiresInMinutes"],
            "status": "pending",
            "statusDetails": DETAILS["pending"],
            "landingLink": landing,
            "waLink": _whatsapp_link(partner, wanted, body, landing),
            "requestData": body["requestData"],
            "createdAt": now,
            "updatedAt": now,
        }
        self._save(operation)
        self._report(partner, "operation_created", operation)
        return public(operation)

    def read(self, partner: JsonObject, reference: str) -> JsonObject:
        """Return the public form of an operation of this partner. Raises RequestRefusal."""
        return public(self._current(partner, reference))

    def look(self, partner: JsonObject, reference: str) -> JsonObject:
        """Return all of an operation of this partner. Raises RequestRefusal."""
        return self._current(partner, reference)

    def operations(self) -> list[JsonObject]:
        """Return every operation, oldest first."""
        return self._store.all(OPERATION)

    def update(self, body: Any) -> JsonObject:
        """Carry out an internal status update. Raises RequestRefusal."""
        if body is None:
            raise unreadable()
        change: StatusChange = check(StatusChange, body)
        partner = self.partner(change.partner_id)
        if partner is None:
            raise unknown()
        return self.move(partner, change.reference_id, change.status, change.status_details)

    def move(
        self, partner: JsonObject, reference: str, status: Status, details: str | None = None
    ) -> JsonObject:
        """Give an operation its next status. Raises RequestRefusal for one that cannot follow."""
        operation = self._current(partner, reference)
        if status not in FOLLOWING[operation["status"]]:
            raise invalid({"status": f"cannot follow {operation['status']}"})
        changed = self._set(partner, operation, status, details or DETAILS[status])
        return {**public(changed), "updatedAt": changed["updatedAt"]}

    def note_error(
        self,
        partner: JsonObject,
        refusal: RequestRefusal,
        *,
        path: str,
        method: str,
        reference: str,
    ) -> None:
        """Report an error to the partner, besides the HTTP response."""
        data = {
            "partnerId": partner["partnerId"],
            "path": path,
            "method": method,
            **({"referenceId": reference} if reference else {}),
            "errorCode": refusal.error_class,
            "statusCode": refusal.status,
            "message": refusal.body["message"],
        }
        self.deliveries.add(partner, "operation_error", data)

    def _meet_outcome(self, last_name: str) -> None:
        outcome = self.next_outcomes.pop(0) if self.next_outcomes else MAGIC.get(last_name)
        if outcome == "screened":
            raise screened()
        if outcome == "outage":
            raise outage()
        if outcome == "broken":
            raise RuntimeError("the fault that a tester asked for")

    def _current(self, partner: JsonObject, reference: str) -> JsonObject:
        """Return an operation; one whose time is over is cancelled when it is read."""
        operation = self._operation(partner, reference)
        if operation is None:
            raise unknown()
        life = timedelta(minutes=float(operation["expiresInMinutes"]))
        over = datetime.fromisoformat(operation["createdAt"]) + life
        if operation["status"] == "pending" and self._clock() >= over:
            return self._set(partner, operation, "cancelled", EXPIRED)
        return operation

    def _set(
        self, partner: JsonObject, operation: JsonObject, status: str, details: str
    ) -> JsonObject:
        changed = {
            **operation,
            "status": status,
            "statusDetails": details,
            "updatedAt": iso(self._clock()),
        }
        self._save(changed)
        self._report(partner, "operation_updated", changed)
        return changed

    def _report(self, partner: JsonObject, event: str, operation: JsonObject) -> None:
        self.deliveries.add(partner, event, {name: operation[name] for name in EVENT})

    def _operation(self, partner: JsonObject, reference: str) -> JsonObject | None:
        return self._store.get(OPERATION, f"{partner['partnerId']}/{reference}")

    def _save(self, operation: JsonObject) -> None:
        key = f"{operation['partnerId']}/{operation['referenceId']}"
        self._store.put(OPERATION, key, operation)


def public(operation: JsonObject) -> JsonObject:
    """Return the six fields of both public calls."""
    return {name: operation[name] for name in PUBLIC}


def _whatsapp_link(partner: JsonObject, wanted: Creation, body: JsonObject, landing: str) -> str:
    text = partner["whatsappMessageTemplate"]
    for name, value in (
        ("firstName", wanted.request_data.name.first_name),
        ("amount", str(body["amount"])),
        ("currency", wanted.currency),
        ("reference", wanted.reference_id),
        ("landingLink", landing),
    ):
        text = text.replace(f"{{{name}}}", value)
    return f"{partner['whatsappBaseUrl']}?text={quote(text, safe='')}"
