"""A new channel is one class: a toy one of under 40 lines takes part in the real service."""

import hmac
import inspect
import json
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from lola.app import Service
from lola.domain.messages import Address
from lola.errors import ConfigurationError
from lola.settings import RISKS, load_settings
from lola.testing.waiting import until
from tests.contract.toy import PagerConnector

ROOT = Path(__file__).parents[2]
SECRET = "pager-secret"
SENDER = "+15550100001"


@pytest.fixture
async def pager(tmp_path, monkeypatch):
    """The service with pagers only, a function that pages it, and what it paged back."""
    shown = []

    async def take(request: web.Request) -> web.Response:
        shown.append(await request.json())
        return web.Response()

    app = web.Application()
    app.router.add_post("/page", take)
    async with TestServer(app) as provider:
        monkeypatch.setenv("PAGER__URL", str(provider.make_url("/page")))
        monkeypatch.setenv("PAGER__SECRET", SECRET)
        settings = load_settings(
            port=0,
            lola_data=tmp_path,
            channels=("tests.contract.toy.PagerConnector",),
            allow_unsafe=tuple(RISKS),
        )
        async with Service(settings) as service, aiohttp.ClientSession() as http:

            async def page(body, secret=SECRET):
                digest = hmac.digest(secret.encode(), body, "sha256").hex()
                url = f"{service.url}/webhooks/pager"
                async with http.post(url, data=body, headers={"X-Pager": digest}) as response:
                    return response.status

            yield page, shown, service


def test_a_channel_takes_under_40_lines():
    """Verify, parse, send and a capability record; nothing else is asked for."""
    assert len(inspect.getsource(PagerConnector).splitlines()) < 40


def test_a_banks_channel_is_two_places():
    """Its module and CHANNELS: no file of the product knows its name, settings included."""
    product = [
        path
        for package in ("lola", "channels", "agents", "middleware")
        for path in (ROOT / package).rglob("*")
        if path.suffix in {".py", ".toml", ".html"}
    ]
    assert len(product) > 300
    assert [path for path in product if "pager" in path.read_text().lower()] == []


async def test_a_mistake_in_its_settings_stops_the_start(tmp_path, monkeypatch):
    """The error names the variable that the bank's operator set."""
    monkeypatch.setenv("PAGER__URL", "http://pager.example")
    monkeypatch.setenv("PAGER__SECRETT", SECRET)
    settings = load_settings(
        port=0,
        lola_data=tmp_path,
        channels=("tests.contract.toy.PagerConnector",),
        allow_unsafe=tuple(RISKS),
    )
    with pytest.raises(ConfigurationError, match=r"PAGER__SECRETT.*did you mean PAGER__SECRET"):
        async with Service(settings):
            pass


async def test_it_is_answered_within_its_capabilities(pager):
    """Choices come as numbered lines, in pages of at most 160 characters, and a number is read."""
    page, shown, _ = pager

    async def say(number, text):
        body = json.dumps({"id": f"p{number}", "from": SENDER, "text": text}).encode()
        assert await page(body) == 200

    async def offered():
        return [item for item in shown if "1. Seguir con Lola" in item["text"].splitlines()]

    async def taken_back():
        return shown[count:]

    await say(1, "quiero hablar con una persona")
    await until(offered)
    assert all(item["to"] == SENDER and 0 < len(item["text"]) <= 160 for item in shown)
    count = len(shown)
    await say(2, "1")
    await until(taken_back)


async def test_it_keeps_the_rules_of_the_door(pager):
    """Unsigned 401, unreadable 200, twice the same answered once (reference/channels.md 0.3)."""
    page, _, service = pager
    conversation = Address(channel="pager", account="desk", sender=SENDER).conversation
    body = json.dumps({"id": "p1", "from": SENDER, "text": "hola"}).encode()
    assert await page(body, secret="other") == 401
    assert await page(b"\xff") == 200
    assert [await page(body) for _ in range(2)] == [200, 200]

    async def committed():
        stored = await service.store.read(conversation, limit=10)
        return stored.history

    (turn,) = await until(committed)
    assert [item["id"] for item in turn["inbound"]] == ["p1"]
