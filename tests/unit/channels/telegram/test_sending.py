"""What leaves for Telegram, and what its refusals mean (reference/channels.md 3.2)."""

import logging
import traceback

import aiohttp
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from channels.telegram import TelegramConnector
from channels.telegram.api import BotApi, error_for
from lola.channel.contract import RawRequest
from lola.domain.clock import system_clock
from lola.domain.messages import (
    SHARE_NUMBER,
    Address,
    ButtonsMessage,
    LinkMessage,
    LinkTarget,
    MessageId,
    Option,
    SelectMessage,
    TextMessage,
)
from lola.errors import (
    AmbiguousSendError,
    ChannelError,
    ChannelStoppedError,
    ConfigurationError,
    OptedOutError,
    RejectedError,
    RetryLaterError,
)
from lola.sandbox.telegram.stub import TelegramStub
from lola.settings import Settings
from tests.support import inbound

TOKEN = "4200001:PLANTED-bot-token"
ANA = Address(channel="telegram", account="4200001", sender="555001")
HELLO = TextMessage(content="Hola")


@pytest.fixture
async def line():
    stub = TelegramStub(TOKEN, system_clock)
    app = web.Application()
    stub.add_routes(app, "")
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        settings = Settings(
            telegram_token=TOKEN,
            telegram_secret_token="first,second",
            telegram_api_url=str(server.make_url("/")),
        )
        yield TelegramConnector.build(settings, http, system_clock), stub


async def sent(line, message, address=ANA):
    connector, stub = line
    await connector.send(address, message, "out-1")
    return stub.sent[-1].message


async def test_bold_becomes_html_and_everything_else_is_escaped(line):
    """Only our own marks are markup; the text of a sender never is."""
    message = await sent(line, TextMessage(content="**Total** *de* 5 < 6 & 2*3*4 <b>no</b>"))
    assert message["text"] == "<b>Total</b> <b>de</b> 5 &lt; 6 &amp; 2*3*4 &lt;b&gt;no&lt;/b&gt;"
    assert message["parse_mode"] == "HTML"
    assert message["link_preview_options"] == {"is_disabled": True}


async def test_refused_markup_goes_again_as_plain_words(line):
    """One unreadable entity must not cost the message (reference/channels.md 3.2)."""
    line[1].faults.add("entities")
    message = await sent(line, TextMessage(content="**Total**: 5 < 6"))
    assert message["text"] == "Total: 5 < 6"
    assert "parse_mode" not in message
    assert len(line[1].sent) == 1


async def test_choices_are_inline_buttons(line):
    """Buttons and lists are under the text, one to a row."""
    options = (Option(id="q:ok", title="Sí"), Option(id="q:no", title="No"))
    rows = [
        [{"text": "Sí", "callback_data": "q:ok"}],
        [{"text": "No", "callback_data": "q:no"}],
    ]
    for message in (
        ButtonsMessage(content="¿?", options=options),
        SelectMessage(content="¿?", options=options, list_title="L", button="B"),
    ):
        assert (await sent(line, message))["reply_markup"] == {"inline_keyboard": rows}


async def test_ids_that_do_not_fit_become_numbered_lines(line):
    """A button carries 64 bytes; options with longer ids are written out as text."""
    options = (Option(id="ñ" * 33, title="Banco"),)
    message = await sent(line, ButtonsMessage(content="¿Cuál?", options=options))
    assert message["text"] == "¿Cuál?\n\n1. Banco"
    assert "reply_markup" not in message


async def test_links_are_buttons_where_telegram_allows(line):
    """A public address opens with a tap, and its preview is never fetched."""
    link = LinkTarget(text="Pagar", url="https://pay.example.com/w/9cZk")
    message = await sent(line, LinkMessage(content="Sigue aquí", links=(link,)))
    button = {"text": "Pagar", "url": link.url}
    assert message["reply_markup"] == {"inline_keyboard": [[button]]}
    assert message["text"] == "Sigue aquí"


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8080/l/a", "http://localhost/l/a", "https://pay.example.com/" + "x" * 2048],
)
async def test_links_that_a_button_cannot_carry_are_written(line, url):
    """Telegram refuses bare addresses and endless ones on buttons (reference/channels.md 3.2)."""
    links = (LinkTarget(text="A", url="https://pay.example.com/a"), LinkTarget(text="B", url=url))
    message = await sent(line, LinkMessage(content="Sigue aquí", links=links))
    assert message["text"] == f"Sigue aquí\n\nA: {links[0].url}\nB: {url}"
    assert "reply_markup" not in message


async def test_the_number_is_asked_for_with_telegrams_own_button(line):
    """The button that shares one's contact stays until the number is proved, then it goes."""
    share = Option(id=SHARE_NUMBER, title="Compartir mi número")
    asked = await sent(line, ButtonsMessage(content="¿Quién eres?", options=(share,)))
    assert asked["reply_markup"]["keyboard"] == [
        [{"text": "Compartir mi número", "request_contact": True}]
    ]
    assert "reply_markup" not in await sent(line, HELLO)
    known = Address(channel="telegram", account="4200001", sender="555001", phone="+15550100001")
    assert (await sent(line, HELLO, known))["reply_markup"] == {"remove_keyboard": True}


@pytest.mark.parametrize(
    ("status", "answer", "kind"),
    [
        (429, {"error_code": 429, "parameters": {"retry_after": 3}}, RetryLaterError),
        (401, {"error_code": 401, "description": "Unauthorized"}, ChannelStoppedError),
        (404, {"error_code": 404, "description": "Not Found"}, ChannelStoppedError),
        (409, {"error_code": 409}, ChannelStoppedError),
        (
            403,
            {"error_code": 403, "description": "Forbidden: bot was blocked by the user"},
            OptedOutError,
        ),
        (403, {"error_code": 403, "description": "Forbidden: user is deactivated"}, RejectedError),
        (400, {"error_code": 400, "description": "Bad Request: chat not found"}, RejectedError),
        (500, {"error_code": 500}, RetryLaterError),
        (502, {}, RetryLaterError),
        (504, {}, AmbiguousSendError),
        (200, {}, AmbiguousSendError),
        (200, {"ok": "yes"}, AmbiguousSendError),
    ],
)
def test_each_refusal_has_one_meaning(status, answer, kind):
    """The error table of reference/channels.md 3.2."""
    assert type(error_for(status, answer, None)) is kind


def test_telegrams_own_advice_is_followed():
    """`retry_after` is honoured exactly, and nonsense is no advice."""
    answer = {"error_code": 429, "parameters": {"retry_after": 17}}
    assert error_for(429, answer, 1.0).after == 17.0
    assert error_for(429, {"error_code": 429, "parameters": []}, None).after is None


async def test_a_sender_who_blocked_the_bot_opted_out(line):
    """403 "blocked by the user" is their wish, not a failure."""
    connector, stub = line
    stub.blocked.add("555001")
    with pytest.raises(OptedOutError):
        await connector.send(ANA, HELLO, "out-1")


@pytest.mark.parametrize(
    "trouble", ["401", "429", "502", "drop", "nowhere", "bad address", "moved"]
)
async def test_the_token_stays_inside(line, trouble, caplog):
    """It is in every address, and in no exception, traceback or log (reference/channels.md 3.1)."""
    connector, stub = line
    logging.getLogger().setLevel(logging.DEBUG)
    async with aiohttp.ClientSession() as http:
        if trouble == "nowhere":
            connector._api = BotApi(http, f"http://127.0.0.1:{unused_port()}", TOKEN)
        elif trouble == "bad address":
            connector._api = BotApi(http, "http://[", TOKEN)
        elif trouble == "moved":
            app = web.Application()
            app.router.add_post("/{rest:.*}", _moved)
            server = TestServer(app)
            await server.start_server()
            connector._api = BotApi(http, str(server.make_url("/")), TOKEN)
        else:
            stub.faults.add(trouble)
        with structlog.testing.capture_logs() as logs:
            try:
                await connector.send(ANA, HELLO, "out-1")
            except ChannelError as error:
                said = "".join(traceback.format_exception(error))
            await connector.seen(inbound("hola", address=ANA))
        if trouble == "moved":
            await server.close()
    assert "PLANTED" not in said
    assert "PLANTED" not in repr(logs)
    # The stand-in is the provider: what it logs of its own callers is not ours.
    ours = [record for record in caplog.records if record.name != "aiohttp.access"]
    assert not [record for record in ours if "PLANTED" in record.getMessage()]


async def _moved(request):
    raise web.HTTPFound(f"/elsewhere{request.path}")


async def test_typing_is_shown(line):
    """`seen` shows typing; Telegram has no receipts."""
    connector, stub = line
    await connector.seen(inbound("hola", address=ANA, id=MessageId("7")))
    assert stub.actions == [{"chat_id": 555001, "action": "typing"}]


def tapped(body):
    return RawRequest(method="POST", path="/webhooks/telegram", headers={}, body=body, query={})


async def test_a_tap_is_answered_in_the_webhooks_own_answer(line):
    """The button stops spinning without a call of ours; other updates hear nothing."""
    connector, _ = line
    reply = connector.accepted(tapped(b'{"update_id": 1, "callback_query": {"id": "77"}}'))
    assert reply.body == '{"method": "answerCallbackQuery", "callback_query_id": "77"}'
    assert reply.content_type == "application/json"
    for other in (b'{"update_id": 1, "message": {}}', b"noise"):
        assert connector.accepted(tapped(other)).body == ""


async def test_both_secrets_open_the_door_during_a_rotation(line):
    """The old secret counts until it is taken out of the setting."""
    connector, _ = line
    for secret in ("first", "second"):
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
        connector.verify(RawRequest(method="POST", path="/", headers=headers, body=b"{}", query={}))


async def test_the_webhook_is_registered_and_shown(line):
    """Telegram is told the address, the first secret and what we want to hear."""
    connector, stub = line
    await connector.register("https://bot.bank.example")
    assert stub.webhook["url"] == "https://bot.bank.example/webhooks/telegram"
    assert stub.webhook["secret_token"] == "first"
    assert set(stub.webhook["allowed_updates"]) == {
        "message", "edited_message", "callback_query", "my_chat_member",
    }  # fmt: skip
    shown = await connector.registration()
    assert shown["url"] == stub.webhook["url"]
    assert "secret_token" not in shown


@pytest.mark.parametrize(
    "settings",
    [
        {"telegram_token": TOKEN},
        {"telegram_token": TOKEN, "telegram_secret_token": "not allowed"},
        {"telegram_secret_token": "x" * 257},
    ],
)
async def test_a_bot_without_a_usable_secret_does_not_start(settings):
    """Without it anybody could speak for anybody."""
    async with aiohttp.ClientSession() as http:
        with pytest.raises(ConfigurationError, match="TELEGRAM_SECRET_TOKEN"):
            TelegramConnector.build(Settings(**settings), http, system_clock)


async def test_without_a_token_it_is_off():
    """Nothing is accepted and nothing is sent, and the operator is told which setting it is."""
    async with aiohttp.ClientSession() as http:
        off = TelegramConnector.build(Settings(), http, system_clock)
        with pytest.raises(ChannelStoppedError, match="TELEGRAM_TOKEN"):
            await off.send(ANA, HELLO, "out-1")
        await off.seen(inbound("hola", address=ANA))


async def test_the_doctor_tries_the_token_and_says_where_updates_go(line) -> None:
    """A bot without a registered address gets no message, so the address is named."""
    connector, _ = line
    assert "no address yet" in await connector.check()
    await connector.register("https://bot.bank.example")
    assert "https://bot.bank.example/webhooks/telegram" in await connector.check()


async def test_the_doctor_names_a_wrong_token(line) -> None:
    """And the token is in no error."""
    connector, _ = line
    connector._api._prefix = connector._api._prefix.replace(TOKEN, "4200001:PLANTED-other")
    with pytest.raises(ChannelStoppedError) as caught:
        await connector.check()
    assert "PLANTED" not in str(caught.value)


async def test_a_bot_that_is_not_configured_is_off() -> None:
    """No token is no fault."""
    async with aiohttp.ClientSession() as http:
        assert await TelegramConnector.build(Settings(), http, system_clock).check() == "off"
