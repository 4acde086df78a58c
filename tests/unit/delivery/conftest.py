"""A real Valkey server for the delivery tests, one per test process."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from uuid import uuid4

import pytest

from lola.delivery import Limits
from lola.state import EmbeddedValkey, Keys, connect
from tests.unit.delivery.workbench import Bench, FakeClock


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
def clock():
    return FakeClock()


@pytest.fixture
def make_bench(connections, clock):
    def make(**limits):
        keys = Keys(f"t{uuid4().hex[:12]}")
        return Bench(connections, keys, clock, limits=Limits(**limits))

    return make


@pytest.fixture
def bench(make_bench):
    return make_bench()
