"""Field failure 5: the signing secret that is shown is not the one that is used.

chatwoot/chatwoot PR #13573, #13892, #13809, #9354, #13789.
"""

import aiohttp
import pytest

from lola.app import Service
from lola.errors import ConfigurationError
from lola.settings import load_settings
from lola.testing.chatwoot import ChatwootWebhooks

EVENT = {"event": "conversation_resolved", "id": 77}


def settings(tmp_path, **changes):
    values = {
        "chatwoot_url": "http://127.0.0.1:9",
        "chatwoot_access_key": "key",
        "chatwoot_account_id": "1",
        "chatwoot_webhook_secret": "the-inbox's-own, the-bot's-own",
        "allow_unsafe": ("phone_faker", "open_commands", "local_secrets", "offline_model"),
        **changes,
    }
    return load_settings(port=0, lola_data=tmp_path, **values)


async def deliver(service, http, secret):
    webhooks = ChatwootWebhooks(http, service.url, secret, "1", service.clock)
    return await webhooks.deliver(EVENT)


async def test_each_webhooks_own_secret_passes_and_no_other(tmp_path):
    """Every webhook, bot and inbox signs with a secret of its own: all that are set count."""
    async with (
        Service(settings(tmp_path), role="gateway") as service,
        aiohttp.ClientSession() as http,
    ):
        assert await deliver(service, http, "the-inbox's-own") == 200
        assert await deliver(service, http, "the-bot's-own") == 200
        for wrong in ("key", "the-inbox's-own, the-bot's-own", ""):
            assert await deliver(service, http, wrong) == 401
        async with http.get(f"{service.url}/metrics") as response:
            figures = await response.text()
    assert 'lola_webhooks_total{channel="chatwoot",outcome="refused"} 3.0' in figures


async def test_a_server_that_cannot_sign_is_let_in_by_name_only(tmp_path):
    """The unsigned mode is a setting of its own, and its path is the only way in."""
    token = "t" * 32
    unsigned = settings(tmp_path, chatwoot_webhook_secret="", chatwoot_webhook_token=token)
    async with Service(unsigned, role="gateway") as service, aiohttp.ClientSession() as http:
        for path, status in ((f"/{token}", 200), ("", 401), ("/" + "x" * 32, 401)):
            url = f"{service.url}/webhooks/chatwoot{path}"
            async with http.post(url, json=EVENT) as response:
                assert response.status == status


async def test_without_any_of_them_it_does_not_start(tmp_path):
    """Fail closed: there is no secret to guess wrong."""
    with pytest.raises(ConfigurationError, match="CHATWOOT_WEBHOOK_SECRET"):
        async with Service(settings(tmp_path, chatwoot_webhook_secret=""), role="gateway"):
            pass
