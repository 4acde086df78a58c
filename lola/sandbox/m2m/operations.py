"""Transfers: created by the sender's approval, moved on through the control API.

The rules are reference/m2m.md 4.3, 5.13 and 7.5. A link has at most one operation. The database
enforces it, so that two approvals at once make one transfer.
"""

import json
from collections.abc import Mapping

from lola.domain.messages import JsonObject
from lola.sandbox.clock import SandboxClock, iso
from lola.sandbox.credentials import random_name
from lola.sandbox.m2m.activity import Activity
from lola.sandbox.m2m.deliveries import Deliveries
from lola.sandbox.m2m.errors import InvalidRequestError, UnknownResourceError, UserBlockedError
from lola.sandbox.m2m.links import Links
from lola.sandbox.m2m.listing import Listing
from lola.sandbox.m2m.rows import Link, Operation, OperationStatus, Partner
from lola.sandbox.m2m.users import Users
from lola.sandbox.m2m.views import operation_view
from lola.sandbox.store import Database

SOURCE = """
SELECT operations.rowid AS serial, operations.*, links.user_id, users.reference_id
FROM operations JOIN links USING (link_id) JOIN users USING (user_id)
"""
CONDITIONS: Mapping[str, str] = {
    "partner": "partner_id = ?",
    "operation": "operation_id = ?",
    "link": "link_id = ?",
    "user": "user_id = ?",
    "reference": "reference_id = ?",
    "status": "status = ?",
    "since": "created_at >= ?",
    "until": "created_at <= ?",
}
NEXT: Mapping[OperationStatus, frozenset[OperationStatus]] = {
    "created": frozenset({"processing", "failed", "cancelled"}),
    "processing": frozenset({"completed", "failed"}),
    "completed": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
}
STAMPS: Mapping[OperationStatus, str] = {
    "completed": "completed_at",
    "failed": "failed_at",
    "cancelled": "cancelled_at",
}
ANNOUNCED: frozenset[OperationStatus] = frozenset({"created", "cancelled"})
UNDOCUMENTED: frozenset[OperationStatus] = frozenset({"completed", "failed"})


class Operations:
    """All transfers. With `announces_ends` the undocumented end events are sent too (7.5, 9.3)."""

    def __init__(
        self,
        database: Database,
        clock: SandboxClock,
        links: Links,
        users: Users,
        activity: Activity,
        deliveries: Deliveries,
    ) -> None:
        self._database = database
        self._clock = clock
        self._links = links
        self._users = users
        self._activity = activity
        self._deliveries = deliveries
        self.announces_ends = False
        self.list = Listing(database, SOURCE, Operation.of, CONDITIONS)

    def create(
        self, link: Link, *, amount: JsonObject, funding: JsonObject, payout: JsonObject
    ) -> Operation:
        """Create the transfer that the sender approved. Raises LinkGoneError, UserBlockedError."""
        self._links.check_open(link)
        if self._users.get(link.user_id).blocked:
            raise UserBlockedError
        return self._insert(link, "created", amount, funding, payout)

    def cancel(self, link: Link, *, amount: JsonObject | None, reason: str | None) -> Operation:
        """Cancel the transfer, before the approval or after it (4.3).

        Raises LinkGoneError for a link that is over, InvalidRequestError once money moves.
        """
        if link.operation_id is not None:
            return self.advance(self.get(link.operation_id), "cancelled", reason)
        self._links.check_open(link)
        return self._insert(link, "cancelled", amount, None, None, reason)

    def advance(
        self, operation: Operation, status: OperationStatus, reason: str | None = None
    ) -> Operation:
        """Move a transfer on. Raises InvalidRequestError for an impossible step, and
        UserBlockedError where a blocked user's transfer would complete.
        """
        if status not in NEXT[operation.status]:
            raise InvalidRequestError(
                f"An operation cannot go from {operation.status} to {status}", status=409
            )
        if status == "completed" and self._users.get(operation.user_id).blocked:
            raise UserBlockedError
        with self._database.step():
            self._database.run(
                "UPDATE operations SET status = ? WHERE operation_id = ?",
                status,
                operation.operation_id,
            )
            if stamp := STAMPS.get(status):
                self._database.run(
                    f"UPDATE operations SET {stamp} = ? WHERE operation_id = ?",  # noqa: S608
                    iso(self._clock()),
                    operation.operation_id,
                )
            if status == "failed":
                self._database.run(
                    "UPDATE operations SET failure_reason = ? WHERE operation_id = ?",
                    reason,
                    operation.operation_id,
                )
            return self._announce(operation.operation_id, reason)

    def get(self, operation_id: str) -> Operation:
        """Return a transfer by id. Raises UnknownResourceError."""
        return self._one(operation=operation_id)

    def get_of(self, partner: Partner, operation_id: str) -> Operation:
        """Return one of the partner's transfers. Raises UnknownResourceError."""
        return self._one(operation=operation_id, partner=partner.partner_id)

    def timeline(self, operation: Operation) -> list[JsonObject]:
        """Return every status with its time, oldest first."""
        return [
            {"status": step.type.removeprefix("operation."), "timestamp": step.at}
            for step in self._activity.of(operation.link_id)
            if step.type.startswith("operation.")
        ]

    def _insert(
        self,
        link: Link,
        status: OperationStatus,
        amount: JsonObject | None,
        funding: JsonObject | None,
        payout: JsonObject | None,
        reason: str | None = None,
    ) -> Operation:
        now = iso(self._clock())
        operation_id = f"op_{link.link_id.split('_')[1]}_{random_name(6)}"
        with self._database.step():
            self._database.run(
                "INSERT INTO operations (operation_id, partner_id, link_id, status, amount,"
                " funding, payout, created_at, cancelled_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                operation_id,
                link.partner_id,
                link.link_id,
                status,
                amount and json.dumps(amount),
                funding and json.dumps(funding),
                payout and json.dumps(payout),
                now,
                now if status == "cancelled" else None,
            )
            return self._announce(operation_id, reason)

    def _announce(self, operation_id: str, reason: str | None) -> Operation:
        """Record the status that was just reached, and send its event if it has one."""
        operation = self.get(operation_id)
        link = self._links.get(operation.link_id)
        self._users.touch(operation.user_id)
        name = f"operation.{operation.status}"
        self._activity.add(link.link_id, name, operationId=operation_id)
        if operation.status in ANNOUNCED | (UNDOCUMENTED if self.announces_ends else frozenset()):
            extra = {"reason": reason} if reason and operation.status == "cancelled" else {}
            self._deliveries.send(name, link, operation_view(operation) | extra)
        return operation

    def _one(self, **filters: str) -> Operation:
        found = self.list.all(**filters)
        if not found:
            raise UnknownResourceError
        return found[0]
