"""The service as a process, spoken to over HTTP only. Tests of one module share one process."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.process import Running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lola(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A `lola serve` with its sandbox on loopback, WhatsApp and SMS."""
    async with Running(tmp_path_factory.mktemp("lola")) as running:
        yield running
