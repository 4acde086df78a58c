"""Every recorded delivery of a channel, judged as its row says (tests/data/webhooks.jsonl)."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from channels.chatwoot import ChatwootConnector
from channels.sms import SmsConnector
from channels.telegram import TelegramConnector
from channels.whatsapp import WhatsAppConnector
from lola.channel.contract import RawRequest
from lola.errors import MalformedPayloadError, SignatureError
from lola.settings import Settings

SAMPLES = Path(__file__).parents[1] / "data" / "webhooks.jsonl"
ROWS = [json.loads(line) for line in SAMPLES.read_bytes().splitlines()]
ACCOUNTS = {
    "whatsapp": "100000000000001",
    "sms": "+15550100002",
    "telegram": "4200001",
    "chatwoot": "1",
}
NOW = datetime.fromtimestamp(1763800000, UTC)


@pytest.fixture
async def connectors():
    settings = Settings(
        webhook_url="https://bot.bank.example",
        whatsapp_app_secret="test-app-secret",
        twilio_account_sid="AC00000000000000000000000000000000",
        twilio_auth_token="twilio-test-token",
        telegram_token="4200001:bot",
        telegram_secret_token="tg-secret-TEST",
        chatwoot_url="https://desk.bank.example",
        chatwoot_access_key="key",
        chatwoot_account_id="1",
        chatwoot_webhook_secret="cw-test-secret",
    )
    async with aiohttp.ClientSession() as http:
        yield {
            kind.name: kind.build(settings, http, lambda: NOW)
            for kind in (WhatsAppConnector, SmsConnector, TelegramConnector, ChatwootConnector)
        }


def judge(connectors, row):
    """Return (status, message ids, statuses, alerts) as a gateway would see them."""
    connector = connectors[row["channel"]]
    body = base64.b64decode(row["body_b64"]) if "body_b64" in row else row["body"].encode()
    path = urlsplit(row.get("url", "")).path or connector.routes[0]
    request = RawRequest(method="POST", path=path, headers=row["headers"], body=body, query={})
    try:
        connector.verify(request)
        parsed = connector.parse(request)
    except SignatureError as error:
        return error.status, [], (), ()
    except MalformedPayloadError as error:
        return error.status, [], (), ("malformed",)
    assert all(message.address.account == ACCOUNTS[row["channel"]] for message in parsed.messages)
    return 200, [message.id for message in parsed.messages], parsed.statuses, parsed.alerts


def earlier_ids(connectors, row):
    before = ROWS[: ROWS.index(row)]
    return {id_ for other in before for id_ in judge(connectors, other)[1]}


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['id']}-{row['name']}" for row in ROWS])
async def test_each_delivery_is_judged_as_expected(connectors, row):
    """Status, new messages, alarm and settled row are what the sample says
    (reference/channels.md 0.3).
    """
    status, ids, statuses, alerts = judge(connectors, row)
    expected = row["expect"]
    assert status == expected["status"]
    if "enqueued" in expected:
        new = [id_ for id_ in ids if id_ not in earlier_ids(connectors, row)]
        assert len(new) == expected["enqueued"]
    if expected.get("alert"):
        assert alerts
    if "outbox_settled" in expected:
        assert [item.reference for item in statuses] == [expected["outbox_settled"]]


async def test_a_repeated_delivery_carries_the_same_id(connectors):
    """The provider's id is the dedup key, so a retry can be absorbed
    (reference/channels.md 0.1).
    """
    by_name = {(row["channel"], row["name"]): row for row in ROWS}
    for channel, first, again in (
        ("whatsapp", "text message", "same message again"),
        ("sms", "text", "same message again"),
        ("telegram", "text", "same update again"),
    ):
        original = judge(connectors, by_name[channel, first])[1]
        assert original
        assert judge(connectors, by_name[channel, again])[1] == original
