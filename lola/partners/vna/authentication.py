"""Who may call the VNA server: a shared secret, a client certificate, or the bank's own check.

The platform and the bank agree on the method during integration (reference/vna.md 3, 8).
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import hdrs, web

_BEARER = "Bearer "


class Authenticator(Protocol):
    """A check of each request, before its body is read. VNA_AUTHENTICATOR names another one."""

    async def allows(self, request: web.Request) -> bool:
        """Return whether the caller proved to be the platform."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedSecret:
    """`Authorization: Bearer …`, or the secret alone in `header`. Several during a rotation."""

    secrets: Sequence[str] = field(repr=False)
    header: str = ""

    async def allows(self, request: web.Request) -> bool:
        """Compare in a time that does not depend on the secret."""
        given = request.headers.get(self.header or hdrs.AUTHORIZATION, "")
        if not self.header:
            if not given.startswith(_BEARER):
                return False
            given = given.removeprefix(_BEARER)
        found = [hmac.compare_digest(given.encode(), one.encode()) for one in self.secrets]
        return any(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCertificate:
    """Mutual TLS, ended by the bank's proxy, which puts the certificate's SHA-256 into `header`.

    The proxy must remove that header from what clients send (docs/vna.md).
    """

    fingerprints: Sequence[str]
    header: str

    async def allows(self, request: web.Request) -> bool:
        """Return whether the proxy saw one of the certificates."""
        given = _fingerprint(request.headers.get(self.header, ""))
        return bool(given) and given in {_fingerprint(one) for one in self.fingerprints}


@dataclass(frozen=True, slots=True)
class Every:
    """Several checks, all of which must allow."""

    checks: Sequence[Authenticator]

    async def allows(self, request: web.Request) -> bool:
        """Return whether each check allows the request; none at all allows nothing."""
        found = [await check.allows(request) for check in self.checks]
        return bool(found) and all(found)


def _fingerprint(text: str) -> str:
    return text.replace(":", "").strip().lower()
