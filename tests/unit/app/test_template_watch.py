"""The worker's look at templates: one per quarter of an hour for all workers, whatever happens."""

from datetime import timedelta
from uuid import uuid4

import pytest

from lola.app.template_watch import LOOK_SECONDS, look, managing
from lola.channel.templates import MessageTemplates, ProviderTemplate
from lola.delivery.templates import TemplateBook
from lola.errors import ChannelStoppedError
from lola.state import Keys
from lola.state.store import StateStore
from lola.text.wording import Wording
from tests.support import ManualClock

TEXTS = MessageTemplates(Wording())


class Provider:
    """A channel with managed templates; `trouble` is raised once."""

    name = "whatsapp"

    def __init__(self, manages=True, trouble=None):
        self.manages_templates = manages
        self.looks, self.trouble = 0, trouble

    async def list_templates(self):
        self.looks += 1
        if self.trouble:
            trouble, self.trouble = self.trouble, None
            raise trouble
        first = next(iter(TEXTS))
        return (ProviderTemplate(name=first.name, language=first.language, status="approved"),)

    async def submit_template(self, template, known):
        raise NotImplementedError

    async def send_template(self, address, filled, reference):
        raise NotImplementedError


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def stores(connections, clock):
    keys = Keys(f"t{uuid4().hex[:12]}")
    store = StateStore(connections.commands, keys, clock, timedelta(hours=24))
    return TemplateBook(connections, keys, TEXTS), store


async def test_all_workers_together_look_once(stores, clock):
    """And again after a quarter of an hour; what is found is known to every process."""
    book, store = stores
    provider = Provider()
    for _ in range(3):
        await look(provider, book, store)
    assert provider.looks == 1
    assert {one.status for one in (await book.all("whatsapp")).values()} == {"approved"}
    clock.advance(seconds=LOOK_SECONDS + 1)
    await look(provider, book, store)
    assert provider.looks == 2


@pytest.mark.parametrize("trouble", [ChannelStoppedError("token"), ValueError("a fault of ours")])
async def test_trouble_is_logged_and_what_was_known_stays(stores, clock, trouble):
    """The next look finds the provider again."""
    book, store = stores
    provider = Provider()
    await look(provider, book, store)
    known = await book.all("whatsapp")
    provider.trouble = trouble
    clock.advance(seconds=LOOK_SECONDS + 1)
    await look(provider, book, store)
    assert await book.all("whatsapp") == known
    clock.advance(seconds=LOOK_SECONDS + 1)
    await look(provider, book, store)
    assert provider.looks == 3


def test_only_channels_with_an_account_are_watched():
    """Without one there is nothing to ask."""
    managed, bare = Provider(), Provider(manages=False)
    assert managing([managed, bare, object()]) == (managed,)
