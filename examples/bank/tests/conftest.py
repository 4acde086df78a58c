"""Mi Banco's settings for the service under test, and its pager provider on loopback."""

import asyncio
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import mibanco
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from lola.settings import RISKS

SETTINGS = Path(__file__).parents[1] / "lola.toml"


class Pagers:
    """The pager provider: what it was asked to send, and the secret that it signs with."""

    secret = "pager-secret"

    def __init__(self) -> None:
        self.url = ""
        self.sent: asyncio.Queue[dict[str, str]] = asyncio.Queue()

    async def take(self, request: web.Request) -> web.Response:
        self.sent.put_nowait(await request.json())
        return web.Response()


@pytest.fixture
async def pagers() -> AsyncIterator[Pagers]:
    """Start the provider."""
    provider = Pagers()
    app = web.Application()
    app.router.add_post("/send", provider.take)
    async with TestServer(app) as server:
        provider.url = str(server.make_url("/send"))
        yield provider


@pytest.fixture
def lola_settings(pagers: Pagers) -> dict[str, Any]:
    """Return lola.toml as the bank deploys it, with the stand-ins of a test."""
    settings: dict[str, Any] = tomllib.loads(SETTINGS.read_text(encoding="utf-8"))
    settings["pager"] |= {"url": pagers.url, "secret": pagers.secret}
    settings["knowledge_documents"] = str(Path(mibanco.__file__).parent / "documents")
    # The pager is a real channel, beside which shortcuts of development must be allowed by name.
    return {**settings, "allow_unsafe": tuple(RISKS)}
