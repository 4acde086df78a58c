"""Sealed tokens that only this deployment can make or read.

AES-256-GCM encrypts and authenticates them; an HMAC around it, with its own key, rejects a forgery
before anything is decrypted (reference/lola.md 12). Keys are derived per purpose with HKDF, so a
token of one purpose is invalid for another. Every failure raises the same error: the reason would
help a forger.
"""

import base64
import binascii
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lola.errors import ConfigurationError, TokenError

VERSION = 1
KEY_ID_BYTES = 4
NONCE_BYTES = 12
SEAL_BYTES = 16
HEADER_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES
SHORTEST_SECRET = 32
LONGEST_TOKEN = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """One secret's derived keys for one purpose. `id` reveals nothing of the secret."""

    id: bytes
    cipher: AESGCM = field(repr=False)
    seal: bytes = field(repr=False)
    bound: bytes


class Sealer:
    """Seals with the first secret and opens what any of them sealed.

    `purpose` and `tenant` are bound into every token. Random nonces are safe for 2^32 tokens per
    secret, far more than are made between two rotations. Raises ConfigurationError naming
    `setting` when there is no secret, or one below 32 characters. A token above
    `longest` is not read.
    """

    def __init__(
        self,
        secrets_: Sequence[str],
        *,
        purpose: str,
        tenant: str,
        setting: str,
        longest: int = LONGEST_TOKEN,
    ) -> None:
        if not secrets_ or any(len(secret) < SHORTEST_SECRET for secret in secrets_):
            raise ConfigurationError(
                setting,
                f"needs secrets of at least {SHORTEST_SECRET} characters, comma-separated",
                hint="`lola keys new` makes one",
            )
        keys = [_derive(secret, purpose, tenant) for secret in secrets_]
        self._longest = longest
        self._first = keys[0]
        self._by_id = {key.id: key for key in keys}

    def seal(self, plain: bytes) -> str:
        """Return a token that opens to `plain`; no two are equal."""
        key, nonce = self._first, secrets.token_bytes(NONCE_BYTES)
        body = bytes([VERSION]) + key.id + nonce + key.cipher.encrypt(nonce, plain, key.bound)
        return encode(body + _seal(key, body))

    def open(self, token: str) -> bytes:
        """Return what was sealed. Raises TokenError for anything that we did not seal."""
        raw = decode(token) if len(token) <= self._longest else b""
        body, seal = raw[:-SEAL_BYTES], raw[-SEAL_BYTES:]
        key = self._by_id.get(body[1 : 1 + KEY_ID_BYTES])
        if key is None or body[0] != VERSION or not hmac.compare_digest(seal, _seal(key, body)):
            raise TokenError
        nonce, box = body[1 + KEY_ID_BYTES : HEADER_BYTES], body[HEADER_BYTES:]
        try:
            return key.cipher.decrypt(nonce, box, key.bound)
        except (InvalidTag, ValueError):
            raise TokenError from None


def encode(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Undo `encode`. Raises TokenError for any spelling but the one that `encode` makes."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise TokenError from None
    if encode(raw) != text:
        raise TokenError
    return raw


def _derive(secret: str, purpose: str, tenant: str) -> _Key:
    def derived(what: str, length: int) -> bytes:
        info = f"lola/{VERSION}/{purpose}/{what}".encode()
        return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(secret.encode())

    key_id = derived("key id", KEY_ID_BYTES)
    return _Key(
        id=key_id,
        cipher=AESGCM(derived("encryption", 32)),
        seal=derived("seal", 32),
        bound="\x1f".join((str(VERSION), purpose, tenant, key_id.hex())).encode(),
    )


def _seal(key: _Key, body: bytes) -> bytes:
    return hmac.new(key.seal, body, sha256).digest()[:SEAL_BYTES]
