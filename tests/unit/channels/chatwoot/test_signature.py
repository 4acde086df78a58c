"""Who signed a Chatwoot webhook (reference/channels.md 4.5)."""

from datetime import UTC, datetime

import aiohttp
import pytest

from channels.chatwoot import ChatwootConnector
from channels.chatwoot.signature import check, signed
from lola.channel.contract import RawRequest
from lola.errors import ConfigurationError, SignatureError
from lola.settings import Settings

ROUTE = "/webhooks/chatwoot"
BODY = b'{"event":"message_created","id":7}'
VECTOR = "sha256=b4ab9ac4aa20fc9bd923b2e85eed0dbebfde5d945989ceb3c1333c55348ec90b"
AT = 1790000000
TOKEN = "t" * 32


def verify(
    *,
    timestamp=str(AT),
    signature=VECTOR,
    path=ROUTE,
    secrets=("whsec-1",),
    token="",
    body=BODY,
    now=AT,
):
    headers = {"X-Chatwoot-Timestamp": timestamp, "X-Chatwoot-Signature": signature}
    request = RawRequest(method="POST", path=path, headers=headers, body=body, query={})
    moment = datetime.fromtimestamp(now, UTC)
    check(
        request,
        route=ROUTE,
        secrets=secrets,
        tokens=(token, "older" * 8) if token else (),
        now=moment,
    )


def test_the_documented_vector_passes():
    """Timestamp, dot and raw body, under the webhook's own secret."""
    assert signed(BODY, "whsec-1", str(AT)) == VECTOR
    verify()
    verify(secrets=("other", "whsec-1"))


@pytest.mark.parametrize("seconds", [-300, 300])
def test_five_minutes_are_allowed(seconds):
    """Clocks differ, in both directions."""
    verify(now=AT + seconds)


@pytest.mark.parametrize(
    "changes",
    [
        {"now": AT + 301},
        {"now": AT - 301},
        {"signature": ""},
        {"signature": "sha256=ñ"},
        {"signature": VECTOR.removeprefix("sha256=")},
        {"timestamp": ""},
        {"timestamp": str(AT + 1)},
        {"body": BODY + b" "},
        {"secrets": ("other",)},
        {"secrets": ()},
        {"secrets": (), "token": TOKEN},
        {"secrets": (), "token": TOKEN, "path": f"{ROUTE}/{'x' * 32}"},
        {"secrets": (), "path": f"{ROUTE}/"},
        {"signature": "", "token": TOKEN, "path": f"{ROUTE}/{TOKEN}"},
    ],
)
def test_everything_else_is_refused(changes):
    """A token in the path is no way around a secret that is configured."""
    with pytest.raises(SignatureError):
        verify(**changes)


@pytest.mark.parametrize("timestamp", ["1e9", "-1", "१७", "9" * 400, "\udcff"])
def test_a_timestamp_is_digits(timestamp):
    """Well signed nonsense is refused and does not crash."""
    with pytest.raises(SignatureError):
        verify(timestamp=timestamp, signature=signed(BODY, "whsec-1", timestamp))


def test_a_server_that_cannot_sign_comes_by_an_unguessable_path():
    """Only where the operator chose that mode; a query behind it does not matter."""
    verify(secrets=(), token=TOKEN, path=f"{ROUTE}/{TOKEN}?x=1", signature="")


ON = {
    "chatwoot_url": "https://desk.bank.example",
    "chatwoot_access_key": "key",
    "chatwoot_account_id": "1",
    "chatwoot_webhook_secret": "secret",
}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"chatwoot_webhook_secret": ""}, "CHATWOOT_WEBHOOK_SECRET"),
        (
            {"chatwoot_webhook_secret": "", "chatwoot_webhook_token": "short"},
            "CHATWOOT_WEBHOOK_SECRET",
        ),
        ({"chatwoot_webhook_token": TOKEN}, "CHATWOOT_WEBHOOK_TOKEN"),
        ({"chatwoot_account_id": ""}, "CHATWOOT_ACCOUNT_ID"),
    ],
)
async def test_half_a_configuration_does_not_start(changes, named):
    """The setting to correct is named."""
    async with aiohttp.ClientSession() as http:
        ChatwootConnector.build(Settings(**ON), http, datetime.now)
        with pytest.raises(ConfigurationError, match=named):
            ChatwootConnector.build(Settings(**ON | changes), http, datetime.now)
