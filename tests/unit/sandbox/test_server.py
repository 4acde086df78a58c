"""The sandbox as a whole: its settings for the service, its credentials, its front page."""

import re
from dataclasses import replace

import pytest
from pydantic import SecretStr

from lola.sandbox import Sandbox, SandboxCredentials
from lola.sandbox.m2m.request_schemas import read_create
from lola.sandbox.store import Database, DocumentStore
from lola.settings import Settings
from tests.unit.sandbox.conftest import NOW

FIELDS = {
    "whatsapp_graph_url",
    "token_whatsapp",
    "phone_number_id",
    "verify_token_whatsapp",
    "whatsapp_app_secret",
    "whatsapp_business_account_id",
    "whatsapp_template_es",
    "whatsapp_template_en",
    "twilio_api_url",
    "twilio_account_sid",
    "twilio_auth_token",
    "twilio_from",
    "twilio_whatsapp_from",
    "twilio_contents",
    "twilio_messaging_service",
    "twilio_rcs_from",
    "twilio_rcs_contents",
    "twilio_template_es",
    "twilio_template_en",
    "chatwoot_url",
    "chatwoot_access_key",
    "chatwoot_account_id",
    "chatwoot_webhook_secret",
    "telegram_api_url",
    "telegram_token",
    "telegram_secret_token",
    "m2m_base_url",
    "m2m_api_key",
    "m2m_webhook_secret",
    "raas_base_url",
    "request_money_api_key",
    "request_money_base_url",
    "request_money_webhook_secret",
    "raas_api_key",
    "raas_webhook_secret",
    "raas_profile",
    "sender_reference_key",
}


WHATSAPP = ("whatsapp_", "token_whatsapp", "verify_token", "phone_number")


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in FIELDS:
        monkeypatch.delenv(name.upper(), raising=False)


async def test_bare_settings_are_pointed_here(sandbox, credentials):
    """With nothing set, every partner's address and credentials are answered, typed alike."""
    overrides = sandbox.settings_overrides(Settings())
    assert set(overrides) == FIELDS
    settings = Settings().model_copy(update=overrides)
    assert settings.m2m_base_url == f"{sandbox.url}/m2m"
    assert settings.m2m_api_key.get_secret_value() == credentials.m2m_api_key
    assert isinstance(settings.token_whatsapp, SecretStr)
    assert sandbox.settings_overrides(settings) == {}


@pytest.mark.parametrize(
    ("given", "left_alone"),
    [
        ({"m2m_base_url": "https://m2m.example"}, ("m2m_", "sender_")),
        ({"raas_base_url": "https://raas.example"}, ("raas_", "request_money_", "sender_")),
        ({"request_money_base_url": "https://ask.example"}, ("request_money_",)),
        ({"token_whatsapp": "EAAreal"}, WHATSAPP),
        ({"whatsapp_graph_url": "https://graph.example"}, WHATSAPP),
        ({"twilio_auth_token": "real"}, ("twilio_",)),
        ({"telegram_token": "1:real"}, ("telegram_",)),
        ({"chatwoot_url": "https://desk.example"}, ("chatwoot_",)),
    ],
)
async def test_a_real_partner_is_left_alone(sandbox, given, left_alone):
    """Credentials of a real partner never go to the sandbox, nor the sandbox's to it."""
    overrides = sandbox.settings_overrides(Settings(**given))
    assert overrides
    assert not [name for name in overrides if name.startswith(left_alone)]


async def test_what_the_operator_set_is_kept():
    """Given credentials are used by the stand-ins; the others are made up."""
    settings = Settings(m2m_api_key="m2m_test_mine", verify_token_whatsapp="v", twilio_from="+1555")
    credentials = SandboxCredentials.from_settings(settings)
    assert credentials.m2m_api_key == "m2m_test_mine"
    assert [credentials.channels[name] for name in ("whatsapp_verify_token", "twilio_from")] == [
        "v",
        "+1555",
    ]
    sandbox = Sandbox(credentials, lambda: None)
    overrides = sandbox.settings_overrides(settings)
    await sandbox.stop()
    assert not {"m2m_api_key", "verify_token_whatsapp", "twilio_from"} & set(overrides)


def test_credentials_are_new_at_every_start():
    """Two sandboxes share no secret, and the forms are the documented ones
    (reference/m2m.md 2.9).
    """
    one, two = SandboxCredentials(), SandboxCredentials()
    assert re.fullmatch(r"m2m_test_[a-z0-9]{32}", one.m2m_api_key)
    assert one.m2m_webhook_secret.startswith("whsec_")
    assert one.m2m_api_key != two.m2m_api_key
    assert one.channels["whatsapp_app_secret"] != two.channels["whatsapp_app_secret"]


async def test_the_front_page_says_what_stands_where(http, sandbox):
    """The front page lists every stand-in and the test numbers."""
    async with http.get(sandbox.url) as response:
        page = await response.text()
    for text in ("/m2m", "/raas/v1", "/graph", "/twilio", "/telegram", "/control", "+15550100001"):
        assert text in page


async def test_it_listens_on_loopback_only_and_stops(sandbox, http):
    """By default it is not reachable from other machines; after a stop from none."""
    assert sandbox.url.startswith("http://127.0.0.1:")
    url = sandbox.url
    other = Sandbox(SandboxCredentials(), sandbox.clock)
    await other.start()
    assert other.url != url
    await other.stop()
    with pytest.raises(OSError):
        await http.get(other.url)


def test_documents_are_copies_in_order():
    """The store returns new copies, oldest first; a rewrite keeps its place."""
    database = Database()
    store = DocumentStore(database)
    for name in "ab":
        store.put("thing", name, {"name": name})
    store.get("thing", "a")["name"] = "changed"
    assert store.get("thing", "a") == {"name": "a"}
    store.put("thing", "a", {"name": "A"})
    assert [one["name"] for one in store.all("thing")] == ["A", "b"]
    store.delete("thing", "a")
    assert store.get("thing", "a") is None
    database.close()


async def test_with_a_file_everything_is_there_again(credentials, tmp_path):
    """A restart on the same file finds the same partner, users and links; keys stay valid."""
    path = str(tmp_path / "sandbox.db")
    first = Sandbox(credentials, lambda: NOW, store_path=path)
    await first.start()
    partner = first.m2m.partners.find("sol")
    link = first.m2m.create_link(partner, read_create({"referenceId": "u"}))
    secret = first.m2m.partners.regenerate_secret(partner)
    await first.stop()
    second = Sandbox(credentials, lambda: NOW, store_path=path)
    await second.start()
    assert second.m2m.links.get(link.link_id) == link
    again = second.m2m.partners.authenticate(credentials.m2m_api_key)
    assert (again.partner_id, again.webhook_secret) == (partner.partner_id, secret)
    told = second.settings_overrides(Settings())["m2m_webhook_secret"]
    assert told.get_secret_value() == secret
    await second.stop()
    # An operator who sets another secret means it.
    changed = replace(credentials, m2m_webhook_secret="whsec_new")
    third = Sandbox(changed, lambda: NOW, store_path=path)
    assert third.m2m.partners.find("sol").webhook_secret == "whsec_new"
    await third.stop()
