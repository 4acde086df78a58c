"""Settings: where they come from, and which ones stop the start."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from lola.errors import ConfigurationError
from lola.money.keys import new_secret
from lola.settings import Settings, load_settings, secrets_in, with_limits
from lola.settings.limits import USUAL
from lola.settings.production import OF_CHANNEL, REQUIRED
from lola.settings.strength import SHORTEST

STRONG = "".join(chr(97 + n % 26) + chr(65 + n * 7 % 26) for n in range(20))

PRODUCTION = {
    "lola_env": "production",
    "webhook_url": "https://lola.bank.example",
    "redis_url": "redis://redis:6379/0",
    "token_whatsapp": SecretStr("token"),
    "phone_number_id": "700",
    "verify_token_whatsapp": SecretStr(STRONG),
    "whatsapp_app_secret": SecretStr(STRONG),
    "m2m_base_url": "https://api.m2m.example",
    "m2m_api_key": SecretStr(f"m2m_live_{STRONG}"),
    "m2m_webhook_secret": SecretStr(f"whsec_{STRONG}"),
    "raas_base_url": "https://raas.example",
    "raas_api_key": SecretStr(STRONG),
    "sender_reference_key": SecretStr(STRONG),
    "callback_secret": SecretStr(STRONG),
    "jwt_private_key": SecretStr("signing"),
    "gemini_api_key": SecretStr("gemini"),
    "phone_faker": False,
    "channels": ("channels.whatsapp.WhatsAppConnector",),
}

ROTATING = (
    "whatsapp_app_secret", "twilio_auth_token", "telegram_secret_token", "chatwoot_webhook_secret",
    "m2m_webhook_secret", "callback_secret", "verify_token_whatsapp", "twilio_shared_key",
    "chatwoot_webhook_token",
)  # fmt: skip


def test_documented_names_are_read_from_the_environment(monkeypatch) -> None:
    """HOST, PORT and ACTIVE_COMMANDS keep their documented names (reference/lola.md 19.1)."""
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("ACTIVE_COMMANDS", "false")
    monkeypatch.setenv("TOKEN_WHATSAPP", "planted-token")
    settings = load_settings()
    assert (settings.port, settings.active_commands) == (9000, False)
    assert settings.token_whatsapp.get_secret_value() == "planted-token"
    assert "planted-token" not in repr(settings)


def test_a_secret_may_stand_in_a_file(monkeypatch, tmp_path: Path) -> None:
    """NAME_FILE is read without its final line break."""
    file = tmp_path / "secret"
    file.write_text("from-a-file\n")
    monkeypatch.setenv("M2M_WEBHOOK_SECRET_FILE", str(file))
    assert load_settings().m2m_webhook_secret.get_secret_value() == "from-a-file"


def test_a_missing_secret_file_names_the_setting(monkeypatch) -> None:
    """The operator reads which variable points nowhere."""
    monkeypatch.setenv("RAAS_API_KEY_FILE", "/nowhere/at/all")
    with pytest.raises(ConfigurationError, match="RAAS_API_KEY_FILE"):
        load_settings()


def test_the_environment_beats_the_file(monkeypatch, tmp_path: Path) -> None:
    """lola.toml gives defaults; the environment wins."""
    (tmp_path / "lola.toml").write_text('port = 1234\nbrand_name = "Banco del Sol"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORT", "4321")
    settings = load_settings()
    assert (settings.port, settings.brand_name) == (4321, "Banco del Sol")


def test_a_value_of_the_wrong_kind_names_the_setting(monkeypatch) -> None:
    """A bad value is a coded error in the operator's terms."""
    monkeypatch.setenv("PORT", "eighty")
    with pytest.raises(ConfigurationError, match="PORT"):
        load_settings()


def test_production_starts_with_everything_set() -> None:
    """The complete production settings are accepted, so the refusals below are about one thing."""
    assert load_settings(**PRODUCTION).is_production


@pytest.mark.parametrize(
    ("change", "named"),
    [
        *(
            ({name: type(value)("")}, name.upper())
            for name, value in PRODUCTION.items()
            if name not in {"lola_env", "gemini_api_key", "phone_faker", "channels"}
        ),
        ({"gemini_api_key": SecretStr("")}, "LOLA_MODEL"),
        ({"m2m_webhook_secret": SecretStr(" , ")}, "M2M_WEBHOOK_SECRET"),
        ({"webhook_url": "http://lola.bank.example"}, "WEBHOOK_URL"),
        ({"phone_faker": True}, "PHONE_FAKER"),
        ({"m2m_api_key": SecretStr("m2m_test_x")}, "M2M_API_KEY"),
    ],
)
def test_production_refuses_to_start(change, named: str) -> None:
    """Each missing or unsafe setting stops production and is named."""
    with pytest.raises(ConfigurationError, match=named):
        load_settings(**{**PRODUCTION, **change})


@pytest.mark.parametrize("name", SHORTEST)
@pytest.mark.parametrize(
    "weak",
    [
        "x",
        STRONG[:15],
        "a" * 40,
        "abcdefghijkl" * 4,
        "0101010101010101010101010101010101010101",
        f"changeme-{STRONG}",
        f"your-{STRONG}",
        f"{STRONG},short",
        "This-is-an-example-of-a-key-0123456789",
    ],
)
def test_production_refuses_secrets_that_can_be_guessed(name: str, weak: str) -> None:
    """Short, repeated and placeholder values stop the start by name, and are never shown."""
    with pytest.raises(ConfigurationError, match=name.upper()) as caught:
        load_settings(**{**PRODUCTION, name: SecretStr(weak)})
    assert weak not in str(caught.value).removeprefix("x") or weak == "x"
    assert load_settings(**{name: SecretStr(weak)})


def test_limits_of_senders_hold_where_customers_write() -> None:
    """In production and beside a real channel; on a development machine only those that are set."""
    real = {"telegram_token": SecretStr("1:a")}
    assert with_limits(load_settings()).messages_per_minute == 0
    for settings in (load_settings(**PRODUCTION), load_settings(**real)):
        assert {name: getattr(with_limits(settings), name) for name in USUAL} == USUAL
    assert with_limits(load_settings(**PRODUCTION, links_per_day=0)).links_per_day == 0
    assert with_limits(load_settings(links_per_day=5)).links_per_day == 5


def test_made_secrets_are_strong() -> None:
    """What `lola keys new` prints is accepted, as are two of them."""
    for _ in range(200):
        both = SecretStr(f"{new_secret()}, {new_secret()}")
        assert load_settings(**{**PRODUCTION, "callback_secret": both})


def test_every_inbound_secret_takes_two_values_during_a_rotation() -> None:
    """Both are read by the one parser."""
    two = SecretStr(f"{STRONG} , {STRONG[::-1]}")
    for name in ROTATING:
        assert secrets_in(getattr(load_settings(**{name: two}), name)) == (STRONG, STRONG[::-1])


SECRETS = sorted(
    name for name, field in Settings.model_fields.items() if field.annotation is SecretStr
)


@pytest.mark.parametrize("name", SECRETS)
def test_every_secret_may_come_from_a_file(monkeypatch, tmp_path: Path, name: str) -> None:
    """`<NAME>_FILE` names it; line breaks at the end are no part of it."""
    path = tmp_path / "secret"
    path.write_text("from-a-file\r\n\n")
    monkeypatch.setenv(f"{name.upper()}_FILE", str(path))
    assert getattr(load_settings(), name).get_secret_value() == "from-a-file"


def test_a_turn_must_fit_into_its_lease() -> None:
    """A turn that outlives its lease would be repeated, so the settings must not allow it."""
    with pytest.raises(ConfigurationError, match="TURN_SECONDS"):
        load_settings(turn_seconds=40, lease_seconds=30)


@pytest.mark.parametrize("source", ["environment", "file", "toml"])
def test_several_numbers_have_their_own_tokens(monkeypatch, tmp_path: Path, source: str) -> None:
    """WHATSAPP_TOKENS is a table in lola.toml and JSON elsewhere; no token shows in the repr."""
    monkeypatch.chdir(tmp_path)
    table = '{"700": "planted-1", "701": "planted-2"}'
    if source == "environment":
        monkeypatch.setenv("WHATSAPP_TOKENS", table)
    elif source == "file":
        (tmp_path / "tokens").write_text(f"{table}\n")
        monkeypatch.setenv("WHATSAPP_TOKENS_FILE", str(tmp_path / "tokens"))
    else:
        lines = '[whatsapp_tokens]\n700 = "planted-1"\n701 = "planted-2"\n'
        (tmp_path / "lola.toml").write_text(lines)
    settings = load_settings()
    tokens = {name: token.get_secret_value() for name, token in settings.whatsapp_tokens.items()}
    assert tokens == {"700": "planted-1", "701": "planted-2"}
    assert "planted" not in repr(settings)


@pytest.mark.parametrize("value", ["planted", '["planted"]', '{"+1 555": "planted"}', '{"7": ""}'])
def test_tokens_of_the_wrong_shape_are_refused_unseen(monkeypatch, value: str) -> None:
    """The setting is named, and nothing of its value is shown."""
    monkeypatch.setenv("WHATSAPP_TOKENS", value)
    with pytest.raises(ConfigurationError, match="WHATSAPP_TOKENS") as caught:
        load_settings()
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize("value", ["seguir_chat", "seguir chat:es", "Seguir:es", "seguir:español"])
def test_a_template_needs_its_exact_language(monkeypatch, value: str) -> None:
    """`es` and `es_MX` are two templates, so the code is part of the name (reference/channels.md
    1.6).
    """
    monkeypatch.setenv("WHATSAPP_TEMPLATE_ES", value)
    with pytest.raises(ConfigurationError, match="WHATSAPP_TEMPLATE_ES"):
        load_settings()


def test_production_says_which_of_two_gemini_services_is_meant() -> None:
    """With a key, a project and a region, a guess would decide who processes senders' data."""
    both = {"google_cloud_project": "bank", "google_cloud_location": "us-central1"}
    with pytest.raises(ConfigurationError, match="GEMINI_SERVICE"):
        load_settings(**PRODUCTION, **both)
    assert load_settings(**PRODUCTION, **both, gemini_service="vertex").uses_vertex
    assert not load_settings(**PRODUCTION, **both, gemini_service="developer").uses_vertex


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("new,old", ("new", "old")),
        ("old, new", ("old", "new")),
        (" new ,, old ,\n", ("new", "old")),
        ("new", ("new",)),
        (" , ", ()),
        ("", ()),
    ],
)
def test_blanks_and_empty_parts_are_no_secrets(monkeypatch, value: str, found) -> None:
    """The order is kept: the first secret signs, each of them verifies."""
    monkeypatch.setenv("CALLBACK_SECRET", value)
    assert load_settings().callback_secrets == found


def test_secrets_are_separated_in_one_place_only() -> None:
    """A second parser could keep a blank, and a rotation would break."""
    own = re.compile(r"split_commas\([^)]*get_secret_value|get_secret_value\(\)\.split")
    root = Path(__file__).parents[2]
    found = [
        str(path.relative_to(root))
        for folder in ("lola", "channels", "agents", "middleware", "knowledge")
        for path in (root / folder).rglob("*.py")
        if own.search(path.read_text())
    ]
    assert found == ["lola/settings/fields.py"]


def test_a_bucket_of_the_audit_trail_needs_credentials() -> None:
    """Without them nothing would ever be shipped; the setting that is missing is named."""
    url = "https://s3.example.com/bank-audit/lola"
    with pytest.raises(ConfigurationError, match="AUDIT_S3_KEY_ID"):
        load_settings(audit_s3_url=url)
    with pytest.raises(ConfigurationError, match="AUDIT_S3_SECRET"):
        load_settings(audit_s3_url=url, audit_s3_key_id="k")
    load_settings(audit_s3_url=url, audit_s3_key_id="k", audit_s3_secret="s")
    with pytest.raises(ConfigurationError, match="AUDIT_S3_URL"):
        load_settings(audit_s3_url="https://s3.example.com")


def _problems(**changes) -> tuple[str, ...]:
    """Return the settings that a start with these changes names."""
    with pytest.raises(ConfigurationError) as caught:
        load_settings(**PRODUCTION | changes)
    several = getattr(caught.value, "problems", (caught.value,))
    assert all(problem.setting in str(caught.value) for problem in several)
    return tuple(problem.setting for problem in several)


def test_one_start_names_every_setting_that_is_missing() -> None:
    """An empty production names all that it needs, not one per start."""
    with pytest.raises(ConfigurationError) as caught:
        load_settings(lola_env="production")
    named = {problem.setting for problem in caught.value.problems}
    assert {name.upper() for name in REQUIRED} <= named
    assert {"TOKEN_WHATSAPP", "LOLA_MODEL", "PHONE_FAKER"} <= named


def test_values_that_cannot_be_read_are_all_named(monkeypatch) -> None:
    """Two wrong values are two problems, and a secret is in neither."""
    monkeypatch.setenv("PORT", "planted-port")
    monkeypatch.setenv("LEASE_SECONDS", "0")
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert {problem.setting for problem in caught.value.problems} == {"PORT", "LEASE_SECONDS"}


@pytest.mark.parametrize(
    "channel",
    [
        {"telegram_token": SecretStr("1:token"), "telegram_secret_token": SecretStr(STRONG)},
        {"twilio_account_sid": "AC1", "twilio_auth_token": SecretStr(STRONG)},
    ],
    ids=["telegram", "twilio"],
)
def test_production_starts_with_any_one_channel(channel) -> None:
    """A bank without WhatsApp goes live with the channel that it has, and needs no sandbox."""
    none = {name: Settings.model_fields[name].default for name in OF_CHANNEL["WhatsApp"]}
    settings = load_settings(**PRODUCTION | none | channel)
    assert not settings.needs_sandbox


def test_production_without_any_channel_or_with_half_of_one_is_refused() -> None:
    """None is one problem; of a half one each missing setting is named."""
    none = {name: Settings.model_fields[name].default for name in OF_CHANNEL["WhatsApp"]}
    assert _problems(**none) == ("TOKEN_WHATSAPP",)
    assert _problems(**none | {"phone_number_id": "700"}) == (
        "TOKEN_WHATSAPP", "VERIFY_TOKEN_WHATSAPP", "WHATSAPP_APP_SECRET",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "named", "hint"),
    [
        ('brand_nme = "x"', "brand_nme", "did you mean brand_name?"),
        ("zzzzqqq = 1", "zzzzqqq", "a section of your own is a table [zzzzqqq]"),
        ("[model_price]\na = 1", "model_price", "did you mean model_prices?"),
    ],
)
def test_a_key_that_is_no_setting_is_refused_with_a_suggestion(
    written: str, named: str, hint: str, monkeypatch, tmp_path: Path
) -> None:
    """A typing mistake in lola.toml does not leave a default in force."""
    (tmp_path / "lola.toml").write_text(f"{written}\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert (caught.value.setting, caught.value.hint) == (named, hint)


def test_a_table_of_the_banks_own_code_is_no_mistake(monkeypatch, tmp_path: Path) -> None:
    """Sections are read by the code that declares them (docs/extend.md)."""
    (tmp_path / "lola.toml").write_text("[loyalty]\npoints = 3\n")
    monkeypatch.chdir(tmp_path)
    assert load_settings().brand_name


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"brand_name = \n", "line 1"), (b"brand_name = '\xff'\n", "not UTF-8")],
)
def test_a_file_that_is_no_toml_is_one_clear_problem(
    content: bytes, said: str, monkeypatch, tmp_path: Path
) -> None:
    """The line is named, and there is no traceback."""
    (tmp_path / "lola.toml").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=r"lola\.toml") as caught:
        load_settings()
    assert said in str(caught.value)
