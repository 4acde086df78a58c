"""`lola webhook` speaks to the provider's own API (`lola.cli.webhook`)."""

import asyncio
import json
import threading
from contextlib import contextmanager

import pytest
from aiohttp import web
from typer.testing import CliRunner

from lola.cli.main import app
from lola.domain.clock import system_clock
from lola.errors import ConfigurationError
from lola.sandbox.chatwoot.stub import ChatwootStub
from lola.sandbox.telegram.stub import TelegramStub

TOKEN = "4200001:bot-token"


@contextmanager
def listening(stub):
    """Run a stand-in in a thread of its own: the command runs its own loop."""
    loop = asyncio.new_event_loop()
    started = threading.Event()
    where = []

    async def serve():
        server = web.Application()
        stub.add_routes(server, "")
        runner = web.AppRunner(server, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        where.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
        started.set()
        return runner

    def run():
        runner = loop.run_until_complete(serve())
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    started.wait(10)
    yield stub, where[0]
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


@pytest.fixture
def telegram():
    with listening(TelegramStub(TOKEN, system_clock)) as found:
        yield found


@pytest.fixture
def chatwoot():
    with listening(ChatwootStub("1", "key-1", system_clock)) as found:
        yield found


@pytest.fixture
def run(telegram, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    environment = {
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_SECRET_TOKEN": "secret-1",
        "TELEGRAM_API_URL": telegram[1],
        "WEBHOOK_URL": "https://bot.bank.example",
    }

    def run_(*words, **changes):
        return CliRunner().invoke(app, ["webhook", *words], env=environment | changes)

    return run_


def test_set_and_show(run, telegram):
    """The provider has the address afterwards, and no secret is printed."""
    result = run("set", "telegram")
    shown = json.loads(result.stdout)
    assert shown["url"] == "https://bot.bank.example/webhooks/telegram"
    assert telegram[0].webhook["secret_token"] == "secret-1"
    again = run("show", "telegram")
    assert json.loads(again.stdout) == shown
    assert "secret-1" not in result.stdout + again.stdout


def test_the_mirrors_inbox_is_made_once(run, chatwoot):
    """A second time it is only pointed here; the path of a server that cannot sign is hidden."""
    stub, url = chatwoot
    settings = {
        "CHATWOOT_URL": url,
        "CHATWOOT_ACCESS_KEY": "key-1",
        "CHATWOOT_ACCOUNT_ID": "1",
        "CHATWOOT_INBOX_NAME": "Lola",
        "CHATWOOT_WEBHOOK_TOKEN": "t" * 32,
    }
    assert json.loads(run("show", "chatwoot", **settings).stdout)["webhook_url"] == ""
    run("set", "chatwoot", **settings)
    again = run("set", "chatwoot", **settings)
    (inbox,) = stub.inboxes.values()
    assert inbox["webhook_url"] == f"https://bot.bank.example/webhooks/chatwoot/{'t' * 32}"
    shown = json.loads(again.stdout)
    assert shown["webhook_url"] == "https://bot.bank.example/webhooks/chatwoot/…"
    assert "ttt" not in again.stdout


@pytest.mark.parametrize(
    ("channel", "changes", "named"),
    [
        ("sms", {}, "telegram"),
        ("telegram", {"WEBHOOK_URL": ""}, "WEBHOOK_URL"),
    ],
)
def test_what_cannot_be_set_says_why(run, telegram, channel, changes, named):
    """A channel without such an API, or an address that no provider can reach."""
    result = run("set", channel, **changes)
    assert isinstance(result.exception, ConfigurationError)
    assert named in str(result.exception)
    assert telegram[0].webhook == {}
