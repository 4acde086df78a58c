"""The service as a process, spoken to over HTTP only."""

from collections.abc import AsyncIterator

import pytest

from tests.e2e.process import Running


@pytest.fixture
async def lola(tmp_path) -> AsyncIterator[Running]:
    """A fresh `lola serve` with its sandbox on loopback."""
    async with Running(tmp_path) as running:
        yield running
