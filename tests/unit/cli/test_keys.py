"""`lola keys`: first values, and a rotation in three steps."""

import re
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from lola.app.local_secrets import with_local_secrets
from lola.app.seals import vault_sealer
from lola.cli.main import app
from lola.errors import ConfigurationError, TokenError
from lola.money.page_sessions import SessionTokens
from lola.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _own_data(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("LOLA_DATA", str(tmp_path))


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["keys", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def values(output: str) -> dict[str, str]:
    return dict(re.findall(r'^([A-Z_]+)="(.*)"$', output, re.MULTILINE))


def current() -> Settings:
    return with_local_secrets(load_settings())


def key_ids(settings: Settings) -> list[str]:
    tokens = SessionTokens(
        settings.jwt_private_key.get_secret_value(),
        issuer="i", tenant="t", life=timedelta(minutes=1),
    )  # fmt: skip
    return [key["kid"] for key in tokens.public_keys()["keys"]]


def test_new_values_can_be_used_as_they_are_printed(monkeypatch) -> None:
    """Each is on one line, ready for an environment."""
    printed = values(run("new"))
    assert printed.keys() == {"SENDER_REFERENCE_KEY", "CALLBACK_SECRET", "JWT_PRIVATE_KEY"}
    for name, value in printed.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert len(settings.callback_secrets) == 1
    assert len(key_ids(settings)) == 1


def test_a_development_machine_rotates_its_own_file() -> None:
    """Old alone, old then new, new then old, new alone; nothing secret is printed."""
    secrets, keys = [current().callback_secrets], [key_ids(current())]
    for step in ("publish", "promote", "retire"):
        assert values(run("rotate", step)) == {}
        secrets.append(current().callback_secrets)
        keys.append(key_ids(current()))
    for path in (secrets, keys):
        ((old,), (_, new)) = path[:2]
        assert [list(found) for found in path] == [[old], [old, new], [new, old], [new]]


def test_a_deployment_is_told_its_next_values(monkeypatch) -> None:
    """Keys of the settings are printed and not written anywhere."""
    for name, value in values(run("new")).items():
        monkeypatch.setenv(name, value)
    printed = values(run("rotate", "publish"))
    assert set(printed) == {"CALLBACK_SECRET", "JWT_PRIVATE_KEY"}
    assert printed["CALLBACK_SECRET"].startswith(f"{load_settings().callback_secrets[0]},")


@pytest.mark.parametrize("step", ["promote", "retire"])
def test_steps_out_of_order_are_refused(step: str) -> None:
    """Nothing is promoted before it was published, and the only key is not retired."""
    current()
    with pytest.raises(ConfigurationError, match="publish, promote, retire"):
        run("rotate", step)


def test_the_vaults_key_is_rotated_by_itself(monkeypatch) -> None:
    """What the old key sealed is opened until it is retired; callbacks are not touched."""
    old = "v" * 43
    monkeypatch.setenv("VAULT_SECRET", old)
    sealed = vault_sealer(load_settings()).seal(b"CURP")
    for step in ("publish", "promote"):
        printed = values(run("rotate", step, "--vault"))
        assert list(printed) == ["VAULT_SECRET"]
        monkeypatch.setenv("VAULT_SECRET", printed["VAULT_SECRET"])
        assert vault_sealer(load_settings()).open(sealed) == b"CURP"
    new, kept = load_settings().vault_secrets
    assert kept == old
    monkeypatch.setenv("VAULT_SECRET", values(run("rotate", "retire", "--vault"))["VAULT_SECRET"])
    assert load_settings().vault_secrets == (new,)
    with pytest.raises(TokenError):
        vault_sealer(load_settings()).open(sealed)


def test_without_a_vault_there_is_nothing_to_rotate() -> None:
    """The operator reads which setting is missing."""
    with pytest.raises(ConfigurationError, match="VAULT_SECRET"):
        run("rotate", "publish", "--vault")
