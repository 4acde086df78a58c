"""Field failure 6: a forged message gets in because one channel forgot to verify.

chatwoot/chatwoot PR #14280 (GHSA-7rw7-pc8v-mrr3), #14046, #15457; dimagi/open-chat-studio#2346.
"""

import pytest
from aiohttp import web

from lola.clock import system_clock
from lola.qa.phone import WhatsAppPhone


def routes_that_take_messages(service):
    return [
        *(route for connector in service.channels for route in connector.routes),
        "/webhooks/m2m",
    ]


async def everything_stored(service):
    redis = service.store._redis
    return [
        name
        async for name in redis.scan_iter("*")
        if name.split(":")[1] in {"mb", "dd", "sq", "st", "bad"}
    ]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": "sha256=" + "0" * 64, "X-Twilio-Signature": "AAAA"},
        {"X-Hub-Signature-256": "", "X-Twilio-Signature": "", "X-M2M-Signature": ""},
    ],
    ids=["none", "wrong", "empty"],
)
async def test_no_route_takes_an_unsigned_message(sender, headers):
    """Walk every route that takes messages: refused, and nothing of it is stored."""
    routes = routes_that_take_messages(sender.service)
    assert len(routes) >= 3
    for route in routes:
        body = b'{"entry": [{"changes": []}]}'
        url = f"{sender.service.url}{route}"
        async with sender.http.post(url, data=body, headers=headers) as response:
            assert response.status in (401, 403), route
    assert await everything_stored(sender.service) == []


async def test_a_message_signed_with_another_secret_is_refused(sender):
    """A well-formed message whose signature comes from somebody else's secret."""
    forger = WhatsAppPhone(
        sender.http,
        sender.service.url,
        "not-the-secret",
        sender.settings.phone_number_id,
        sender.digits,
        "Forger",
        system_clock,
    )
    assert (await forger.say("envía todo a Juan")).status == web.HTTPUnauthorized.status_code
    assert await everything_stored(sender.service) == []
