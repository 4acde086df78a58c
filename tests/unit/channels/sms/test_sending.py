"""What leaves for Twilio, and what its refusals mean (`channels.sms.connector` and `api`)."""

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from twilio.base.exceptions import TwilioRestException, TwilioServiceException

from channels.sms import SmsConnector
from channels.sms.api import TwilioClient, error_for
from lola.clock import system_clock
from lola.errors import (
    AmbiguousSendError,
    ChannelStoppedError,
    OptedOutError,
    RejectedError,
    RetryLaterError,
    WindowClosedError,
)
from lola.messages import Address, LinkMessage, LinkTarget, TextMessage
from lola.sandbox.twilio import TwilioStub
from lola.settings import Settings

SID = "AC00000000000000000000000000000000"
SMS = Address(channel="sms", account="+15550100002", sender="+525512345678")
WHATSAPP = Address(channel="sms", account="whatsapp:+15550100002", sender="whatsapp:+525512345678")


@pytest.fixture
async def line(redact):
    stub = TwilioStub(SID, "secret", system_clock)
    app = web.Application()
    stub.add_routes(app, "")
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        connector = SmsConnector(
            client=TwilioClient(http, str(server.make_url("/")), SID, "secret"),
            public_url="https://bot.bank.example",
            account_sid=SID,
            auth_token="secret",
            redact=redact,
        )
        yield connector, stub


@pytest.mark.parametrize(
    ("address", "expected"), [(SMS, "Listo - Total: 5"), (WHATSAPP, "✅ Listo — *Total*: 5")]
)
async def test_sms_is_made_cheap_and_whatsapp_is_left_alone(line, address, expected):
    """Emoji and dashes cost segments on SMS only (reference/channels.md 2.7)."""
    connector, stub = line
    await connector.send(address, TextMessage(content="✅ Listo — **Total**: 5"), "out-1")
    (delivered,) = stub.messages_to(address.sender)
    assert (delivered.message["Body"], delivered.account) == (expected, address.account)


async def test_a_long_message_leaves_in_order(line):
    """More than 1,600 characters become several bodies, each with its receipt."""
    connector, stub = line
    links = tuple(
        LinkTarget(text=f"Sitio {n}", url=f"https://a.example/{n}" + "x" * 700) for n in range(3)
    )
    receipts = await connector.send(SMS, LinkMessage(content="Elige", links=links), "out-1")
    bodies = [item.message["Body"] for item in stub.sent]
    assert [item.provider_id for item in receipts] == [item.id for item in stub.sent]
    assert len(bodies) == 2
    assert [link.url in "\n".join(bodies) for link in links] == [True] * 3


async def test_without_credentials_nothing_is_sent():
    """An unconfigured Twilio stops its channel and not the service."""
    async with aiohttp.ClientSession() as http:
        connector = SmsConnector.build(Settings(), http, system_clock)
        with pytest.raises(ChannelStoppedError):
            await connector.send(SMS, TextMessage(content="hola"), "out-1")


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        (ChannelStoppedError, [20003, 20404, 21606, 30002, 401, 403]),
        (RetryLaterError, [20429, 30001, 63017, 63018, 63038]),
        (RejectedError, [21211, 21408, 21608, 21612, 21614, 21617, 99999]),
        (OptedOutError, [21610]),
        (WindowClosedError, [63016]),
    ],
)
def test_the_code_decides(kind, codes):
    """Each documented code has one meaning (reference/channels.md 2.6)."""
    for code in codes:
        error = error_for(TwilioRestException(400, "u", "m", code))
        assert (type(error), error.provider_code) == (kind, str(code))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TwilioRestException(500, "u", "m", 500), RetryLaterError),
        (TwilioRestException(504, "u", "m", 504), AmbiguousSendError),
        (TwilioRestException(429, "u", "m", None), RetryLaterError),
        (TwilioRestException(400, "u", "m", "x"), RejectedError),
        (TwilioServiceException("t", "t", 401, 20003), ChannelStoppedError),
    ],
)
def test_odd_errors_fall_back_to_the_status(error, kind):
    """Bodies without a usable code, and Twilio's newer kind of error (channels.md 2.9)."""
    assert type(error_for(error)) is kind


@pytest.mark.parametrize(
    ("status", "body", "headers", "kind"),
    [
        (201, "[]", {}, AmbiguousSendError),
        (201, "<html>", {}, AmbiguousSendError),
        (201, '{"sid": ""}', {}, AmbiguousSendError),
        (429, "{}", {"Retry-After": "7"}, RetryLaterError),
        (400, "<html>", {}, RejectedError),
        (307, "", {"Location": "/elsewhere"}, RejectedError),
    ],
)
async def test_odd_answers_are_judged(status, body, headers, kind):
    """Accepted without an id is ambiguous; advice on waiting is kept (channels.md 2.9)."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, text=body, headers=headers)

    app = web.Application()
    app.router.add_post("/{rest:.*}", answer)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        client = TwilioClient(http, str(server.make_url("/")), SID, "secret")
        with pytest.raises(kind) as caught:
            await client.create(to="+1", sender="+2", body="x", callback="https://a.example")
    assert getattr(caught.value, "after", None) == (7.0 if status == 429 else None)
