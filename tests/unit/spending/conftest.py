"""A real Valkey server for the budgets' tests."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from uuid import uuid4

import pytest

from lola.state import EmbeddedValkey, Keys, connect


@pytest.fixture(scope="session")
def valkey_url():
    data = Path(tempfile.mkdtemp(prefix="lv-"))
    server = EmbeddedValkey(data)
    yield asyncio.run(server.start())
    asyncio.run(server.stop())
    shutil.rmtree(data)


@pytest.fixture
async def connections(valkey_url):
    connections = connect(valkey_url)
    yield connections
    await connections.close()


@pytest.fixture
def keys():
    return Keys(f"t{uuid4().hex[:12]}")
