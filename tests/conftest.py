"""What all tests share: a real Valkey server per process, and no property that has to be fast."""

import asyncio
import logging
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import hypothesis
import pytest
import structlog

from lola.money.callbacks import PURPOSE, CallbackAddresses, Handlers
from lola.money.handlers import CALLBACKS
from lola.money.keys import new_secret
from lola.money.links import TicketIndex, WidgetLinks
from lola.money.sealing import Sealer
from lola.money.service import MoneyService
from lola.money.short_links import ShortLinks
from lola.settings import load_settings
from lola.state import EmbeddedValkey, Keys, connect
from lola.state.store import StateStore
from lola.text.wording import Wording
from tests.support import ManualClock

# A busy machine is slow now and then; what a test proves must not depend on it.
hypothesis.settings.register_profile("lola", deadline=None)
hypothesis.settings.load_profile("lola")


@pytest.fixture(autouse=True)
def logs_as_before():
    """A test that configures logs, as every command does, leaves them to others as they were."""
    events, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.configure(**events)
    root.handlers[:] = handlers
    root.setLevel(level)


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


@pytest.fixture
def money(connections) -> MoneyService:
    """The money service without partners: what it does to tickets needs none."""
    keys, settings, origin = Keys(f"t{uuid4().hex[:12]}"), load_settings(), "https://lola.example"
    store = StateStore(connections.commands, keys, ManualClock(), timedelta(hours=24))
    sealer = Sealer((new_secret(),), purpose=PURPOSE, tenant="lola", setting="CALLBACK_SECRET")
    links = WidgetLinks(
        client=None,
        short_links=ShortLinks(store, origin),
        callbacks=CallbackAddresses(sealer, Handlers(CALLBACKS), origin),
        settings=settings,
    )
    return MoneyService(
        remittances=None,
        links=links,
        index=TicketIndex(store),
        wording=Wording(),
        settings=settings,
    )
