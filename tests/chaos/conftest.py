"""Short folders for sockets, and one server for the tests that share one."""

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from lola.state import EmbeddedValkey
from lola.telemetry.logs import configure


@pytest.fixture(scope="session")
def seed():
    """The fixed seed of the push tier; another one from the environment repeats a failure."""
    return int(os.environ.get("LOLA_CHAOS_SEED", "1"))


@pytest.fixture
def folder():
    """An empty folder whose path is short enough for unix sockets."""
    path = Path(tempfile.mkdtemp(prefix="lc-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def server_url():
    data = Path(tempfile.mkdtemp(prefix="lc-"))
    server = EmbeddedValkey(data)
    yield asyncio.run(server.start())
    asyncio.run(server.stop())
    shutil.rmtree(data)


@pytest.fixture
def quiet():
    """Faults on purpose log errors on purpose, which would hide everything else."""
    configure("critical")
