"""A webhook of 3,000 messages at a running gateway: acknowledged at once, stored once (C15)."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from lola.app import Service
from lola.settings import load_settings, secrets_in

pytestmark = [pytest.mark.e2e]

MESSAGES = 3_000


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Service]:
    """A gateway whose workers are elsewhere."""
    settings = load_settings(port=0, lola_data=tmp_path)
    async with Service(settings, role="gateway") as service:
        yield service


def delivery(account: str) -> bytes:
    """Return one webhook with the messages of as many senders, each with both ids."""
    numbers = [f"5215{number:09}" for number in range(MESSAGES)]
    value = {
        "metadata": {"phone_number_id": account},
        "contacts": [
            {"profile": {"name": "Ana"}, "wa_id": number, "user_id": f"MX.{number}"}
            for number in numbers
        ],
        "messages": [
            {
                "from": number,
                "from_user_id": f"MX.{number}",
                "id": f"wamid.{number}",
                "timestamp": "1796000000",
                "type": "text",
                "text": {"body": "hola"},
            }
            for number in numbers
        ],
    }
    entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


async def test_a_large_webhook_is_acknowledged_and_stored_once(gateway: Service) -> None:
    """Delivered twice, every message is accepted once (reference/channels.md 1.3)."""
    settings = gateway.settings
    body = delivery(settings.phone_number_id)
    secret = secrets_in(settings.whatsapp_app_secret)[0].encode()
    digest = hmac.new(secret, body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}
    async with aiohttp.ClientSession() as http:
        for _ in range(2):
            url = f"{gateway.url}/webhooks/whatsapp"
            async with http.post(url, data=body, headers=headers) as response:
                assert response.status == 200
    counted = {
        sample.labels["outcome"]: int(sample.value)
        for metric in gateway.metrics.registry.collect()
        for sample in metric.samples
        if sample.name == "lola_webhooks_total" and sample.labels.get("channel") == "whatsapp"
    }
    assert counted == {"accepted": MESSAGES, "duplicate": MESSAGES}
