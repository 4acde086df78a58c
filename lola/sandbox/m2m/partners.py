"""The banks on the platform: their keys, settings and webhook addresses (reference/m2m.md 2, 5).

An API key is stored as a digest and shown once, when it is made. A webhook secret is stored as it
is, because it signs.
"""

import json
from hashlib import sha256
from typing import Literal

from lola.domain.messages import JsonObject
from lola.sandbox.clock import SandboxClock, iso
from lola.sandbox.credentials import random_name
from lola.sandbox.m2m.rows import Partner
from lola.sandbox.store import Database

KEY_PREFIX = "m2m_test_"
SHOWN_OF_KEY = len(KEY_PREFIX) + 4
DEFAULT_MINUTES = 60
PAYMENT_METHODS = ("bank_account", "cash", "wallet")
"""The third is inferred, as are other branches (reference/m2m.md 3.2)."""


def new_key() -> str:
    """Return a new key of the sandbox environment (reference/m2m.md 2.2)."""
    return KEY_PREFIX + random_name(32)


def new_secret() -> str:
    """Return a new webhook secret (reference/m2m.md 2.9)."""
    return f"whsec_{random_name(32)}"


class Partners:
    """All partner accounts."""

    def __init__(self, database: Database, clock: SandboxClock) -> None:
        self._database = database
        self._clock = clock

    def ensure(self, *, slug: str, name: str, api_key: str, webhook_secret: str) -> Partner:
        """Return the partner with this slug, and create it if needed.

        The key is valid unless it was revoked; the secret is used unless it was regenerated.
        """
        with self._database.step():
            self._database.run(
                "INSERT INTO partners VALUES (?, ?, ?, 'active', ?, NULL, NULL, ?, NULL, ?, ?)"
                " ON CONFLICT (slug) DO UPDATE SET given_secret = excluded.given_secret,"
                " webhook_secret = CASE given_secret WHEN excluded.given_secret"
                " THEN webhook_secret ELSE excluded.webhook_secret END",
                f"partner_{slug}",
                slug,
                name,
                DEFAULT_MINUTES,
                json.dumps(PAYMENT_METHODS),
                webhook_secret,
                webhook_secret,
            )
            partner = self.get(f"partner_{slug}")
            self._keep(partner, api_key)
        return partner

    def find(self, slug: str) -> Partner | None:
        """Return the partner with this slug."""
        row = self._database.one("SELECT * FROM partners WHERE slug = ?", slug)
        return Partner.of(row) if row else None

    def get(self, partner_id: str) -> Partner:
        """Return a partner that is known to exist. Raises LookupError."""
        row = self._database.one("SELECT * FROM partners WHERE partner_id = ?", partner_id)
        if row is None:
            raise LookupError(partner_id)
        return Partner.of(row)

    def all(self) -> list[Partner]:
        """Return every partner, in order of their slugs."""
        return [Partner.of(row) for row in self._database.all("SELECT * FROM partners ORDER BY 2")]

    def authenticate(self, key: str) -> Partner | None:
        """Return the key's partner, also a suspended one; None for a wrong or revoked key."""
        row = self._database.one(
            "SELECT partners.* FROM api_keys JOIN partners USING (partner_id)"
            " WHERE digest = ? AND revoked_at IS NULL",
            _digest(key),
        )
        if row is None:
            return None
        self._database.run(
            "UPDATE api_keys SET last_used_at = ? WHERE digest = ?",
            iso(self._clock()),
            _digest(key),
        )
        return Partner.of(row)

    def keys(self, partner: Partner) -> list[JsonObject]:
        """Return the partner's keys as its portal lists them: by prefix, with their last use."""
        rows = self._database.all(
            "SELECT prefix, last_used_at, revoked_at FROM api_keys WHERE partner_id = ?"
            " ORDER BY rowid",
            partner.partner_id,
        )
        return [
            {
                "prefix": row["prefix"],
                "lastUsedAt": row["last_used_at"],
                "revokedAt": row["revoked_at"],
            }
            for row in rows
        ]

    def add_key(self, partner: Partner) -> str:
        """Create one more key and return it; it is never shown again."""
        key = new_key()
        self._keep(partner, key)
        return key

    def revoke_keys(self, partner: Partner, prefix: str) -> int:
        """Revoke the keys with this prefix at once and return how many there were."""
        return self._database.run(
            "UPDATE api_keys SET revoked_at = ?"
            " WHERE partner_id = ? AND prefix = ? AND revoked_at IS NULL",
            iso(self._clock()),
            partner.partner_id,
            prefix,
        )

    def set_status(self, partner: Partner, status: Literal["active", "suspended"]) -> None:
        """Suspend a partner, or make it active again."""
        self._set(partner, "status", status)

    def update_settings(self, partner: Partner, changes: JsonObject) -> Partner:
        """Change the named settings (columns) and return the changed partner."""
        with self._database.step():
            for column in ("default_minutes", "theme", "language"):
                if column in changes:
                    self._set(partner, column, changes[column])
            if "payment_methods" in changes:
                self._set(partner, "payment_methods", json.dumps(changes["payment_methods"]))
        return self.get(partner.partner_id)

    def set_webhook_url(self, partner: Partner, url: str | None) -> Partner:
        """Set the address of events; None switches them off."""
        self._set(partner, "webhook_url", url)
        return self.get(partner.partner_id)

    def regenerate_secret(self, partner: Partner) -> str:
        """Return a new secret, which replaces the old one at once (reference/m2m.md 9.3)."""
        secret = new_secret()
        self._set(partner, "webhook_secret", secret)
        return secret

    def _set(self, partner: Partner, column: str, value: object) -> None:
        self._database.run(
            f"UPDATE partners SET {column} = ? WHERE partner_id = ?",  # noqa: S608 - our own names
            value,
            partner.partner_id,
        )

    def _keep(self, partner: Partner, key: str) -> None:
        self._database.run(
            "INSERT INTO api_keys VALUES (?, ?, ?, NULL, NULL) ON CONFLICT DO NOTHING",
            _digest(key),
            partner.partner_id,
            key[:SHOWN_OF_KEY],
        )


def _digest(key: str) -> str:
    return sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
