"""Session tokens: they let an opened page act for one ticket, for some minutes.

A token is an ES256 JWT (reference/lola.md 12; docs/safety.md 3.2). The algorithm is fixed here and
never read from a token, a key is found by `kid` among our own, and a header or claim that we do
not write is refused. It holds only ids and digests, because the page's owner can read it.
"""

import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lola.domain.messages import JsonObject
from lola.errors import ConfigurationError, TokenError
from lola.money.keys import pem_blocks
from lola.money.sealing import decode

ALGORITHM = "ES256"
CURVE = "P-256"
TYPE = "widget-session+jwt"
AUDIENCE = "lola-widget"
LONGEST_TOKEN = 2048
SKEW = timedelta(seconds=30)
SETTING = "JWT_PRIVATE_KEY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a page may do: these actions for this ticket of this sender, with these arguments.

    `subject` is the partner's reference of the sender, `conversation` a digest of their address,
    `digest` the one that they confirmed in the chat.
    """

    ticket: str
    subject: str
    conversation: str
    digest: str
    actions: tuple[str, ...]


class _Header(BaseModel):
    """The only headers we write; `jku`, `x5u`, `jwk` and `crit` are therefore refused."""

    model_config = ConfigDict(extra="forbid", strict=True)

    alg: str = Field(pattern=f"^{ALGORITHM}$")
    kid: str = Field(max_length=64)
    typ: str = Field(pattern=f"^{re.escape(TYPE)}$")


class _Claims(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    iss: str
    aud: str
    sub: str
    iat: int
    exp: int
    jti: str = Field(min_length=16, max_length=64)
    tenant: str
    ticket: str
    conversation: str
    digest: str
    scope: str


class SessionTokens:
    """Signs with the first key and accepts every key in the setting.

    `private_keys` are PEM blocks, one after another. Raises ConfigurationError for anything but EC
    keys on P-256.
    """

    def __init__(self, private_keys: str, *, issuer: str, tenant: str, life: timedelta) -> None:
        keys = _import(private_keys)
        self._signer = keys[0]
        self._by_id = {key.thumbprint(): key for key in keys}
        self._issuer = issuer
        self._tenant = tenant
        self._life = life

    def issue(self, grant: Grant, now: datetime) -> str:
        """Return a token for a page that is being opened."""
        issued = int(now.timestamp())
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": grant.subject,
            "iat": issued,
            "exp": issued + int(self._life.total_seconds()),
            "jti": secrets.token_urlsafe(16),
            "tenant": self._tenant,
            "ticket": grant.ticket,
            "conversation": grant.conversation,
            "digest": grant.digest,
            "scope": " ".join(grant.actions),
        }
        header = {"alg": ALGORITHM, "kid": self._signer.thumbprint(), "typ": TYPE}
        payload = json.dumps(claims, separators=(",", ":"))
        return jws.serialize_compact(header, payload, self._signer, algorithms=[ALGORITHM])

    def read(self, token: str, now: datetime) -> Grant:
        """Return what the token grants. Raises TokenError for any that we would not issue now."""
        claims = self._verified(token)
        issued, expires = (_moment(seconds) for seconds in (claims.iat, claims.exp))
        fits = (claims.iss, claims.aud, claims.tenant) == (self._issuer, AUDIENCE, self._tenant)
        if not fits or now >= expires or issued > now + SKEW or expires - issued > self._life:
            raise TokenError
        return Grant(
            ticket=claims.ticket,
            subject=claims.sub,
            conversation=claims.conversation,
            digest=claims.digest,
            actions=tuple(claims.scope.split()),
        )

    def public_keys(self) -> JsonObject:
        """Return the key set with which a page checks our tokens (RFC 7517)."""
        return {
            "keys": [
                {**key.as_dict(private=False), "kid": key_id, "alg": ALGORITHM, "use": "sig"}
                for key_id, key in self._by_id.items()
            ]
        }

    def _verified(self, token: str) -> _Claims:
        parts = token.split(".") if len(token) <= LONGEST_TOKEN else []
        if len(parts) != 3 or not token.isascii():
            raise TokenError
        try:
            header = _Header.model_validate(_json(parts[0]))
            key = self._by_id[header.kid]
            # The library alone would accept several spellings of one signature.
            decode(parts[2])
            jws.deserialize_compact(token, key, algorithms=[ALGORITHM])
            return _Claims.model_validate(_json(parts[1]))
        except (ValidationError, JoseError, ValueError, KeyError):
            raise TokenError from None


def _import(text: str) -> list[ECKey]:
    try:
        keys = [ECKey.import_key(block) for block in pem_blocks(text)]
    except (JoseError, ValueError, TypeError):
        keys = []
    if not keys or not all(key.is_private and key.curve_name == CURVE for key in keys):
        raise ConfigurationError(
            SETTING, f"needs private EC keys on {CURVE} as PEM", hint="`lola keys new` makes one"
        )
    return keys


def _json(part: str) -> Any:
    """Parse one part of a token. Raises TokenError when it holds a name twice."""
    return json.loads(decode(part), object_pairs_hook=_once)


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise TokenError
        found[name] = value
    return found


def _moment(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        raise TokenError from None
