"""The life of a magic link in the sandbox, whoever moves it: the API or the widget page.

The rules are reference/m2m.md 4.1, 5.1-5.4, 6 and 7.5. Every method that changes something is one
step without a pause, so two taps at once cannot both win.
"""

from datetime import datetime, timedelta
from typing import Literal
from uuid import uuid4

from lola.messages import JsonObject
from lola.sandbox.clock import SandboxClock, iso
from lola.sandbox.credentials import random_name
from lola.sandbox.deliveries import Deliveries
from lola.sandbox.details import TransferDetails
from lola.sandbox.store import DocumentStore

SLUG = "sol"
DEFAULT_MINUTES = 60.0

LinkState = Literal["open", "used", "revoked", "expired"]


class LinkGoneError(Exception):
    """The link can no longer be used; `state` says why."""

    def __init__(self, state: LinkState) -> None:
        super().__init__(state)
        self.state = state


class Links:
    """Links, their users and their operations. `widget_url` is where the pages are."""

    def __init__(
        self, *, store: DocumentStore, clock: SandboxClock, deliveries: Deliveries
    ) -> None:
        self._store = store
        self._clock = clock
        self._deliveries = deliveries
        self.widget_url = ""

    def create(self, body: JsonObject) -> JsonObject | None:
        """Make a link from a checked body, or answer None while the reference has an active one."""
        user = self.user(body["referenceId"])
        newest = self.find(user["newestLinkId"])
        if newest is not None and self.state(newest) == "open":
            return None
        now = self._clock()
        link_id = f"link_{SLUG}_{random_name(12)}"
        flow = body["flow"]
        minutes = body["expiresInMinutes"] or DEFAULT_MINUTES
        link: JsonObject = body | {
            "linkId": link_id,
            "userId": user["userId"],
            "status": "created",
            "url": f"{self.widget_url}/{link_id}/{flow}",
            "token": str(uuid4()),
            "createdAt": iso(now),
            "expiresAt": iso(now + timedelta(minutes=minutes)),
            "openedAt": None,
            "revokedAt": None,
            "revokeReason": None,
            "operationId": None,
        }
        self._store.put("link", link_id, link)
        self._store.put("user", link["referenceId"], user | {"newestLinkId": link_id})
        names = ("linkId", "referenceId", "url", "status", "expiresAt", "createdAt")
        self._deliveries.send("link.created", link, {name: link[name] for name in names})
        return link

    def find(self, link_id: str) -> JsonObject | None:
        """Answer a link."""
        return self._store.get("link", link_id)

    def all(self) -> list[JsonObject]:
        """Answer every link, newest first."""
        return self._store.all("link")[::-1]

    def operations(self) -> list[JsonObject]:
        """Answer every operation, newest first."""
        return self._store.all("operation")[::-1]

    def operation(self, operation_id: str) -> JsonObject | None:
        """Answer one operation."""
        return self._store.get("operation", operation_id)

    def user(self, reference: str) -> JsonObject:
        """Answer the user that the partner calls `reference`; a new one is made up."""
        return self._store.get("user", reference) or {
            "userId": f"user_{SLUG}_{random_name(6)}",
            "referenceId": reference,
            "cipStatus": "not_started",
            "blocked": False,
            "newestLinkId": "",
        }

    def is_expired(self, link: JsonObject) -> bool:
        """Whether the link's time is over, whatever else happened to it."""
        return self._clock() >= datetime.fromisoformat(link["expiresAt"])

    def state(self, link: JsonObject) -> LinkState:
        """Answer whether the sender can still use the link, and if not, why."""
        if link["operationId"]:
            return "used"
        if link["status"] == "revoked":
            return "revoked"
        return "expired" if self.is_expired(link) else "open"

    def revoke(self, link: JsonObject, reason: str | None) -> JsonObject:
        """Take a link back. Raises LinkGoneError for any that cannot be used anyway."""
        self.check_open(link)
        link |= {"status": "revoked", "revokedAt": iso(self._clock()), "revokeReason": reason}
        self._store.put("link", link["linkId"], link)
        return link

    def open(self, link: JsonObject, device: JsonObject) -> JsonObject:
        """Note the first opening; later ones change nothing. Raises LinkGoneError."""
        self.check_open(link)
        if link["openedAt"] is None:
            link |= {"status": "opened", "openedAt": iso(self._clock())}
            self._store.put("link", link["linkId"], link)
            data = {name: link[name] for name in ("linkId", "referenceId", "openedAt")}
            self._deliveries.send("link.opened", link, data | {"deviceInfo": device})
        return link

    def approve(self, link: JsonObject, details: TransferDetails) -> JsonObject:
        """The sender wants the transfer: make its operation. Raises LinkGoneError."""
        operation = self._operate(link, details, "created")
        user = self.user(link["referenceId"])
        self._store.put("user", link["referenceId"], user | {"cipStatus": "verified"})
        self._deliveries.send("operation.created", link, operation)
        return operation

    def cancel(self, link: JsonObject, details: TransferDetails | None) -> JsonObject:
        """The sender does not want it. Raises LinkGoneError."""
        operation = self._operate(link, details, "cancelled")
        self._deliveries.send("operation.cancelled", link, operation)
        return operation

    def _operate(
        self, link: JsonObject, details: TransferDetails | None, status: str
    ) -> JsonObject:
        self.check_open(link)
        now = iso(self._clock())
        operation: JsonObject = {
            "operationId": f"op_{SLUG}_{random_name(6)}",
            "userId": link["userId"],
            "linkId": link["linkId"],
            "referenceId": link["referenceId"],
            "status": status,
            "createdAt": now,
        }
        if details is not None:
            operation["amount"] = details.to_amount()
        if status == "cancelled":
            operation["cancelledAt"] = now
        self._store.put("operation", operation["operationId"], operation)
        self._store.put("link", link["linkId"], link | {"operationId": operation["operationId"]})
        return operation

    def check_open(self, link: JsonObject) -> None:
        """Raise LinkGoneError unless the sender can still use the link."""
        if (state := self.state(link)) != "open":
            raise LinkGoneError(state)
