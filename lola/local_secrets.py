"""Secrets that a development machine makes up for itself, kept so that restarts agree.

Production never gets here: it refuses to start while one of them is missing.
"""

import json
import os
import secrets

from pydantic import SecretStr

from lola.errors import ConfigurationError
from lola.settings import Settings

MADE_UP = ("sender_reference_key",)


def with_local_secrets(settings: Settings) -> Settings:
    """Answer the settings with every made-up secret filled from `LOLA_DATA/secrets.json`."""
    missing = [name for name in MADE_UP if not getattr(settings, name).get_secret_value()]
    if not missing:
        return settings
    path = settings.lola_data / "secrets.json"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        for name in missing:
            kept.setdefault(name, secrets.token_urlsafe(32))
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(kept, file)
    except (OSError, ValueError) as error:
        raise ConfigurationError("LOLA_DATA", f"{path} cannot be used: {error}") from None
    return settings.model_copy(update={name: SecretStr(kept[name]) for name in missing})
