"""One Valkey server for the module, one bank with fresh keys for each test."""

import asyncio

import pytest

from lola.state import EmbeddedValkey, connect
from tests.unit.escalation.support import Bank


@pytest.fixture(scope="module")
def valkey_url(tmp_path_factory):
    server = EmbeddedValkey(tmp_path_factory.mktemp("valkey"))
    yield asyncio.run(server.start())
    asyncio.run(server.stop())


@pytest.fixture
async def bank(valkey_url):
    connections = connect(valkey_url)
    yield Bank(connections)
    await connections.close()
