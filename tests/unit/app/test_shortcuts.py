"""The start refuses each shortcut of development beside a real partner or channel, by its name."""

from pathlib import Path

import pytest
from pydantic import SecretStr

import agents
from lola.app import Service
from lola.errors import ConfigurationError
from lola.money.keys import new_signing_key
from lola.settings import (
    DEFAULT_CHANNELS,
    RISKS,
    Settings,
    load_settings,
    refuse_shortcuts,
    why_not_offline,
)
from tests.unit.test_settings import PRODUCTION

SAFE = {
    "phone_faker": False,
    "command_numbers": "+15550100009",
    "sender_reference_key": SecretStr("reference"),
    "callback_secret": SecretStr("c" * 32),
    "jwt_private_key": SecretStr("signing"),
    "lola_model": ("gemini:any",),
}
"""No shortcut is left."""
SANDBOX = "http://127.0.0.1:4999"
REAL = {
    "M2M_BASE_URL": {"m2m_base_url": "https://api.m2m.example"},
    "M2M_API_KEY": {"m2m_api_key": SecretStr("m2m_live_x")},
    "RAAS_BASE_URL": {"raas_base_url": "http://127.0.0.1:9/raas"},
    "WHATSAPP_GRAPH_URL": {"whatsapp_graph_url": "https://graph.proxy.example"},
    "TOKEN_WHATSAPP": {"token_whatsapp": SecretStr("EAAx")},
    "WHATSAPP_TOKENS": {"whatsapp_tokens": {"700": SecretStr("EAAx")}},
    "TWILIO_API_URL": {"twilio_api_url": "https://twilio.proxy.example"},
    "TWILIO_AUTH_TOKEN": {"twilio_auth_token": SecretStr("token")},
    "TWILIO_ACCOUNTS": {"twilio_accounts": {"+15550100003": SecretStr("AC0:token")}},
    "TELEGRAM_API_URL": {"telegram_api_url": "http://bots.internal:8081"},
    "TELEGRAM_TOKEN": {"telegram_token": SecretStr("1:token")},
    "CHATWOOT_URL": {"chatwoot_url": "https://desk.bank.example"},
    "CHANNELS": {"channels": (*DEFAULT_CHANNELS, "mibanco.pager.PagerConnector")},
    "M2M_DATA_SOURCE": {"m2m_data_source": "mibanco.identity.user_data"},
}
"""Setting → the one thing about it that is neither the sandbox's nor shipped with the service."""
UNSAFE = {
    "phone_faker": ({"phone_faker": True}, "PHONE_FAKER"),
    "open_commands": ({"command_numbers": ""}, "COMMAND_NUMBERS"),
    "open_commands, numbers that are none": ({"command_numbers": "me, -"}, "COMMAND_NUMBERS"),
    "local_secrets, reference": ({"sender_reference_key": ""}, "SENDER_REFERENCE_KEY"),
    "local_secrets, callbacks": ({"callback_secret": ""}, "CALLBACK_SECRET"),
    "local_secrets, blanks": ({"callback_secret": " , "}, "CALLBACK_SECRET"),
    "local_secrets, sessions": ({"jwt_private_key": ""}, "JWT_PRIVATE_KEY"),
    "offline_model": ({"lola_model": ("offline",)}, "LOLA_MODEL"),
    "offline_model, by default": ({"lola_model": ()}, "LOLA_MODEL"),
    "offline_model, as the last of two": ({"lola_model": ("gemini:x", "offline")}, "LOLA_MODEL"),
}
"""Shortcut → what takes it, and the setting that the refusal names."""


async def refusal(**settings) -> ConfigurationError:
    """Return the error that ends the start."""
    with pytest.raises(ConfigurationError) as caught:
        async with Service(load_settings(port=0, **settings)):
            pass
    return caught.value


@pytest.mark.parametrize("real", REAL)
@pytest.mark.parametrize("case", UNSAFE)
async def test_the_start_refuses_each_shortcut_beside_each_real_system(real, case) -> None:
    """The error names setting, shortcut, risk and real system, and says what to do."""
    change, setting = UNSAFE[case]
    shortcut = case.partition(",")[0]
    error = await refusal(**{**SAFE, **REAL[real], **change})
    assert (error.code, error.setting) == ("LOLA-100", setting)
    assert f"{shortcut} is refused beside a real system ({real})" in str(error)
    assert RISKS[shortcut] in str(error)
    assert f"name {shortcut} in ALLOW_UNSAFE" in error.hint
    assert "too" not in str(error)


async def test_one_real_address_is_enough_to_refuse_every_default() -> None:
    """An operator who sets nothing else reads all four names at once."""
    error = await refusal(raas_base_url="https://raas.bank.example")
    assert all(f"{shortcut} is refused" in str(error) for shortcut in RISKS)


@pytest.mark.parametrize("case", UNSAFE)
async def test_a_shortcut_is_allowed_by_its_own_name_only(case) -> None:
    """Allowing the three others allows nothing."""
    change, setting = UNSAFE[case]
    shortcut = case.partition(",")[0]
    others = tuple(name for name in RISKS if name != shortcut)
    real = {**SAFE, **REAL["RAAS_BASE_URL"], **change}
    assert (await refusal(**real, allow_unsafe=others)).setting == setting
    assert refuse_shortcuts(load_settings(**real, allow_unsafe=(shortcut,))) == (shortcut,)


@pytest.fixture
def offline_agent(tmp_path, monkeypatch) -> tuple[str, ...]:
    """AGENTS of a bank whose `blocked` agent names the offline model behind another one."""
    package = tmp_path / "mibanco_agents"
    (package / "blocked").mkdir(parents=True)
    (package / "__init__.py").touch()
    shipped = Path(agents.__file__).parent / "blocked" / "agent.toml"
    order = 'model = ["gemini:any", "offline"]\n'
    (package / "blocked" / "agent.toml").write_text(order + shipped.read_text())
    monkeypatch.syspath_prepend(str(tmp_path))
    return ("agents", "mibanco_agents")


async def test_an_agents_own_offline_model_is_refused_beside_a_real_system(
    offline_agent, tmp_path
) -> None:
    """LOLA_MODEL is not the only place that can choose it."""
    real = {**SAFE, **REAL["RAAS_BASE_URL"], "lola_data": tmp_path, "retriever": ""}
    real |= {"jwt_private_key": SecretStr(new_signing_key()), "gemini_api_key": SecretStr("any")}
    error = await refusal(**real, agents=offline_agent)
    assert (error.code, error.setting) == ("LOLA-100", "blocked/agent.toml model")
    assert "offline_model is refused beside a real system (RAAS_BASE_URL)" in str(error)
    assert "name offline_model in ALLOW_UNSAFE" in error.hint
    named = load_settings(port=0, **real, agents=offline_agent, allow_unsafe=("offline_model",))
    assert why_not_offline(named) == ""


def test_an_agents_own_offline_model_is_refused_in_production() -> None:
    """Production allows nothing, so there it cannot be named at all."""
    sandboxed = {"m2m_base_url": SANDBOX, "raas_base_url": SANDBOX, "whatsapp_graph_url": SANDBOX,
                 "m2m_api_key": SecretStr("m2m_prod_9f2c7d41b8e6a0"),
                 "sandbox_url": SANDBOX}  # fmt: skip
    refused = why_not_offline(load_settings(**{**PRODUCTION, **sandboxed}))
    assert refused.startswith("offline_model is refused in production")
    assert why_not_offline(load_settings()) == ""


async def test_an_agents_own_offline_model_starts_when_it_is_named(offline_agent, tmp_path) -> None:
    """The same settings start with the shortcut's name in ALLOW_UNSAFE."""
    settings = load_settings(
        port=0, lola_data=tmp_path, retriever="", m2m_data_source="json.dumps",
        allow_unsafe=tuple(RISKS), agents=offline_agent, gemini_api_key=SecretStr("any"),
    )  # fmt: skip
    async with Service(settings) as service:
        assert service.url


@pytest.mark.parametrize(
    "sandboxed",
    [
        {},
        {"m2m_api_key": SecretStr("m2m_test_mine"), "raas_api_key": SecretStr("mine")},
        {"sandbox_url": SANDBOX, "raas_base_url": f"{SANDBOX}/raas/v1"},
        {"sandbox_url": SANDBOX, "m2m_base_url": f"{SANDBOX}/m2m", "token_whatsapp": "t",
         "whatsapp_graph_url": f"{SANDBOX}/graph"},
        {"sandbox_port": 4999, "twilio_api_url": f"{SANDBOX}/twilio", "twilio_auth_token": "t"},
    ],
)  # fmt: skip
def test_the_sandbox_is_no_real_system(sandboxed) -> None:
    """Neither one in this process nor one beside it changes anything for development."""
    assert refuse_shortcuts(load_settings(**sandboxed)) == ()


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:4998/m2m", "http://127.0.0.1:4999@m2m.example", "https://127.0.0.1:4999"],
)
async def test_another_address_than_the_sandboxes_own_is_real(address) -> None:
    """Only its exact origin counts: a tunnel to a partner may end on loopback too."""
    error = await refusal(sandbox_url=SANDBOX, m2m_base_url=address)
    assert "M2M_BASE_URL" in str(error)


@pytest.mark.parametrize(
    "address", ["https://m2m.example", "http://127.0.0.1:80@m2m.example", "http://10.0.0.1:80"]
)
def test_a_sandbox_is_on_loopback(address) -> None:
    """SANDBOX_URL cannot declare a partner to be the sandbox."""
    with pytest.raises(ConfigurationError, match="SANDBOX_URL"):
        load_settings(sandbox_url=address)


def test_an_unknown_name_is_refused(monkeypatch) -> None:
    """A misspelt name would allow nothing, and the operator would not see why."""
    monkeypatch.setenv("ALLOW_UNSAFE", "phone_faker, everything")
    with pytest.raises(ConfigurationError, match="ALLOW_UNSAFE"):
        load_settings()


def test_names_are_separated_by_commas(monkeypatch) -> None:
    """As in every other setting with several names; the default allows nothing."""
    assert Settings.model_fields["allow_unsafe"].default == ()
    monkeypatch.setenv("ALLOW_UNSAFE", "phone_faker, offline_model,")
    assert load_settings().allow_unsafe == ("phone_faker", "offline_model")


def test_production_needs_no_command_numbers() -> None:
    """An empty list closes the commands there."""
    assert refuse_shortcuts(load_settings(**PRODUCTION)) == ()


@pytest.mark.parametrize("shortcut", RISKS)
def test_production_allows_nothing(shortcut) -> None:
    """Not even a shortcut that is not in use."""
    with pytest.raises(ConfigurationError, match="ALLOW_UNSAFE"):
        load_settings(**PRODUCTION, allow_unsafe=(shortcut,))
