"""Telegram's stand-in refuses what Telegram refuses (`lola.sandbox.telegram.stub`)."""

import json

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from lola.domain.clock import system_clock
from lola.sandbox.telegram.stub import TelegramStub

TOKEN = "42:secret"


@pytest.fixture
async def bench():
    stub = TelegramStub(TOKEN, system_clock)
    app = web.Application()
    stub.add_routes(app, "/telegram")
    async with TestServer(app) as server, aiohttp.ClientSession() as http:

        async def call(method="sendMessage", token=TOKEN, form=False, **parameters):
            url = server.make_url(f"/telegram/bot{token}/{method}")
            body = {"data": parameters} if form else {"json": parameters}
            async with http.post(url, **body) as response:
                return response.status, await response.json(content_type=None)

        yield stub, call


def keyboard(**button):
    return {"inline_keyboard": [[{"text": "x", **button}]]}


@pytest.mark.parametrize("form", [False, True], ids=["json", "form"])
async def test_a_message_is_accepted_in_both_encodings(bench, form):
    """Libraries send forms with JSON inside, others JSON (reference/channels.md 3.2)."""
    stub, call = bench
    markup = keyboard(callback_data="q:ok")
    status, answer = await call(
        form=form, chat_id="7", text="hola", reply_markup=json.dumps(markup) if form else markup
    )
    (delivered,) = stub.messages_to("7")
    assert (status, answer["ok"]) == (200, True)
    assert delivered.id == f"7:{answer['result']['message_id']}"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"text": " "}, "empty"),
        ({"text": "x" * 4097}, "too long"),
        ({"text": "😀" * 2049}, "too long"),
        ({"text": "a < b", "parse_mode": "HTML"}, "parse entities"),
        ({"text": "<b>x", "parse_mode": "HTML"}, "parse entities"),
        ({"text": "<b>x</i>", "parse_mode": "HTML"}, "parse entities"),
        ({"text": "x", "parse_mode": "Loud"}, "parse_mode"),
        ({"chat_id": "@somebody"}, "chat not found"),
        ({"reply_markup": keyboard(callback_data="x" * 65)}, "BUTTON_DATA_INVALID"),
        ({"reply_markup": keyboard(url="http://127.0.0.1/l/a")}, "Wrong HTTP URL"),
        ({"reply_markup": keyboard(url="http://localhost/l/a")}, "Wrong HTTP URL"),
        ({"reply_markup": keyboard()}, "unallowed"),
        ({"reply_markup": {"inline_keyboard": [[{"text": ""}]]}}, "must not be empty"),
        ({"reply_markup": {"inline_keyboard": [[{"text": "x"}] * 9]}}, "too many"),
        ({"reply_markup": {"inline_keyboard": "x"}}, "type Array"),
        ({"reply_markup": {"other": 1}}, "object expected"),
    ],
)
async def test_a_rule_that_is_broken_is_named(bench, changes, words):
    """400 with Telegram's description, and nothing in the journal."""
    stub, call = bench
    status, answer = await call(**({"chat_id": 7, "text": "hola"} | changes))
    assert (status, answer["ok"], answer["error_code"]) == (400, False, 400)
    assert words in answer["description"]
    assert stub.sent == []


async def test_credentials_and_methods_are_checked(bench):
    """A wrong token is 401 and an unknown method 404."""
    _, call = bench
    assert (await call(token="42:other"))[0] == 401
    assert (await call(method="sendMoney"))[0] == 404


async def test_faults_are_played_once(bench):
    """429 comes with its advice, and the next call passes."""
    stub, call = bench
    stub.faults.add("429")
    status, answer = await call(chat_id=7, text="x")
    assert (status, answer["parameters"]) == (429, {"retry_after": 3})
    assert (await call(chat_id=7, text="x"))[0] == 200


@pytest.mark.parametrize(
    "changes",
    [{"url": "http://bot.example/x"}, {"url": "https://bot.example:8080/x"}, {"secret_token": "ñ"}],
)
async def test_an_impossible_webhook_is_refused(bench, changes):
    """HTTPS on four ports, and a secret of few letters (reference/channels.md 3.1)."""
    stub, call = bench
    good = {"url": "https://bot.example:8443/x", "secret_token": "a"}
    assert (await call("setWebhook", **(good | changes)))[0] == 400
    assert stub.webhook == {}
