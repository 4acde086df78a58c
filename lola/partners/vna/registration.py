"""Addresses of the bank's page where a person opens an account (reference/vna.md 6.2).

The page is the bank's. The address carries a sealed token that says for whom and until when;
`open` reads it. No personal data is in it.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from urllib.parse import quote

from lola.domain.clock import Clock
from lola.errors import TokenError

PURPOSE = "vna registration"


class Seal(Protocol):
    """Seals a text for this deployment, and opens it again."""

    def seal(self, plain: bytes) -> str:
        """Return a token."""
        ...

    def open(self, token: str) -> bytes:
        """Return what was sealed. Raises TokenError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationPages:
    """Makes addresses; without a `url` the bank has no page."""

    url: str
    lifetime: timedelta
    sealer: Seal
    clock: Clock

    def address(self, person: str) -> str:
        """Return a new address for a person's digest, or an empty text without a page."""
        if not self.url:
            return ""
        until = int((self.clock() + self.lifetime).timestamp())
        token = self.sealer.seal(json.dumps([person, until]).encode())
        return f"{self.url}{'&' if '?' in self.url else '?'}token={quote(token)}"

    def open(self, token: str) -> str:
        """Return the person's digest. Raises TokenError for a forged or an old token."""
        person, until = json.loads(self.sealer.open(token))
        if self.clock().timestamp() >= until:
            raise TokenError
        return str(person)
