"""Checks that a WhatsApp webhook comes from Meta (reference/channels.md 1.1, 1.2).

Everything is compared as bytes, in constant time, over the body exactly as it arrived. The legacy
SHA-1 header is ignored.
"""

import re
from collections.abc import Sequence
from hashlib import sha256
from hmac import compare_digest
from hmac import new as hmac

from channels.incoming import header
from lola.channel.contract import RawRequest, WebhookReply
from lola.errors import SignatureError

HEADER = "X-Hub-Signature-256"
_CHALLENGE = re.compile(r"[A-Za-z0-9_.\-]{1,256}")


def check(request: RawRequest, secrets: Sequence[str]) -> int:
    """Return the position of the secret that signed the body. Raises SignatureError."""
    given = header(request.headers, HEADER).encode("utf-8", "replace")
    signed_by = None
    for position, secret in enumerate(secrets):
        digest = hmac(secret.encode(), request.body, sha256).hexdigest()
        if compare_digest(given, f"sha256={digest}".encode()):
            signed_by = position
    if signed_by is None:
        raise SignatureError("the WhatsApp signature is missing or wrong")
    return signed_by


def answer_challenge(request: RawRequest, *tokens: str) -> WebhookReply:
    """Echo Meta's challenge as plain text when it knows one of our verify tokens."""
    given = request.query.get("hub.verify_token", "").encode("utf-8", "replace")
    known = any(compare_digest(given, token.encode()) for token in tokens if token)
    challenge = request.query.get("hub.challenge", "")
    if not known or request.query.get("hub.mode") != "subscribe":
        raise SignatureError("the WhatsApp handshake does not carry our verify token")
    if not _CHALLENGE.fullmatch(challenge):
        raise SignatureError("the WhatsApp handshake carries no usable challenge")
    return WebhookReply(body=challenge)
