"""`lola config …`: is what an operator set complete, and what can be set."""

from pathlib import Path
from typing import Any

import typer

from lola.settings import load_settings, refuse_shortcuts

_EXAMPLE = Path(__file__).parent / "templates" / "lola.toml"


def check_config(*, is_production: bool) -> None:
    """Say that the settings are right, or raise ConfigurationError that names every wrong one.

    Nothing is connected to; `lola doctor` does that.
    """
    overrides: dict[str, Any] = {"lola_env": "production"} if is_production else {}
    settings = load_settings(**overrides)
    allowed = refuse_shortcuts(settings)
    typer.echo(f"the settings are right for {settings.lola_env}")
    if allowed:
        typer.echo(f"allowed by ALLOW_UNSAFE: {', '.join(allowed)}")


def print_example() -> None:
    """Print a lola.toml for production with everything that a bank must set."""
    typer.echo(_EXAMPLE.read_text(encoding="utf-8"), nl=False)
