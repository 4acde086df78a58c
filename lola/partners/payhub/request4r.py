"""Request4R: RaaS bodies encrypted both ways as compact JWE (reference/raas.md 10).

RSA-OAEP-256 with A256GCM, and nothing else. A transport of the partner's client, so that no route
knows of it. It encrypts to the receiver and signs nothing. Keys and plaintexts are in no error.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.util import urlsafe_b64decode

from lola.errors import ConfigurationError
from lola.partners.http import BODY_LIMIT, JSON_TYPE, Outgoing

ALGORITHM, ENCRYPTION = "RSA-OAEP-256", "A256GCM"
PREFIX = "/partners/request4r"
"""Follows the base address, which ends with `/v1`."""
REQUEST_TYPE, RESPONSE_TYPE = "text/plain", "application/jose"
SKIP_HEADER = "X-Skip-Encryption"
INVALID = "ERROR_INVALID_JWE_PAYLOAD"
SMALLEST_KEY = 2048
PARTS = 5
FORBIDDEN = frozenset({"zip", "crit", "jku", "jwk", "x5u", "x5c", "b64", "p2c"})
"""Headers that change how a text is read, or where a key is taken from."""
REMEMBERED = 10_000
ERROR_FIELDS = frozenset(
    {"reason", "code", "detail", "message", "name", "status", "fields", "error", "statusCode"}
)
PRIVATE, PUBLIC = "REQUEST4R_PRIVATE_KEYS", "REQUEST4R_PUBLIC_KEYS"


class _Registry(jwe.JWERegistry):
    """The two algorithms. joserfc's own limit of 64 KiB is too small for a list of branches."""

    max_ciphertext_length = BODY_LIMIT


_REGISTRY = _Registry(algorithms=[ALGORITHM, ENCRYPTION], strict_check_header=False)


class JweError(ValueError):
    """A text is no acceptable JWE; the message is a short reason without values."""


class JweKeys:
    """Our private keys and the other side's public keys, as PEM by `kid`.

    The first public key encrypts. A text that names one of our keys is opened by that key only;
    one that names none, or one that we do not know, by any of them.
    """

    def __init__(
        self, *, private: Mapping[str, str], public: Mapping[str, str], send_kid: bool = False
    ) -> None:
        self._private = {kid: _key(PRIVATE, kid, pem) for kid, pem in private.items()}
        opened = {kid: _key(PUBLIC, kid, pem) for kid, pem in public.items()}
        if not (self._private and opened):
            raise ConfigurationError(PRIVATE if opened else PUBLIC, "has no key")
        self._kid, self._public = next(iter(opened.items()))
        self._send_kid = send_kid
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def encrypt(self, plaintext: bytes) -> str:
        """Return a compact JWE for the other side."""
        header = {"alg": ALGORITHM, "enc": ENCRYPTION}
        if self._send_kid:
            header["kid"] = self._kid
        return jwe.encrypt_compact(header, plaintext, self._public, registry=_REGISTRY)

    def decrypt(self, text: bytes) -> bytes:
        """Return the plaintext of a JWE for us, once per text. Raises JweError."""
        compact = text.strip()
        header = _header(compact)
        named = self._private.get(str(header.get("kid")))
        for key in [named] if named is not None else self._private.values():
            try:
                plaintext = jwe.decrypt_compact(compact, key, registry=_REGISTRY).plaintext
            except (JoseError, ValueError, TypeError):
                continue
            if plaintext is None:
                break
            self._take(compact)
            return plaintext
        raise JweError("it cannot be decrypted")

    def _take(self, compact: bytes) -> None:
        """Refuse a text that was opened before: each encryption makes another one."""
        # Decoded, because the last letter of a Base64 text can be written in several ways.
        sealed = b"".join(urlsafe_b64decode(part) for part in compact.split(b".")[2:])
        digest = sha256(sealed).digest()
        if digest in self._seen:
            raise JweError("it was used before")
        self._seen[digest] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)


class Request4RTransport:
    """Sends each call below the Request4R prefix, encrypted, and opens what comes back.

    An answer in the clear is accepted only when it has nothing but the fields of an error.
    """

    def __init__(self, keys: JweKeys) -> None:
        self._keys = keys

    def send(self, path: str, body: bytes | None) -> Outgoing:
        """Return the request with its body as one JWE; a call without a body has none."""
        if body is None:
            return Outgoing(path=PREFIX + path, headers={}, body=None)
        sealed = self._keys.encrypt(body).encode()
        return Outgoing(path=PREFIX + path, headers={"Content-Type": REQUEST_TYPE}, body=sealed)

    def receive(self, content_type: str, body: bytes) -> bytes:
        """Return the JSON of a response. Raises ValueError."""
        if content_type.lower() == RESPONSE_TYPE:
            return self._keys.decrypt(body)
        if not _is_error(body):
            raise JweError("the answer is not encrypted")
        return body


class SkippedTransport:
    """Asks the partner's sandbox for plain bodies below the prefix; never in production."""

    def __init__(self, *, is_production: bool) -> None:
        if is_production:
            raise ConfigurationError(
                "REQUEST4R", "skip sends bodies in the clear; production refuses it"
            )

    def send(self, path: str, body: bytes | None) -> Outgoing:
        """Return the request as plain JSON, with the header that switches encryption off."""
        headers = {SKIP_HEADER: "true"}
        if body is not None:
            headers["Content-Type"] = JSON_TYPE
        return Outgoing(path=PREFIX + path, headers=headers, body=body)

    def receive(self, content_type: str, body: bytes) -> bytes:  # noqa: ARG002 - any type is JSON
        """Return the body unchanged."""
        return body


def _key(setting: str, kid: str, pem: str) -> RSAKey:
    """Read a PEM; line breaks may be written as two characters. Raises ConfigurationError."""
    raw = pem.replace("\\n", "\n").strip().encode()
    is_private = setting == PRIVATE
    try:
        key = load_pem_private_key(raw, None) if is_private else load_pem_public_key(raw)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey | RSAPublicKey):
        wanted = "private" if is_private else "public"
        raise ConfigurationError(setting, f"{kid} is no {wanted} RSA key in PEM")
    if key.key_size < SMALLEST_KEY:
        raise ConfigurationError(setting, f"{kid} has fewer than {SMALLEST_KEY} bits")
    return RSAKey.import_key(key)


def _header(compact: bytes) -> dict[str, Any]:
    """Return the protected header after checking form and algorithms. Raises JweError."""
    parts = compact.split(b".")
    if len(parts) != PARTS or not all(parts) or not compact.isascii():
        raise JweError("it is no compact JWE")
    try:
        header = json.loads(urlsafe_b64decode(parts[0]))
    except (ValueError, RecursionError):
        raise JweError("its header cannot be read") from None
    if not isinstance(header, dict):
        raise JweError("its header cannot be read")
    if (header.get("alg"), header.get("enc")) != (ALGORITHM, ENCRYPTION):
        raise JweError("its algorithms are not accepted")
    if FORBIDDEN & set(header):
        raise JweError("its header is not accepted")
    return header


def _is_error(body: bytes) -> bool:
    """Return whether a body is an error of the gateway, which could not read what it got."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return (
        isinstance(found, dict)
        and bool({"reason", "message"} & set(found))
        and set(found) <= ERROR_FIELDS
        and found.get("code") != "OK"
    )
