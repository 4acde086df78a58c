"""What providers send of a sender's ids, groups, service notes and colleagues, judged one by one.

The shapes are those of reference/channels.md 1.3, 1.4, 1.11, 2.1 and 3.1; the values are invented.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest

from channels.sms import TwilioWhatsAppConnector
from channels.telegram import TelegramConnector
from channels.whatsapp import WhatsAppConnector
from lola.channel.contract import RawRequest
from lola.domain.messages import ContactsContent, EventContent
from lola.settings import Settings

SAMPLES = Path(__file__).parents[1] / "data" / "webhooks_identity.jsonl"
ROWS = [json.loads(line) for line in SAMPLES.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
async def connectors():
    settings = Settings(
        webhook_url="https://bot.bank.example",
        phone_number_id="100000000000001",
        twilio_account_sid="AC00000000000000000000000000000000",
        twilio_auth_token="twilio-test-token",
        telegram_token="4200001:bot",
        telegram_secret_token="tg-secret-TEST",
    )
    async with aiohttp.ClientSession() as http:
        yield {
            kind.name: kind.build(settings, http, lambda: datetime.now(UTC))
            for kind in (WhatsAppConnector, TwilioWhatsAppConnector, TelegramConnector)
        }


def seen(message, expected):
    """Return of a message what the sample says about it."""
    content = message.content
    facts = {
        "sender": message.address.sender,
        "phone": message.address.phone,
        "user_id": message.address.user_id,
        "name": message.profile_name,
        "own": isinstance(content, ContactsContent) and content.is_own,
        "data": content.data if isinstance(content, EventContent) else {},
    }
    if "data" in expected:
        facts["data"] = {name: facts["data"].get(name) for name in expected["data"]}
    return {name: facts[name] for name in expected}


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['id']}-{row['name']}" for row in ROWS])
def test_each_sample_is_read_as_it_says(connectors, row):
    """Who it is from, under which ids, and what is not for us."""
    connector = connectors[row["channel"]]
    body = urlencode(row["form"]) if "form" in row else json.dumps(row["body"])
    request = RawRequest(
        method="POST", path=connector.routes[0], headers={}, body=body.encode(), query={}
    )
    parsed = connector.parse(request)
    expected = row["expect"]
    for kind in ("messages", "colleagues"):
        wanted = expected.get(kind, [])
        found = getattr(parsed, kind)
        assert len(found) == len(wanted)
        assert [seen(*pair) for pair in zip(found, wanted, strict=True)] == wanted
    assert len(parsed.alerts) == expected.get("alerts", 0)
    assert len(parsed.statuses) == expected.get("statuses", 0)
    assert "4111" not in repr(parsed)
