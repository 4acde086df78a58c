"""The M2M partner's reference of a sender (reference/m2m.md 1).

It must be the same before and after onboarding and must not reveal the telephone number, so it is
a keyed digest of the canonical number.
"""

import hmac
from hashlib import sha256

PREFIX = "sender-"


def sender_reference(phone: str, key: str) -> str:
    """Return `sender-` and 32 hex characters for an E.164 number. `key` must never change."""
    return f"{PREFIX}{hmac.new(key.encode(), phone.encode(), sha256).hexdigest()[:32]}"


def is_sender_reference(reference: str | None) -> bool:
    """Return whether a reference has our form; a partner account may serve other systems too."""
    return reference is not None and reference.startswith(PREFIX)
