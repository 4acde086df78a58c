"""One real Valkey server for every unit test of this process that needs a store."""

import asyncio
import shutil
import tempfile
from pathlib import Path

import pytest

from lola.state import EmbeddedValkey, connect


@pytest.fixture(scope="session")
def valkey_url():
    data = Path(tempfile.mkdtemp(prefix="lv-"))  # a socket's path must stay short
    server = EmbeddedValkey(data)
    yield asyncio.run(server.start())
    asyncio.run(server.stop())
    shutil.rmtree(data)


@pytest.fixture
async def connections(valkey_url):
    connections = connect(valkey_url)
    yield connections
    await connections.close()
