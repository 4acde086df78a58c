"""The users of the partners: their data, its source, their state.

The rules are reference/m2m.md 4.2, 5.9 to 5.12 and 6. A weaker source never overwrites a stronger
one, and a verified user stays verified.
"""

import json
from collections.abc import Mapping
from typing import Any

from lola.domain.messages import JsonObject
from lola.partners.m2m.model import CIP_FIELDS, nested
from lola.sandbox.clock import SandboxClock, iso
from lola.sandbox.credentials import random_name
from lola.sandbox.m2m.errors import UnknownResourceError
from lola.sandbox.m2m.listing import Listing
from lola.sandbox.m2m.rows import Partner, Source, User, UserState, Verdict
from lola.sandbox.m2m.user_data import flatten
from lola.sandbox.store import Database

PRECEDENCE: Mapping[Source, int] = {"partner_api": 1, "partner_webhook": 2, "widget": 3}
"""Lower wins (reference/m2m.md 6.2)."""

CIP_STATUS: Mapping[UserState, str] = {
    "pending": "not_started",
    "data_incomplete": "not_started",
    "data_complete": "not_started",
    "cip_pending": "pending",
    "cip_verified": "verified",
    "cip_failed": "failed",
}
"""User state → the CIP status that the API shows (reference/m2m.md 9.2)."""

EVALUATED = frozenset({"pending", "data_incomplete", "data_complete"})
CONDITIONS: Mapping[str, str] = {
    "partner": "partner_id = ?",
    "reference": "reference_id = ?",
    "blocked": "blocked = ?",
    "cip": "CASE state WHEN 'cip_pending' THEN 'pending' WHEN 'cip_verified' THEN 'verified'"
    " WHEN 'cip_failed' THEN 'failed' ELSE 'not_started' END = ?",
    "since": "created_at >= ?",
    "until": "created_at <= ?",
}


class Users:
    """The users of all partners."""

    def __init__(self, database: Database, clock: SandboxClock) -> None:
        self._database = database
        self._clock = clock
        self.list = Listing(database, "SELECT rowid AS serial, * FROM users", User.of, CONDITIONS)

    def ensure(self, partner: Partner, reference: str) -> User:
        """Return the partner's user with this reference, and create it if needed."""
        now = iso(self._clock())
        self._database.run(
            "INSERT INTO users (user_id, partner_id, reference_id, state, created_at,"
            " last_activity_at) VALUES (?, ?, ?, 'pending', ?, ?)"
            " ON CONFLICT (partner_id, reference_id) DO NOTHING",
            f"user_{partner.slug}_{random_name(6)}",
            partner.partner_id,
            reference,
            now,
            now,
        )
        return self._one("partner_id = ? AND reference_id = ?", partner.partner_id, reference)

    def get(self, user_id: str) -> User:
        """Return a user by id. Raises UnknownResourceError."""
        return self._one("user_id = ?", user_id)

    def get_of(self, partner: Partner, user_id: str) -> User:
        """Return one of the partner's users. Raises UnknownResourceError, also for another's."""
        return self._one("partner_id = ? AND user_id = ?", partner.partner_id, user_id)

    def merge(self, user_id: str, data: Mapping[str, Any], source: Source) -> list[str]:
        """Save the fields that no stronger source has given, and return their paths."""
        known = self.sources(user_id)
        kept = [
            path
            for path in flatten(data)
            if path not in known or PRECEDENCE[source] <= PRECEDENCE[known[path]]
        ]
        fields = flatten(data)
        for path in kept:
            self._database.run(
                "INSERT INTO user_fields VALUES (?, ?, ?, ?) ON CONFLICT (user_id, path)"
                " DO UPDATE SET value = excluded.value, source = excluded.source",
                user_id,
                path,
                json.dumps(fields[path]),
                source,
            )
        return kept

    def fields(self, user_id: str) -> dict[str, Any]:
        """Return dotted path → value of everything known about a user."""
        rows = self._database.all(
            "SELECT path, value FROM user_fields WHERE user_id = ? ORDER BY rowid", user_id
        )
        return {row["path"]: json.loads(row["value"]) for row in rows}

    def data(self, user_id: str) -> JsonObject:
        """Return what is known about a user as `userData`, unmasked."""
        return nested(self.fields(user_id))

    def sources(self, user_id: str) -> dict[str, Source]:
        """Return dotted path → source of the field."""
        rows = self._database.all(
            "SELECT path, source FROM user_fields WHERE user_id = ? ORDER BY rowid", user_id
        )
        return {row["path"]: row["source"] for row in rows}

    def missing(self, user: User) -> tuple[str, ...]:
        """Return the fields that identification lacks, in order; empty for a verified user."""
        if user.state == "cip_verified":
            return ()
        known = self.sources(user.user_id)
        return tuple(path for path in CIP_FIELDS if path not in known)

    def evaluate(self, user_id: str) -> User:
        """Set the state by the data that is known, unless identification has begun."""
        user = self.get(user_id)
        if user.state in EVALUATED:
            self.set_state(user_id, "data_incomplete" if self.missing(user) else "data_complete")
        return self.get(user_id)

    def set_state(self, user_id: str, state: UserState) -> None:
        """Move a user to a state."""
        self._database.run("UPDATE users SET state = ? WHERE user_id = ?", state, user_id)

    def touch(self, user_id: str) -> None:
        """Set the user's last activity to now."""
        self._database.run(
            "UPDATE users SET last_activity_at = ? WHERE user_id = ?", iso(self._clock()), user_id
        )

    def set_next_verdict(self, user_id: str, verdict: Verdict | None) -> None:
        """Set the verdict of the user's next identity check."""
        self._database.run("UPDATE users SET next_verdict = ? WHERE user_id = ?", verdict, user_id)

    def block(self, user: User, reason: str | None) -> User:
        """Block a user; the reason is shown in the details (reference/m2m.md 5.11)."""
        self._database.run(
            "UPDATE users SET blocked = 1, blocked_reason = ?, blocked_at = ? WHERE user_id = ?",
            reason,
            iso(self._clock()),
            user.user_id,
        )
        return self.get(user.user_id)

    def unblock(self, user: User) -> None:
        """Unblock a user; does nothing to a user who is not blocked."""
        self._database.run(
            "UPDATE users SET blocked = 0, blocked_reason = NULL, blocked_at = NULL"
            " WHERE user_id = ?",
            user.user_id,
        )

    def stats(self, user: User) -> JsonObject:
        """Return counts of links and operations, and the last activity (reference/m2m.md 5.10)."""
        row = self._database.one(
            "SELECT count(*) AS links, count(CASE operations.status WHEN 'completed' THEN 1 END)"
            " AS completed FROM links LEFT JOIN operations USING (link_id) WHERE user_id = ?",
            user.user_id,
        )
        return {
            "totalLinks": row["links"] if row else 0,
            "completedOperations": row["completed"] if row else 0,
            "lastActivityAt": user.last_activity_at,
        }

    def _one(self, condition: str, *values: str) -> User:
        query = f"SELECT * FROM users WHERE {condition}"  # noqa: S608 - conditions of this module
        row = self._database.one(query, *values)
        if row is None:
            raise UnknownResourceError
        return User.of(row)
