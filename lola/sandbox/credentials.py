"""The credentials of the stand-ins: random at every start, unless the operator set them.

They exist in memory and in the settings that point the service at the sandbox. No page and no
control route ever shows them.
"""

import secrets
import string
from dataclasses import dataclass, field
from typing import Self

from pydantic import SecretStr

from lola.settings import Settings

ALPHANUMERICS = string.ascii_lowercase + string.digits


def random_name(length: int) -> str:
    """Return random lower-case letters and digits."""
    return "".join(secrets.choice(ALPHANUMERICS) for _ in range(length))


def _digits(length: int) -> str:
    return "1" + "".join(secrets.choice(string.digits) for _ in range(length - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxCredentials:
    """The credentials that the service and the stand-ins present to each other."""

    m2m_api_key: str = field(default_factory=lambda: f"m2m_test_{random_name(32)}", repr=False)
    m2m_webhook_secret: str = field(default_factory=lambda: f"whsec_{random_name(32)}", repr=False)
    sender_reference_key: str = field(default_factory=lambda: random_name(40), repr=False)
    raas_api_key: str = field(default_factory=lambda: random_name(40), repr=False)
    whatsapp_token: str = field(default_factory=lambda: f"EAA{random_name(60)}", repr=False)
    whatsapp_verify_token: str = field(default_factory=lambda: random_name(24), repr=False)
    whatsapp_app_secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    phone_number_id: str = field(default_factory=lambda: _digits(15))
    twilio_account_sid: str = field(default_factory=lambda: f"AC{secrets.token_hex(16)}")
    twilio_auth_token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    twilio_from: str = "+15550199001"
    telegram_token: str = field(
        default_factory=lambda: f"{_digits(10)}:{random_name(35)}", repr=False
    )
    chatwoot_access_key: str = field(default_factory=lambda: random_name(24), repr=False)
    chatwoot_account_id: str = "1"
    chatwoot_webhook_secret: str = field(default_factory=lambda: random_name(40), repr=False)
    telegram_secret_token: str = field(default_factory=lambda: random_name(40), repr=False)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Return the operator's credentials, with random ones for the rest."""
        return cls(**cls.given(settings))

    @staticmethod
    def given(settings: Settings) -> dict[str, str]:
        """Return the credentials that the operator set."""
        given: dict[str, SecretStr | str] = {
            "m2m_api_key": settings.m2m_api_key,
            "m2m_webhook_secret": settings.m2m_webhook_secret,
            "sender_reference_key": settings.sender_reference_key,
            "raas_api_key": settings.raas_api_key,
            "whatsapp_token": settings.token_whatsapp,
            "whatsapp_verify_token": settings.verify_token_whatsapp,
            "whatsapp_app_secret": settings.whatsapp_app_secret,
            "phone_number_id": settings.phone_number_id,
            "twilio_account_sid": settings.twilio_account_sid,
            "twilio_auth_token": settings.twilio_auth_token,
            "twilio_from": settings.twilio_from,
            "chatwoot_access_key": settings.chatwoot_access_key,
            "chatwoot_account_id": settings.chatwoot_account_id,
            "chatwoot_webhook_secret": settings.chatwoot_webhook_secret,
            "telegram_token": settings.telegram_token,
            "telegram_secret_token": settings.telegram_secret_token,
        }
        return {name: text for name, value in given.items() if (text := plain(value))}


def plain(value: SecretStr | str) -> str:
    """Return a setting's text, secret or not."""
    return value.get_secret_value() if isinstance(value, SecretStr) else value
