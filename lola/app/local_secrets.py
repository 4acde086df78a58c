"""Generates the secrets of a development machine, and keeps them for the next start.

In production the settings refuse to start while one of them is missing.
"""

import fcntl
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import SecretStr

from lola.errors import ConfigurationError
from lola.money.keys import new_secret, new_signing_key
from lola.settings import Settings

GENERATED: Mapping[str, Callable[[], str]] = {
    "sender_reference_key": new_secret,
    "callback_secret": new_secret,
    "jwt_private_key": new_signing_key,
}


def with_local_secrets(settings: Settings) -> Settings:
    """Return the settings with missing secrets filled from `LOLA_DATA/secrets.json`."""
    missing = [name for name in GENERATED if not getattr(settings, name).get_secret_value()]
    if not missing:
        return settings
    kept = change_local_secrets(
        settings.lola_data,
        lambda secrets: {name: secrets.get(name) or GENERATED[name]() for name in missing},
    )
    return settings.model_copy(update={name: SecretStr(kept[name]) for name in missing})


def change_local_secrets(
    folder: Path, change: Callable[[Mapping[str, str]], Mapping[str, str]]
) -> Mapping[str, str]:
    """Add to the stored secrets what `change` returns for them; return all of them.

    Under a lock: a gateway and a worker that start together must use the same secrets. Raises
    ConfigurationError when the file cannot be used.
    """
    path = folder / "secrets.json"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            text = file.read()
            kept: dict[str, str] = json.loads(text) if text else {}
            kept |= change(kept)
            file.seek(0)
            file.truncate()
            json.dump(kept, file)
    except (OSError, ValueError) as error:
        raise ConfigurationError("LOLA_DATA", f"{path} cannot be used: {error}") from None
    return kept
