"""Secrets that development makes up: kept, private, and never over the operator's own."""

import stat

import pytest
from pydantic import SecretStr

from lola.app.local_secrets import GENERATED, with_local_secrets
from lola.errors import ConfigurationError
from lola.settings import load_settings


def test_a_made_up_secret_survives_a_restart(tmp_path) -> None:
    """The same name for a sender after a restart (reference/m2m.md 1)."""
    first = with_local_secrets(load_settings(lola_data=tmp_path / "data"))
    again = with_local_secrets(load_settings(lola_data=tmp_path / "data"))
    assert first.sender_reference_key.get_secret_value()
    assert first.sender_reference_key == again.sender_reference_key


def test_the_file_is_private(tmp_path) -> None:
    """No other user of the machine can read it."""
    with_local_secrets(load_settings(lola_data=tmp_path / "data"))
    mode = (tmp_path / "data" / "secrets.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_the_operators_own_secret_stays(tmp_path) -> None:
    """Nothing is made up for a setting that is there, and no file is written."""
    own = {name: SecretStr("mine") for name in GENERATED}
    settings = load_settings(lola_data=tmp_path / "data", **own)
    assert with_local_secrets(settings) == settings
    assert not (tmp_path / "data").exists()


def test_a_secret_beside_others_is_added(tmp_path) -> None:
    """A file of an older version keeps what it holds."""
    (tmp_path / "secrets.json").write_text('{"sender_reference_key": "old"}')
    settings = with_local_secrets(load_settings(lola_data=tmp_path))
    assert settings.sender_reference_key.get_secret_value() == "old"
    assert settings.jwt_private_key.get_secret_value().startswith("-----BEGIN PRIVATE KEY-----")


def test_a_broken_file_names_the_setting(tmp_path) -> None:
    """The operator reads where to look."""
    (tmp_path / "secrets.json").write_text("{not json")
    with pytest.raises(ConfigurationError, match="LOLA_DATA"):
        with_local_secrets(load_settings(lola_data=tmp_path))
