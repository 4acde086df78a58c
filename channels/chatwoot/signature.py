"""Checks a Chatwoot webhook's signature (reference/channels.md 4.5).

The signed string is the timestamp, a dot and the raw body; the timestamp bounds replays. Servers
that cannot sign are accepted only by an unguessable last part of the path, and only where no secret
is configured: it is a setting of its own and never a fallback.
"""

import hashlib
import hmac
from datetime import datetime

from channels.incoming import header
from lola.channel.contract import RawRequest
from lola.errors import SignatureError

SIGNATURE_HEADER = "X-Chatwoot-Signature"
TIMESTAMP_HEADER = "X-Chatwoot-Timestamp"
MAX_SECONDS = 300.0


def check(
    request: RawRequest,
    *,
    route: str,
    secrets: tuple[str, ...],
    tokens: tuple[str, ...],
    now: datetime,
) -> None:
    """Raise SignatureError unless one of `secrets` signed this, or a token ends the path."""
    path = request.path.partition("?")[0]
    if secrets:
        _check_signature(request, secrets, now)
    elif not any(_same(path, f"{route}/{token}") for token in tokens):
        raise SignatureError("the Chatwoot webhook token is missing or wrong")


def signed(body: bytes, secret: str, timestamp: str) -> str:
    """Return the signature header of a body."""
    text = timestamp.encode("utf-8", "replace") + b"." + body
    return f"sha256={hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()}"


def _check_signature(request: RawRequest, secrets: tuple[str, ...], now: datetime) -> None:
    timestamp = header(request.headers, TIMESTAMP_HEADER)
    given = header(request.headers, SIGNATURE_HEADER)
    if not any(_same(given, signed(request.body, secret, timestamp)) for secret in secrets):
        raise SignatureError("the Chatwoot signature is missing or wrong")
    if not _is_fresh(timestamp, now):
        raise SignatureError("the Chatwoot timestamp is more than five minutes off")


def _is_fresh(timestamp: str, now: datetime) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(now.timestamp() - int(timestamp)) <= MAX_SECONDS


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(*(text.encode("utf-8", "replace") for text in (given, expected)))
