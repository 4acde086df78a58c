"""Twilio's stand-in refuses what Twilio refuses (`lola.sandbox.twilio.stub`)."""

import json
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from twilio.request_validator import RequestValidator

from lola.domain.clock import system_clock
from lola.sandbox.twilio.rules import CONTENTS, TEMPLATE_EN, TEMPLATE_ES
from lola.sandbox.twilio.stub import TwilioStub
from tests.support import ManualClock

SID = "AC00000000000000000000000000000000"
FORM = {
    "To": "+525512345678",
    "From": "+15550100002",
    "Body": "hola",
    "StatusCallback": "http://127.0.0.1:8080/webhooks/sms/status?ref=1",
}


@asynccontextmanager
async def posting(stub):
    """Return a way to post a form to the stand-in; None leaves a field out."""
    app = web.Application()
    stub.add_routes(app, "/twilio")
    async with TestServer(app) as server, aiohttp.ClientSession() as http:

        async def post(sid=SID, token="secret", **changes):
            url = server.make_url(f"/twilio/2010-04-01/Accounts/{sid}/Messages.json")
            headers = {"Authorization": aiohttp.encode_basic_auth(SID, token)}
            form = {key: value for key, value in (FORM | changes).items() if value is not None}
            async with http.post(url, data=form, headers=headers) as response:
                return response.status, await response.json()

        yield post


@pytest.fixture
async def bench():
    stub = TwilioStub(SID, "secret", system_clock)
    async with posting(stub) as post:
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
    """Credentials and parameters are checked with Twilio's codes
    (reference/channels.md 2.4 and 2.6).
    """
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


CONTENT = {"To": "whatsapp:+525512345678", "From": "whatsapp:+15550100002", "Body": None}


def filled(shape, *values):
    variables = {str(place): value for place, value in enumerate(values, 1)}
    return CONTENT | {"ContentSid": CONTENTS[shape], "ContentVariables": json.dumps(variables)}


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (filled("buttons_1", "¿Sí?", "Sí", "q:ok"), None),
        (filled("list_1", "Elige", "Ver", "BBVA", "bank:1"), None),
        (filled("link", "Abre", "l/abc", "Abrir"), None),
        (CONTENT | {"ContentSid": CONTENTS[TEMPLATE_ES]}, None),
        (CONTENT | {"ContentSid": "HX0"}, 21655),
        (filled("link", "Abre", "l/abc", "Abrir") | {"Body": "x"}, 21619),
        (filled("link") | {"ContentVariables": "{"}, 21656),
        (filled("link") | {"ContentVariables": '{"1": 2}'}, 21656),
        (filled("link") | {"ContentVariables": '{"2": "x"}'}, 21656),
        (filled("buttons_2", "¿Sí?", "Sí", "q:ok"), 63021),
        (filled("buttons_1", "¿Sí?", "x" * 21, "q:ok"), 63021),
        (filled("buttons_1", "", "Sí", "q:ok"), 63021),
        (filled(TEMPLATE_EN, "x"), 63021),
    ],
)
async def test_content_templates_are_filled_as_documented(bench, form, code):
    """Sid, variables and the lengths of WhatsApp's shapes (reference/channels.md 2.4)."""
    _, post = bench
    status, body = await post(**form)
    assert (status, body.get("code")) == ((400, code) if code else (201, None))


async def test_a_number_of_another_account_cannot_be_sent_from(bench):
    """A subaccount's number is its own (reference/channels.md 2.6)."""
    stub, post = bench
    stub.add_account("AC1", "other", "+15550100003")
    assert (await post(From="+15550100003"))[1]["code"] == 21606
    assert (await post())[0] == 201


async def test_whatsapp_fails_later_outside_its_window():
    """The call is taken and the failure comes in the callback (reference/channels.md 2.4, 2.6)."""
    clock = ManualClock()
    stub = TwilioStub(SID, "secret", clock, strict_window=True)
    form = CONTENT | {"Body": "hola"}
    async with posting(stub) as post:
        await post(**form)
        stub.note_inbound("whatsapp:+525512345678", "hola")
        await post(**form)
        clock.advance(hours=25)
        await post(**form)
        await post(**form | {"Body": None, "ContentSid": CONTENTS[TEMPLATE_ES]})
    late = [stub.failing.get(item.id) for item in stub.sent]
    assert late == ["63016", None, "63016", None]


async def test_a_message_can_be_told_to_fail_later(bench):
    """A scripted code waits for its callback."""
    stub, post = bench
    stub.faults.add("later:30005")
    assert (await post())[0] == 201
    assert stub.failing == {stub.sent[0].id: "30005"}


async def test_a_report_is_signed_by_the_account_that_sent(bench):
    """Address, fields and token are Twilio's own way of signing (reference/channels.md 2.5)."""
    stub, post = bench
    await post()
    report = stub.report(stub.sent[0], "failed", "30005")
    form = dict(parse_qsl(report.body.decode()))
    given = report.headers["X-Twilio-Signature"]
    assert RequestValidator("secret").validate(report.url, form, given)
    assert (form["MessageSid"], form["ErrorCode"]) == (stub.sent[0].id, "30005")
