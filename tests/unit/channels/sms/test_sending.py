"""What leaves for Twilio, and what its refusals mean (`channels.sms.connector` and `api`)."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from twilio.base.exceptions import TwilioRestException, TwilioServiceException

from channels.sms import SmsConnector, TwilioWhatsAppConnector
from channels.sms.api import TwilioClient, error_for
from channels.sms.contents import Content
from lola.domain.clock import system_clock
from lola.domain.messages import (
    SHARE_NUMBER,
    Address,
    ButtonsMessage,
    LinkMessage,
    LinkTarget,
    Option,
    SelectMessage,
    TextMessage,
)
from lola.errors import (
    AmbiguousSendError,
    ChannelStoppedError,
    ConfigurationError,
    OptedOutError,
    RejectedError,
    RetryLaterError,
    WindowClosedError,
)
from lola.sandbox.twilio.rules import CONTENTS, SHAPED, TEMPLATE_ES
from lola.sandbox.twilio.stub import TwilioStub
from lola.settings import Settings

SID = "AC00000000000000000000000000000000"
SMS = Address(channel="sms", account="+15550100002", sender="+525512345678")
WHATSAPP = Address(
    channel="twilio_whatsapp", account="whatsapp:+15550100002", sender="whatsapp:+525512345678"
)
PUBLIC = "https://bot.bank.example"
OTHER_SID = "AC11111111111111111111111111111111"
BUTTONS = ButtonsMessage(
    content="¿Envío 50 USD?",
    options=(Option(id="q:ok", title="Confirmar"), Option(id="q:no", title="Cancelar")),
)


@dataclass
class Line:
    """Both connectors of one deployment, and Twilio's stand-in."""

    stub: TwilioStub
    url: str
    http: aiohttp.ClientSession

    def build(self, kind, **changes):
        values = {
            "webhook_url": PUBLIC,
            "twilio_account_sid": SID,
            "twilio_auth_token": "secret, older-secret",
            "twilio_api_url": self.url,
        }
        return kind.build(Settings(**values | changes), self.http, system_clock)

    async def sends(self, address, message, **changes):
        kind = TwilioWhatsAppConnector if "whatsapp" in address.channel else SmsConnector
        return await self.build(kind, **changes).send(address, message, "out-1")


@pytest.fixture
async def line():
    stub = TwilioStub(SID, "secret", system_clock)
    app = web.Application()
    stub.add_routes(app, "")
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        yield Line(stub, str(server.make_url("/")), http)


async def test_the_number_is_asked_for_with_its_own_template(line):
    """The button is WhatsApp's; without the template a sender is asked in words."""
    asking = ButtonsMessage(
        content="¿Me comparte su número?", options=(Option(id=SHARE_NUMBER, title="Compartir"),)
    )
    connector = line.build(TwilioWhatsAppConnector, twilio_contents=dict(SHAPED))
    hidden = replace(WHATSAPP, sender="whatsapp:MX.40011223344556677")
    await connector.send(hidden, asking, "out-1")
    form = line.stub.sent[-1].message
    assert form["To"] == "whatsapp:MX.40011223344556677"
    assert form["ContentSid"] == CONTENTS["number"]
    assert json.loads(form["ContentVariables"]) == {"1": "¿Me comparte su número?"}
    assert connector.capabilities.proves_number
    plain = line.build(TwilioWhatsAppConnector, twilio_contents={})
    assert not plain.capabilities.proves_number
    assert plain.capabilities.user_ids


@pytest.mark.parametrize(
    ("address", "expected"), [(SMS, "Listo - Total: 5"), (WHATSAPP, "✅ Listo — *Total*: 5")]
)
async def test_sms_is_made_cheap_and_whatsapp_is_left_alone(line, address, expected):
    """Emoji and dashes cost segments on SMS only (reference/channels.md 2.7)."""
    await line.sends(address, TextMessage(content="✅ Listo — **Total**: 5"))
    (delivered,) = line.stub.messages_to(address.sender)
    assert (delivered.message["Body"], delivered.account) == (expected, address.account)


@pytest.mark.parametrize(
    ("words", "segments"), [("a" * 160, 1), ("a" * 161, 2), ("ж" * 70, 1), ("ж" * 71, 2)]
)
async def test_a_receipt_says_what_it_costs(line, words, segments):
    """Segments are counted as they are billed (reference/channels.md 2.7)."""
    (receipt,) = await line.sends(SMS, TextMessage(content=words))
    assert receipt.segments == segments


async def test_a_number_sends_with_its_own_account(line):
    """A subaccount's number sends with the subaccount's token, the others with the main one's."""
    line.stub.add_account(OTHER_SID, "other-secret", "+15550100003")
    named = {"twilio_accounts": {"+15550100003": f"{OTHER_SID}:other-secret"}}
    await line.sends(replace(SMS, account="+15550100003"), TextMessage(content="uno"), **named)
    await line.sends(SMS, TextMessage(content="dos"), **named)
    assert [item.account for item in line.stub.sent] == ["+15550100003", "+15550100002"]
    with pytest.raises(ChannelStoppedError):
        await line.sends(replace(SMS, account="+15550100003"), TextMessage(content="tres"))


@pytest.mark.parametrize(
    "named",
    [
        {"+15550100003": "AC1:token"},
        {"+15550100003": OTHER_SID},
        {"+15550100003": f"{OTHER_SID}: , "},
        {"5550100003": f"{OTHER_SID}:token"},
    ],
)
async def test_an_account_that_cannot_be_read_is_refused_at_the_start(line, named):
    """The setting is named, and neither a token nor a whole number is repeated."""
    with pytest.raises(ConfigurationError, match="TWILIO_ACCOUNTS") as caught:
        line.build(SmsConnector, twilio_accounts=named)
    assert "token" not in str(caught.value).replace("AC…:token", "")
    assert "5550100003" not in str(caught.value)


async def test_buttons_leave_as_a_content_template(line):
    """Text, titles and ids fill the template of that many buttons (reference/channels.md 2.4)."""
    await line.sends(WHATSAPP, BUTTONS, twilio_contents=SHAPED)
    (delivered,) = line.stub.sent
    assert delivered.message["ContentSid"] == SHAPED["buttons_2"]
    assert json.loads(delivered.message["ContentVariables"]) == {
        "1": "¿Envío 50 USD?", "2": "Confirmar", "3": "q:ok", "4": "Cancelar", "5": "q:no",
    }  # fmt: skip
    assert "Body" not in delivered.message


async def test_a_list_leaves_as_a_list_picker(line):
    """Its button's label comes before the rows."""
    select = SelectMessage(
        content="Elige", options=BUTTONS.options, list_title="Bancos", button="Ver bancos"
    )
    await line.sends(WHATSAPP, select, twilio_contents=SHAPED)
    variables = json.loads(line.stub.sent[0].message["ContentVariables"])
    assert [variables[str(n)] for n in range(1, 5)] == ["Elige", "Ver bancos", "Confirmar", "q:ok"]


async def test_our_link_leaves_as_a_button_and_a_foreign_one_as_text(line):
    """The template holds our own origin; only the rest of the address is a variable."""
    for url in (f"{PUBLIC}/l/abc", "https://other.example/l/abc"):
        link = LinkMessage(content="Aprueba", links=(LinkTarget(text="Abrir", url=url),))
        await line.sends(WHATSAPP, link, twilio_contents=SHAPED)
    button, text = (item.message for item in line.stub.sent)
    assert json.loads(button["ContentVariables"]) == {"1": "Aprueba", "2": "l/abc", "3": "Abrir"}
    assert text["Body"] == "Aprueba\n\nAbrir: https://other.example/l/abc"


async def test_without_a_template_everything_is_written_out(line):
    """A shape without a template is numbered text, and nothing is lost."""
    await line.sends(WHATSAPP, BUTTONS)
    await line.sends(WHATSAPP, BUTTONS, twilio_contents={"buttons_3": SHAPED["buttons_3"]})
    assert {item.message["Body"] for item in line.stub.sent} == {
        "¿Envío 50 USD?\n\n1. Confirmar\n2. Cancelar"
    }


async def test_an_invitation_is_the_approved_template_of_the_language(line):
    """Outside the 24 hours a template goes; a language without one gets the other's (2.4)."""
    connector = line.build(TwilioWhatsAppConnector, twilio_template_es=CONTENTS[TEMPLATE_ES])
    for language in ("es", "en"):
        await connector.invite(WHATSAPP, language, "out-1")
    sids = [item.message["ContentSid"] for item in line.stub.sent]
    assert sids == [CONTENTS[TEMPLATE_ES]] * 2
    assert line.build(TwilioWhatsAppConnector).capabilities.templates is False
    assert (connector.capabilities.templates, connector.capabilities.reply_window) == (
        True,
        timedelta(hours=24),
    )


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("TWILIO_CONTENTS", {"buttons_4": SHAPED["link"]}),
        ("TWILIO_CONTENTS", {"link": "HX1"}),
        ("TWILIO_TEMPLATE_ES", "hola"),
    ],
)
async def test_a_template_that_cannot_be_is_refused_at_the_start(line, setting, value):
    """Wrong shapes and sids are found before a sender could be."""
    with pytest.raises(ConfigurationError, match=setting):
        line.build(TwilioWhatsAppConnector, **{setting.lower(): value})


async def test_after_stop_a_send_is_an_opt_out(line):
    """21610 of the carrier's own list (reference/channels.md 2.6 and 2.8)."""
    line.stub.note_inbound(SMS.sender, "STOP")
    with pytest.raises(OptedOutError):
        await line.sends(SMS, TextMessage(content="hola"))


async def test_a_long_message_leaves_in_order(line):
    """More than 1,600 characters become several bodies, each with its receipt."""
    links = tuple(
        LinkTarget(text=f"Sitio {n}", url=f"https://a.example/{n}" + "x" * 700) for n in range(3)
    )
    receipts = await line.sends(SMS, LinkMessage(content="Elige", links=links))
    bodies = [item.message["Body"] for item in line.stub.sent]
    assert [item.provider_id for item in receipts] == [item.id for item in line.stub.sent]
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
        (ChannelStoppedError, [20003, 20404, 21606, 30002, 30032, 30034]),
        (RetryLaterError, [20429, 30001, 30003, 30008, 63017, 63018, 63038, 99999]),
        (RejectedError, [21211, 21408, 21608, 21612, 21614, 21617, 30005, 30007, 63024]),
        (OptedOutError, [21610, 63014]),
        (WindowClosedError, [63016]),
    ],
)
def test_the_code_decides(kind, codes):
    """Each documented code has one meaning (reference/channels.md 2.6)."""
    for code in codes:
        error = error_for(TwilioRestException(400, "u", "m", code))
        assert (type(error), error.provider_code) == (kind, str(code))
        assert error.known is (code != 99999)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TwilioRestException(500, "u", "m", 500), RetryLaterError),
        (TwilioRestException(504, "u", "m", 504), AmbiguousSendError),
        (TwilioRestException(429, "u", "m", None), RetryLaterError),
        (TwilioRestException(400, "u", "m", "x"), RejectedError),
        (TwilioRestException(401, "u", "m", 401), ChannelStoppedError),
        (TwilioRestException(403, "u", "m", 403), ChannelStoppedError),
        (TwilioServiceException("t", "t", 401, 20003), ChannelStoppedError),
        (TwilioServiceException("t", "t", 400, 21610), OptedOutError),
        (TwilioServiceException("t", "t", 503, 99999), RetryLaterError),
    ],
)
def test_odd_errors_fall_back_to_the_status(error, kind):
    """Bodies without a usable code, and Twilio's newer kind of error
    (reference/channels.md 2.9).
    """
    assert type(error_for(error)) is kind


PROBLEM = json.dumps(
    {
        "type": "https://www.twilio.com/docs/errors/21610",
        "title": "Attempt to send to unsubscribed recipient",
        "status": 400,
        "code": 21610,
    }
)
"""A refusal in the form of RFC 9457, which the SDK raises as another exception."""


@pytest.mark.parametrize(
    ("status", "body", "headers", "kind"),
    [
        (201, "[]", {}, AmbiguousSendError),
        (201, "<html>", {}, AmbiguousSendError),
        (201, '{"sid": ""}', {}, AmbiguousSendError),
        (429, "{}", {"Retry-After": "7"}, RetryLaterError),
        (400, "<html>", {}, RejectedError),
        (400, PROBLEM, {"Content-Type": "application/problem+json"}, OptedOutError),
        (307, "", {"Location": "/elsewhere"}, RejectedError),
    ],
)
async def test_odd_answers_are_judged(status, body, headers, kind):
    """Accepted without an id is ambiguous; advice on waiting is kept
    (reference/channels.md 2.9).
    """

    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, text=body, headers=headers)

    app = web.Application()
    app.router.add_post("/{rest:.*}", answer)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        client = TwilioClient(http, str(server.make_url("/")), SID, "secret")
        with pytest.raises(kind) as caught:
            await client.create(
                to="+1", sender="+2", callback="https://a.example", content=Content(body="x")
            )
    assert getattr(caught.value, "after", None) == (7.0 if status == 429 else None)


async def test_the_doctor_reads_each_account_with_its_token(line) -> None:
    """What Twilio says of the account is shown; a wrong token is a stopped channel."""
    assert await line.build(SmsConnector).check() == "Twilio answers, the account is active"
    wrong = line.build(SmsConnector, twilio_auth_token="PLANTED-wrong")
    with pytest.raises(ChannelStoppedError) as caught:
        await wrong.check()
    assert "PLANTED" not in str(caught.value)
    assert await line.build(SmsConnector, twilio_account_sid="").check() == "off"


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_message_is_posted_once(status):
    """The SDK's own asynchronous transport repeats a POST (reference/surprises.md 5); ours never
    does.
    """
    posted = []

    async def answer(request: web.Request) -> web.Response:
        posted.append(await request.text())
        return web.json_response({"code": 20500, "message": "m", "status": status}, status=status)

    app = web.Application()
    app.router.add_post("/{rest:.*}", answer)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        client = TwilioClient(http, str(server.make_url("/")), SID, "secret")
        with pytest.raises(RetryLaterError):
            await client.create(
                to="+1", sender="+2", callback="https://a.example", content=Content(body="x")
            )
    assert len(posted) == 1
