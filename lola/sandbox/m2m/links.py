"""Magic links: creation, opening, revocation and state.

The rules are reference/m2m.md 4.1 and 5.1 to 5.4. Expiry is not a status but a time in the past.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from uuid import uuid4

from lola.domain.messages import JsonObject
from lola.sandbox.clock import SandboxClock, iso
from lola.sandbox.credentials import random_name
from lola.sandbox.m2m.activity import Activity
from lola.sandbox.m2m.deliveries import Deliveries
from lola.sandbox.m2m.errors import (
    InvalidRequestError,
    LinkGoneError,
    LinkState,
    RefusedError,
    UnknownResourceError,
    UserBlockedError,
)
from lola.sandbox.m2m.listing import Listing
from lola.sandbox.m2m.rows import Link, Partner
from lola.sandbox.m2m.user_data import PAYMENT_METHOD
from lola.sandbox.m2m.users import Users
from lola.sandbox.store import Database

SOURCE = """
SELECT links.rowid AS serial, links.*, users.reference_id, operations.operation_id
FROM links JOIN users USING (user_id) LEFT JOIN operations USING (link_id)
"""
CONDITIONS: Mapping[str, str] = {
    "partner": "partner_id = ?",
    "link": "link_id = ?",
    "user": "user_id = ?",
    "reference": "reference_id = ?",
    "status": "status = ?",
    "since": "created_at >= ?",
    "until": "created_at <= ?",
    "alive_at": "status != 'revoked' AND expires_at > ?",
    "over_at": "status != 'revoked' AND expires_at <= ?",
}


class Links:
    """All links. `widget_url` is the address of the pages, without a trailing slash."""

    def __init__(
        self,
        database: Database,
        clock: SandboxClock,
        users: Users,
        activity: Activity,
        deliveries: Deliveries,
    ) -> None:
        self._database = database
        self._clock = clock
        self._users = users
        self._activity = activity
        self._deliveries = deliveries
        self.widget_url = ""
        self.list = Listing(database, SOURCE, Link.of, CONDITIONS)

    def create(self, partner: Partner, body: JsonObject) -> Link:
        """Create a link from a checked body (camelCase, with defaults).

        Raises UserBlockedError, InvalidRequestError for a payout type that the partner does not
        allow, and RefusedError `ACTIVE_LINK_EXISTS`.
        """
        with self._database.step():
            user = self._users.ensure(partner, body["referenceId"])
            if user.blocked:
                raise UserBlockedError
            if any(self.state(link) == "open" for link in self.list.all(user=user.user_id)):
                raise RefusedError(
                    409, "ACTIVE_LINK_EXISTS", "An active link already exists for this user"
                )
            if data := body.get("userData"):
                self._check_method(partner, data)
                self._users.merge(user.user_id, data, "partner_api")
                self._users.evaluate(user.user_id)
            link = self._insert(partner, user.user_id, body)
            self._users.touch(user.user_id)
            self._activity.add(link.link_id, "link.created")
            self._deliveries.send("link.created", link, self._announcement(link))
        return link

    def get(self, link_id: str) -> Link:
        """Return a link by id. Raises UnknownResourceError."""
        return self._one(link=link_id)

    def get_of(self, partner: Partner, link_id: str) -> Link:
        """Return one of the partner's links. Raises UnknownResourceError, also for another's."""
        return self._one(link=link_id, partner=partner.partner_id)

    def url(self, link: Link) -> str:
        """Return the address of the link's page."""
        return f"{self.widget_url}/{link.link_id}/{link.flow}"

    def is_expired(self, link: Link) -> bool:
        """Return whether the link's time is over, regardless of its status."""
        return iso(self._clock()) >= link.expires_at

    def state(self, link: Link) -> LinkState:
        """Return `open` while the sender can use the link, else the reason why not."""
        if link.operation_id:
            return "used"
        if link.status == "revoked":
            return "revoked"
        return "expired" if self.is_expired(link) else "open"

    def check_open(self, link: Link) -> None:
        """Raise LinkGoneError unless the sender can still use the link."""
        if (state := self.state(link)) != "open":
            raise LinkGoneError(state)

    def revoke(self, link: Link, reason: str | None) -> Link:
        """Revoke a link. Raises InvalidRequestError when it can no longer be used."""
        if (state := self.state(link)) != "open":
            raise InvalidRequestError(f"The link is {state}", status=409)
        with self._database.step():
            self._database.run(
                "UPDATE links SET status = 'revoked', revoked_at = ?, revoke_reason = ?"
                " WHERE link_id = ?",
                iso(self._clock()),
                reason,
                link.link_id,
            )
            self._activity.add(link.link_id, "link.revoked")
        return self.get(link.link_id)

    def open(self, link: Link, device: JsonObject) -> Link:
        """Record the first opening; later ones change nothing. Raises LinkGoneError."""
        self.check_open(link)
        if link.opened_at is not None:
            return link
        with self._database.step():
            self._database.run(
                "UPDATE links SET status = 'opened', opened_at = ? WHERE link_id = ?",
                iso(self._clock()),
                link.link_id,
            )
            link = self.get(link.link_id)
            self._users.touch(link.user_id)
            self._activity.add(link.link_id, "link.opened")
            data = {
                "linkId": link.link_id,
                "referenceId": link.reference_id,
                "openedAt": link.opened_at,
                "deviceInfo": device,
            }
            self._deliveries.send("link.opened", link, data)
        return link

    def _insert(self, partner: Partner, user_id: str, body: JsonObject) -> Link:
        now = self._clock()
        link_id = f"link_{partner.slug}_{random_name(12)}"
        minutes = body["expiresInMinutes"] or partner.default_minutes
        self._database.run(
            "INSERT INTO links (link_id, partner_id, user_id, status, token, flow, theme, language,"
            " callback_url, metadata, created_at, expires_at)"
            " VALUES (?, ?, ?, 'created', ?, ?, ?, ?, ?, ?, ?, ?)",
            link_id,
            partner.partner_id,
            user_id,
            str(uuid4()),
            body["flow"],
            body["theme"],
            body["language"],
            body["callbackUrl"],
            json.dumps(body["metadata"]),
            iso(now),
            iso(now + timedelta(minutes=minutes)),
        )
        return self.get(link_id)

    def _announcement(self, link: Link) -> JsonObject:
        return {
            "linkId": link.link_id,
            "referenceId": link.reference_id,
            "url": self.url(link),
            "status": link.status,
            "expiresAt": link.expires_at,
            "createdAt": link.created_at,
        }

    def _one(self, **filters: str) -> Link:
        found = self.list.all(**filters)
        if not found:
            raise UnknownResourceError
        return found[0]

    def _check_method(self, partner: Partner, data: JsonObject) -> None:
        method = data.get(PAYMENT_METHOD)
        if method and method["type"] not in partner.payment_methods:
            raise InvalidRequestError("The userData.paymentMethod.type field is not allowed")
