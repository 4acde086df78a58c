"""`lola config` and `lola --version`."""

import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

import lola
from lola.cli.main import app
from lola.errors import ConfigurationError
from lola.settings import Settings, load_settings
from lola.settings.production import OF_CHANNEL, REQUIRED
from tests.unit.test_settings import PRODUCTION

_KEY = re.compile(r"^(?:# )?([a-z][a-z0-9_]+) = ", re.MULTILINE)


def _example() -> str:
    return CliRunner().invoke(app, ["config", "example"]).output


def test_the_version_is_printed() -> None:
    """An operator's first question has an answer."""
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output.split()) == (0, ["lola", lola.__version__])


def test_the_example_has_everything_that_production_requires() -> None:
    """And no key in it, also behind a comment sign, is unknown."""
    keys = set(_KEY.findall(_example()))
    assert keys <= set(Settings.model_fields)
    assert keys >= {*REQUIRED, *(name for names in OF_CHANNEL.values() for name in names)}


def test_the_example_filled_in_starts_production(monkeypatch, tmp_path: Path) -> None:
    """Each empty text is replaced by a value of its kind; nothing else must be added."""
    filled = tomllib.loads(_example())
    given = {
        name: getattr(value, "get_secret_value", lambda value=value: value)()
        for name, value in PRODUCTION.items()
    }
    lines = []
    for name, value in filled.items():
        used = given.get(name, "Banco del Sol") if value == "" else value
        lines.append(f"{name} = {str(used).lower() if isinstance(used, bool) else repr(used)}")
    (tmp_path / "lola.toml").write_text("\n".join(lines) + "\n")
    monkeypatch.chdir(tmp_path)
    assert load_settings().is_production
    result = CliRunner().invoke(app, ["config", "check"])
    assert (result.exit_code, result.output.strip()) == (0, "the settings are right for production")


def test_the_unfilled_example_names_what_is_empty(monkeypatch, tmp_path: Path) -> None:
    """`lola config check` names every empty setting at once."""
    (tmp_path / "lola.toml").write_text(_example())
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["config", "check"])
    assert isinstance(result.exception, ConfigurationError)
    named = {problem.setting for problem in result.exception.problems}
    assert {name.upper() for name in REQUIRED} <= named


def test_a_development_machine_can_be_checked_as_production() -> None:
    """`--production` tells what is still to do before going live."""
    assert CliRunner().invoke(app, ["config", "check"]).exit_code == 0
    result = CliRunner().invoke(app, ["config", "check", "--production"])
    with pytest.raises(ConfigurationError, match="WEBHOOK_URL"):
        raise result.exception
