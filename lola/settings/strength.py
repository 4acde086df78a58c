"""Refuses secrets that can be guessed: short ones, placeholders and repetitions.

Production does not start with one. A reason never shows anything of the value.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from pydantic import SecretStr

from lola.errors import ConfigurationError
from lola.settings.fields import secrets_in

if TYPE_CHECKING:
    from lola.settings.tree import Settings

OURS, SHARED = 32, 16
SHORTEST: Mapping[str, int] = MappingProxyType(
    {
        "sender_reference_key": OURS,
        "callback_secret": OURS,
        "vault_secret": OURS,
        "chatwoot_webhook_token": OURS,
        "verify_token_whatsapp": SHARED,
        "whatsapp_app_secret": SHARED,
        "twilio_auth_token": SHARED,
        "twilio_shared_key": SHARED,
        "telegram_secret_token": SHARED,
        "chatwoot_webhook_secret": SHARED,
        "m2m_webhook_secret": SHARED,
        "m2m_api_key": SHARED,
        "raas_api_key": SHARED,
        "vna_secret": SHARED,
        "raas_webhook_secret": SHARED,
        "request_money_webhook_secret": SHARED,
    }
)
"""Characters that each secret of a setting needs: those that we choose, and those of partners."""
FEWEST_DIFFERENT = 8
_PREFIX = re.compile(r"^(whsec|m2m_live|m2m_test)_")
_PLACEHOLDER = re.compile(
    r"change.?me|placeholder|example|password|secret|default|dummy|insert|replace|1234567|qwerty"
    # Random text holds such short words by chance, but not between borders.
    r"|letmein|(?<![a-z0-9])(test|your|todo)(?![a-z0-9])",
    re.IGNORECASE,
)


def weak_secrets(settings: "Settings") -> Iterator[ConfigurationError]:
    """Yield a problem for each setting with a secret that can be guessed."""
    for name in SHORTEST:
        value = getattr(settings, name)
        secrets = secrets_in(value) if isinstance(value, SecretStr) else ()
        reasons = (weakness(secret, SHORTEST[name]) for secret in secrets)
        if reason := next(filter(None, reasons), ""):
            yield ConfigurationError(
                name.upper(), f"{reason}; production refuses it", hint="`lola keys new`"
            )


def weakness(secret: str, shortest: int) -> str:
    """Return why a secret can be guessed, or an empty text."""
    core = _PREFIX.sub("", secret)
    if len(core) < shortest:
        return f"has fewer than {shortest} characters"
    if len(set(core)) < FEWEST_DIFFERENT or core in (core + core)[1:-1]:
        return "repeats a few characters"
    if _PLACEHOLDER.search(core):
        return "is a placeholder or a common word"
    return ""
