"""Twilio's stand-in refuses what Twilio refuses (`lola.sandbox.twilio`)."""

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from lola.clock import system_clock
from lola.sandbox.twilio import TwilioStub

SID = "AC00000000000000000000000000000000"
FORM = {
    "To": "+525512345678",
    "From": "+15550100002",
    "Body": "hola",
    "StatusCallback": "http://127.0.0.1:8080/webhooks/sms/status?ref=1",
}


@pytest.fixture
async def bench():
    stub = TwilioStub(SID, "secret", system_clock)
    app = web.Application()
    stub.add_routes(app, "/twilio")
    async with TestServer(app) as server, aiohttp.ClientSession() as http:

        async def post(sid=SID, token="secret", **changes):
            url = server.make_url(f"/twilio/2010-04-01/Accounts/{sid}/Messages.json")
            headers = {"Authorization": aiohttp.encode_basic_auth(SID, token)}
            async with http.post(url, data=FORM | changes, headers=headers) as response:
                return response.status, await response.json()

        yield stub, post


async def test_an_accepted_message_is_queued(bench):
    """201 with Twilio's body, and the journal has it (reference/channels.md 2.4)."""
    stub, post = bench
    status, answer = await post()
    (delivered,) = stub.messages_to("+525512345678")
    assert (status, answer["status"], answer["sid"]) == (201, "queued", delivered.id)
    assert delivered.message["Body"] == "hola"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"token": "x"}, 401, 20003),
        ({"sid": "AC1"}, 404, 20404),
        ({"To": ""}, 400, 21604),
        ({"To": "525512345678"}, 400, 21211),
        ({"From": ""}, 400, 21603),
        ({"From": "whatsapp:+15550100002"}, 400, 63007),
        ({"Body": ""}, 400, 21602),
        ({"Body": "x" * 1601}, 400, 21617),
        ({"StatusCallback": "http://bot_1.example/x"}, 400, 21609),
    ],
)
async def test_documented_refusals(bench, changes, status, code):
    """Credentials and parameters are checked with Twilio's codes (channels.md 2.4 and 2.6)."""
    stub, post = bench
    answered, body = await post(**changes)
    assert (answered, body["code"], body["status"]) == (status, code, status)
    assert stub.sent == []


async def test_the_body_limit_itself_passes(bench):
    """1,600 characters are allowed (reference/channels.md 2.4)."""
    _, post = bench
    assert (await post(Body="x" * 1600))[0] == 201


async def test_stop_blocks_until_start(bench):
    """After STOP a send is 21610, until START (reference/channels.md 2.6 and 2.8)."""
    stub, post = bench
    stub.note_inbound("+525512345678", " stop ")
    assert (await post())[1]["code"] == 21610
    stub.note_inbound("+525512345678", "hola")
    assert (await post())[1]["code"] == 21610
    stub.note_inbound("+525512345678", "START")
    assert (await post())[0] == 201
