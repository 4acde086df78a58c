"""`lola keys …`: the keys of callback addresses and page sessions.

Keys that come from the settings are printed, for the secret manager. Keys that a development
machine generated are changed in its file.
"""

from collections.abc import Callable, Mapping

import typer

from lola.app.local_secrets import change_local_secrets, with_local_secrets
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


def print_new_keys() -> None:
    """Print a first value for each setting."""
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


def _print(name: str, value: str) -> None:
    one_line = value.strip().replace("\n", "\\n")
    typer.echo(f'{name.upper()}="{one_line}"')
