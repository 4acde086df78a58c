"""The list of conversations that are followed from beside (`lola.state.sync_list`)."""

from uuid import uuid4

import pytest

from lola.domain.messages import ConversationId
from lola.state import Keys, connect
from lola.state.sync_list import KEPT_SECONDS, SyncList
from tests.support import ManualClock

ANA, LUZ = ConversationId("whatsapp-ana"), ConversationId("sms-luz")


@pytest.fixture
async def watch(valkey_url):
    connections = connect(valkey_url)
    clock = ManualClock()
    keys = Keys(f"w{uuid4().hex[:12]}")
    yield SyncList(connections.commands, keys, clock, "desk"), clock
    await connections.close()


async def test_what_was_marked_is_answered_with_when(watch):
    """A second mark moves the first; old marks are forgotten."""
    marks, clock = watch
    await marks.mark(ANA)
    clock.advance(seconds=90)
    await marks.mark(LUZ)
    assert list(await marks.marked()) == [ANA, LUZ]
    assert list(await marks.marked(60)) == [LUZ]
    await marks.mark(ANA)
    assert (await marks.marked(60))[ANA] == clock().timestamp()
    clock.advance(seconds=KEPT_SECONDS + 1)
    await marks.mark(LUZ)
    assert list(await marks.marked()) == [LUZ]


async def test_one_worker_holds_the_list(watch):
    """Its holder keeps it by asking again; no other worker gets it meanwhile."""
    marks, _ = watch
    assert await marks.hold("one", 30)
    assert not await marks.hold("two", 30)
    assert await marks.hold("one", 30)
