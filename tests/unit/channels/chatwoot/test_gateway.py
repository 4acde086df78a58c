"""What Chatwoot hears when its event cannot be stored (reference/channels.md 0.3 and 4.6)."""

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.chatwoot import ChatwootConnector
from lola.domain.clock import system_clock
from lola.errors import StoreUnavailableError
from lola.gateway.webhooks import ChannelWebhook
from lola.settings import Settings
from lola.telemetry.metrics import Metrics
from lola.testing.chatwoot import ChatwootWebhooks
from tests.unit.channels.chatwoot.events import changed, message


class NoStore:
    """Inbox and help desk of a service whose Redis is gone."""

    async def store(self, *_, **__):
        raise StoreUnavailableError("gone")

    apply = store


async def test_an_agent_bot_is_asked_to_come_again_with_500():
    """It repeats after 500 and never after 503; a change that is not kept is asked for as well."""
    settings = Settings(
        chatwoot_url="http://127.0.0.1:9",
        chatwoot_access_key="key",
        chatwoot_account_id="1",
        chatwoot_webhook_secret="secret",
    )
    async with aiohttp.ClientSession() as http:
        connector = ChatwootConnector.build(settings, http, system_clock)
        stores = [NoStore()] * 3
        webhook = ChannelWebhook(
            connector,
            *stores,
            Metrics(),
            limit=1024 * 1024,
            help_desk_bridge=NoStore(),
            template_book=NoStore(),
        )
        app = web.Application()
        app.router.add_post("/webhooks/chatwoot", webhook.post)
        async with TestServer(app) as server:
            url = str(server.make_url("/"))
            webhooks = ChatwootWebhooks(http, url, "secret", "1", system_clock)
            assert await webhooks.deliver(message()) == 500
            assert await webhooks.deliver(changed("status")) == 500
