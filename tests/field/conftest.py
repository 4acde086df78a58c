"""A running service for failures at the edge, and a bench for failures behind it."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from lola.state import EmbeddedValkey, Keys, connect
from tests.field.edge import Sender
from tests.field.stage import staged
from tests.unit.delivery.workbench import Bench, FakeClock


@pytest.fixture
def harness(lola_harness):
    return lola_harness


@pytest.fixture
async def sender(harness):
    async with Sender(harness, "+15550100001") as one:
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running_stage(tmp_path_factory):
    async with staged(tmp_path_factory.mktemp("stage")) as running:
        yield running


@pytest.fixture
def stage(running_stage):
    """The module's service; whatever was scripted must have been played, by the wire's rules."""
    running_stage.model.requests.clear()
    yield running_stage
    unplayed = list(running_stage.model.answers)
    running_stage.model.answers.clear()
    assert unplayed == []
    assert running_stage.model.broken_rules == []


@pytest.fixture(scope="session")
def valkey_url():
    data = Path(tempfile.mkdtemp(prefix="lf-"))
    server = EmbeddedValkey(data)
    yield asyncio.run(server.start())
    asyncio.run(server.stop())
    shutil.rmtree(data)


@pytest.fixture
async def bench(valkey_url):
    connections = connect(valkey_url)
    yield Bench(connections, Keys(f"f{uuid4().hex[:12]}"), FakeClock())
    await connections.close()
