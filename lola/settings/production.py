"""What production must have and may not have: real systems, strong secrets, no shortcuts."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from pydantic import SecretStr

from lola.errors import ConfigurationError
from lola.settings.fields import secrets_in
from lola.settings.strength import weak_secrets

if TYPE_CHECKING:
    from lola.settings.tree import Settings

REQUIRED = (
    "webhook_url",
    "redis_url",
    "m2m_base_url",
    "m2m_api_key",
    "m2m_webhook_secret",
    "raas_base_url",
    "raas_api_key",
    "sender_reference_key",
    "callback_secret",
    "jwt_private_key",
)
OF_CHANNEL: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "WhatsApp": (
            "token_whatsapp", "phone_number_id", "verify_token_whatsapp", "whatsapp_app_secret",
        ),
        "Twilio": ("twilio_account_sid", "twilio_auth_token"),
        "Telegram": ("telegram_token", "telegram_secret_token"),
        "Chatwoot": ("chatwoot_url", "chatwoot_access_key", "chatwoot_account_id"),
    }
)  # fmt: skip
"""What each shipped channel needs; one that has nothing of it set is switched off."""


def production_problems(settings: "Settings") -> Iterator[ConfigurationError]:
    """Yield everything that stops production, each with the setting to correct."""
    if settings.allow_unsafe:
        yield ConfigurationError(
            "ALLOW_UNSAFE", f"allows {', '.join(settings.allow_unsafe)}; production allows nothing"
        )
    yield from (_missing(name) for name in REQUIRED if not _has(settings, name))
    yield from _channel_problems(settings)
    if settings.m2m_api_key.get_secret_value().startswith("m2m_test_"):
        yield ConfigurationError("M2M_API_KEY", "is a sandbox key (m2m_test_…)")
    yield from weak_secrets(settings)
    if settings.webhook_url and not settings.webhook_url.startswith("https://"):
        yield ConfigurationError("WEBHOOK_URL", "must be https in production")
    yield from _model_problems(settings)
    if settings.phone_faker and any("phone_faker" in name for name in settings.middleware):
        yield ConfigurationError(
            "PHONE_FAKER", "lets testers act as other senders; set it to false in production"
        )


def _channel_problems(settings: "Settings") -> Iterator[ConfigurationError]:
    """Yield what half-configured channels lack, or that no channel is configured at all."""
    begun = [
        (channel, [name for name in names if not _has(settings, name)])
        for channel, names in OF_CHANNEL.items()
        if any(_has(settings, name) for name in names)
    ]
    for channel, missing in begun:
        yield from (
            ConfigurationError(
                name.upper(),
                f"is required in production for {channel}, of which other settings are set",
                hint="docs/settings.md",
            )
            for name in missing
        )
    shipped = type(settings).model_fields["channels"].default
    if not begun and set(settings.channels) <= set(shipped):
        yield ConfigurationError(
            "TOKEN_WHATSAPP",
            "production needs one channel: WhatsApp, Twilio, Telegram or Chatwoot",
            hint="`lola config example` lists what each of them needs",
        )


def _model_problems(settings: "Settings") -> Iterator[ConfigurationError]:
    if "offline" in settings.model_names:
        yield ConfigurationError(
            "LOLA_MODEL",
            "the offline model is for development only",
            hint="set GEMINI_API_KEY, or LOLA_MODEL=gemini:NAME or openai:NAME",
        )
    if (
        settings.gemini_service == "auto"
        and settings.gemini_api_key.get_secret_value()
        and settings.google_cloud_project
        and settings.google_cloud_location
    ):
        yield ConfigurationError(
            "GEMINI_SERVICE",
            "must be developer or vertex, because access to both is set",
            hint="it decides who processes what senders write",
        )


def _has(settings: "Settings", name: str) -> bool:
    value = getattr(settings, name)
    return bool(secrets_in(value) if isinstance(value, SecretStr) else value)


def _missing(name: str) -> ConfigurationError:
    return ConfigurationError(
        name.upper(), "is required when LOLA_ENV is production", hint="docs/settings.md"
    )
