"""What all tests share: a real Valkey server per process, and no property that has to be fast."""

import asyncio
import logging
import os
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
from tests.loopback import loopback_only
from tests.support import ManualClock, PartnerAnswers

# Also where the installed package is older than its entry points.
pytest_plugins = ["lola.testing.pytest_plugin"]

# A busy machine is slow now and then; what a test proves must not depend on it.
hypothesis.settings.register_profile("lola", deadline=None)
hypothesis.settings.load_profile("lola")

# No test reaches anything outside this machine: not in this process, nor in those that it starts.
_NOTES = Path(tempfile.mkdtemp(prefix="lo-")) / "outside"
os.environ[loopback_only.NOTES] = str(_NOTES)
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, (str(Path(loopback_only.__file__).parent), os.environ.get("PYTHONPATH")))
)
loopback_only.install()


@pytest.fixture(autouse=True)
def nothing_outside():
    """A test that reached out fails, also where the code took it for an outage."""
    yield
    attempts = _NOTES.read_text().splitlines() if _NOTES.exists() else []
    _NOTES.unlink(missing_ok=True)
    assert attempts == []


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
def partner_answers() -> PartnerAnswers:
    """What the M2M partner knows: nothing, until a test says otherwise."""
    return PartnerAnswers()


@pytest.fixture
def money(connections, partner_answers) -> MoneyService:
    """The money service with a partner that knows what the test says."""
    keys, settings, origin = Keys(f"t{uuid4().hex[:12]}"), load_settings(), "https://lola.example"
    store = StateStore(connections.commands, keys, ManualClock(), timedelta(hours=24))
    sealer = Sealer((new_secret(),), purpose=PURPOSE, tenant="lola", setting="CALLBACK_SECRET")
    links = WidgetLinks(
        client=partner_answers,
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
