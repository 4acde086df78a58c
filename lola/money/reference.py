"""The M2M partner's reference of a sender (reference/m2m.md 1).

It must be the same before and after onboarding and must not reveal the telephone number, so it is
a keyed digest of the canonical number.
"""

import hmac
from hashlib import sha256


def sender_reference(phone: str, key: str) -> str:
    """Return `sender-` and 32 hex characters for an E.164 number. `key` must never change."""
    return f"sender-{hmac.new(key.encode(), phone.encode(), sha256).hexdigest()[:32]}"
