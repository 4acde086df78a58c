"""Keys of PayHub's stand-in: the home key, and keys with fewer scopes or of another tenant.

A key is a signed token with an array of scopes, as reference/raas.md 2.3 and 15 describe it. The
home key is the operator's own text; it has every scope, and signs the others.
"""

import binascii
import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lola.sandbox.payhub.sample_data import SOURCE_COUNTRY

HOME_TENANT = "sol"
_HEADER = {"alg": "HS256", "typ": "JWT"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What a key stands for: its scopes, its tenant and the tenant's country."""

    scopes: frozenset[str]
    tenant: str = HOME_TENANT
    country: str = SOURCE_COUNTRY


HOME_KEY = Key(scopes=frozenset({"partner_full"}))


def make_key(
    home: str, scopes: Iterable[str], *, tenant: str = HOME_TENANT, country: str = SOURCE_COUNTRY
) -> str:
    """Return a key that the stand-in accepts, signed with the home key."""
    claims = {"scopes": sorted(scopes), "tenant": tenant, "country": country}
    signed = f"{_encode(_HEADER)}.{_encode(claims)}"
    return f"{signed}.{_signature(home, signed)}"


def read_key(home: str, given: str) -> Key | None:
    """Return what a presented key stands for, or None for one that is not ours."""
    if hmac.compare_digest(given.encode("utf-8", "surrogateescape"), home.encode()):
        return HOME_KEY
    signed, _, signature = given.rpartition(".")
    wanted = _signature(home, signed).encode()
    if not hmac.compare_digest(signature.encode("utf-8", "surrogateescape"), wanted):
        return None
    try:
        claims = json.loads(urlsafe_b64decode(signed.partition(".")[2] + "=="))
    except (binascii.Error, ValueError):
        return None
    return Key(
        scopes=frozenset(claims["scopes"]), tenant=claims["tenant"], country=claims["country"]
    )


def _encode(value: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _signature(home: str, signed: str) -> str:
    digest = hmac.new(home.encode(), signed.encode("utf-8", "surrogateescape"), hashlib.sha256)
    return urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
