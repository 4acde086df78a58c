"""The edge of a running service: a provider that delivers its webhooks more than once.

Everything goes over real sockets: signed bytes to the gateway, and what the stand-in channel took.
"""

import asyncio
import hashlib
import hmac
import json

import aiohttp
from aiohttp import web

from lola.domain.clock import system_clock
from lola.domain.messages import Address
from lola.sandbox.whatsapp.stub import GraphStub
from lola.testing.harness import Harness
from lola.testing.waiting import until
from lola.testing.whatsapp import WhatsAppDevice, received_from_graph
from lola.text.phone_numbers import canonical


class Provider:
    """Delivers for a phone, and remembers every delivery byte for byte."""

    def __init__(self, http):
        self._http = http
        self.deliveries = []

    def post(self, url, **request):
        self.deliveries.append((url, request))
        return self._http.post(url, **request)

    async def again(self, number=-1):
        """Repeat a delivery; answers the gateway's status."""
        url, request = self.deliveries[number]
        async with self._http.post(url, **request) as response:
            return response.status


class Sender:
    """One WhatsApp user of a harness."""

    def __init__(self, harness: Harness, number: str):
        self.harness = harness
        self.service = harness.service
        self.settings = self.service.settings
        self.digits = number.lstrip("+")
        self.address = Address(
            channel="whatsapp",
            account=self.settings.phone_number_id,
            sender=self.digits,
            phone=canonical(self.digits),
        )
        self.conversation = self.address.conversation

    async def __aenter__(self):
        self.http = aiohttp.ClientSession()
        self.provider = Provider(self.http)
        self.secret = self.settings.whatsapp_app_secret.get_secret_value()
        self.device = WhatsAppDevice(
            self.provider,
            self.service.url,
            self.secret,
            self.settings.phone_number_id,
            self.digits,
            "Sender",
            system_clock,
        )
        return self

    async def __aexit__(self, *_):
        await self.http.close()

    async def delivered(self, count):
        """Wait for this many messages from the service; answers all there are."""
        return await self.harness.sandbox.channel(GraphStub).message_log.wait(self.digits, count)

    async def texts(self, count):
        return [received_from_graph(item.message).text for item in await self.delivered(count)]

    async def turns(self):
        """The committed turns: a list of the message ids that each answered."""
        stored = await self.service.store.read(self.conversation, limit=1000)
        return [[item["id"] for item in record["inbound"]] for record in stored.history]

    async def answered(self, *message_ids):
        """Wait until every one of these was answered; answers the turns."""

        async def all_of_them():
            turns = await self.turns()
            known = {name for turn in turns for name in turn}
            return turns if known.issuperset(message_ids) else None

        return await until(all_of_them)

    async def report(self, row_id, provider_id, status, code=None):
        """Deliver one signed status webhook; answers the gateway's status."""
        errors = {"errors": [{"code": code, "title": "x"}]} if code else {}
        value = {
            "messaging_product": "whatsapp",
            "metadata": {
                "display_phone_number": self.settings.phone_number_id,
                "phone_number_id": self.settings.phone_number_id,
            },
            "statuses": [
                {
                    "id": provider_id,
                    "status": status,
                    "timestamp": str(int(system_clock().timestamp())),
                    "recipient_id": self.digits,
                    "biz_opaque_callback_data": row_id,
                    **errors,
                }
            ],
        }
        entry = {"id": "200000000000001", "changes": [{"field": "messages", "value": value}]}
        body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
        digest = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}
        url = f"{self.service.url}/webhooks/whatsapp"
        async with self.http.post(url, data=body, headers=headers) as response:
            return response.status


class StalledModel:
    """A model server that was asked, and does not answer until it is released."""

    def __init__(self):
        self.asked = asyncio.Event()
        self.released = asyncio.Event()

    async def __aenter__(self):
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._hang)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_):
        self.released.set()
        await self._runner.cleanup()

    async def _hang(self, _):
        self.asked.set()
        await self.released.wait()
        return web.Response(status=503)
