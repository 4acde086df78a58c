"""What production must have and may not have: real systems, strong secrets, no shortcuts."""

from typing import TYPE_CHECKING

from pydantic import SecretStr

from lola.errors import ConfigurationError
from lola.settings.fields import secrets_in
from lola.settings.strength import refuse_weak_secrets

if TYPE_CHECKING:
    from lola.settings.tree import Settings


def check_production(settings: "Settings") -> None:
    """Refuse what production may not have. Raises ConfigurationError that names the setting."""
    if settings.allow_unsafe:
        raise ConfigurationError(
            "ALLOW_UNSAFE", f"allows {', '.join(settings.allow_unsafe)}; production allows nothing"
        )
    required = (
        "webhook_url",
        "redis_url",
        "token_whatsapp",
        "phone_number_id",
        "verify_token_whatsapp",
        "whatsapp_app_secret",
        "m2m_base_url",
        "m2m_api_key",
        "m2m_webhook_secret",
        "raas_base_url",
        "raas_api_key",
        "sender_reference_key",
        "callback_secret",
        "jwt_private_key",
    )
    for name in required:
        value = getattr(settings, name)
        if not (secrets_in(value) if isinstance(value, SecretStr) else value):
            raise ConfigurationError(
                name.upper(), "is required when LOLA_ENV is production", hint="docs/settings.md"
            )
    if settings.m2m_api_key.get_secret_value().startswith("m2m_test_"):
        raise ConfigurationError("M2M_API_KEY", "is a sandbox key (m2m_test_…)")
    refuse_weak_secrets(settings)
    if not settings.webhook_url.startswith("https://"):
        raise ConfigurationError("WEBHOOK_URL", "must be https in production")
    if "offline" in settings.model_names:
        raise ConfigurationError(
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
        raise ConfigurationError(
            "GEMINI_SERVICE",
            "must be developer or vertex, because access to both is set",
            hint="it decides who processes what senders write",
        )
    if settings.phone_faker and any("phone_faker" in name for name in settings.middleware):
        raise ConfigurationError(
            "PHONE_FAKER", "lets testers act as other senders; set it to false in production"
        )
