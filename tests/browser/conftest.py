"""A browser for the module, and visitors whose pages must not have reported an error."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.browser.browser import ARGUMENTS, CHROMIUM, Visitor, visit
from tests.e2e.process import Running

CHAT = "https://wa.me/15550199001"
Visit = Callable[..., Awaitable[Visitor]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, without a window."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        await running.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lola(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A `lola serve` with its sandbox on loopback."""
    back = json.dumps({"whatsapp": CHAT})
    async with Running(tmp_path_factory.mktemp("lola"), CHAT_URLS=back) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def opened(browser: Browser) -> AsyncIterator[Visit]:
    """Open pages, and find nothing wrong on any of them in the end."""
    contexts = []
    visitors: list[Visitor] = []

    async def open_(**options: object) -> Visitor:
        context, visitor = await visit(browser, **options)
        contexts.append(context)
        visitors.append(visitor)
        return visitor

    yield open_
    for context in contexts:
        await context.close()
    assert [finding for visitor in visitors for finding in visitor.findings] == []
