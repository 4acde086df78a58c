"""`lola keys …`: the keys of callback addresses, of page sessions and of the vault.

Keys that come from the settings are printed, for the secret manager. Keys that a development
machine generated are changed in its file.
"""

from collections.abc import Callable, Mapping

import typer

from lola.app.local_secrets import change_local_secrets, with_local_secrets
from lola.errors import ConfigurationError
from lola.money.keys import (
    Step,
    new_secret,
    new_signing_key,
    rotated_secret,
    rotated_signing_key,
)
from lola.settings import load_settings

ROTATED: Mapping[str, Callable[[str, Step], str]] = {
    "callback_secret": rotated_secret,
    "jwt_private_key": rotated_signing_key,
}
NEXT: Mapping[Step, str] = {
    "publish": "restart every process, wait two hours, then: lola keys rotate promote",
    "promote": "restart every process, wait two hours, then: lola keys rotate retire",
    "retire": "restart every process; the old keys are no longer valid",
}


NEXT_FOR_VAULT: Mapping[Step, str] = {
    "publish": "restart every process, then: lola keys rotate promote --vault",
    "promote": "restart every process; when nothing is kept any more that the old key sealed "
    "(docs/privacy.md: as long as the history), then: lola keys rotate retire --vault",
    "retire": "restart every process; what the old key sealed can no longer be opened",
}


def print_new_keys() -> None:
    """Print a first value for each setting."""
    _print("sender_reference_key", new_secret())
    _print("callback_secret", new_secret())
    _print("jwt_private_key", new_signing_key())


def rotate_keys(step: Step) -> None:
    """Take one step with both settings. Raises ConfigurationError out of order."""
    given = load_settings()
    current = with_local_secrets(given)
    values = {
        name: rotate(getattr(current, name).get_secret_value(), step)
        for name, rotate in ROTATED.items()
    }
    local = {
        name: value for name, value in values.items() if not getattr(given, name).get_secret_value()
    }
    for name in values.keys() - local.keys():
        _print(name, values[name])
    if local:
        change_local_secrets(given.lola_data, lambda _: local)
    typer.echo(NEXT[step], err=True)


def rotate_vault_key(step: Step) -> None:
    """Take one step with the vault's key, which waits longer. Raises ConfigurationError."""
    given = load_settings().vault_secret.get_secret_value()
    if not given:
        raise ConfigurationError("VAULT_SECRET", "is not set, so there is no vault")
    _print("vault_secret", rotated_secret(given, step))
    typer.echo(NEXT_FOR_VAULT[step], err=True)


def _print(name: str, value: str) -> None:
    one_line = value.strip().replace("\n", "\\n")
    typer.echo(f'{name.upper()}="{one_line}"')
