"""One Valkey server for the module, one bank with fresh keys for each test."""

import pytest

from lola.state import connect
from tests.unit.escalation.support import Bank


@pytest.fixture
async def bank(valkey_url):
    connections = connect(valkey_url)
    yield Bank(connections)
    await connections.close()
