"""Files of senders: encrypted, for a set time, in one conversation (`lola.state.kept_files`)."""

from datetime import timedelta
from uuid import uuid4

import pytest

from lola.domain.messages import ConversationId
from lola.money.sealing import Sealer
from lola.state import Keys
from lola.state.kept_files import KeptFile, KeptFiles
from lola.state.store import StateStore
from tests.support import ManualClock

ANA, EVA = ConversationId("whatsapp-" + "a" * 24), ConversationId("whatsapp-" + "b" * 24)
ONE, TWO = "1" * 24, "2" * 24
PICTURE = KeptFile(name="INE.jpg", mime="image/jpeg", data=b"\xff\xd8\xff" + b"secret" * 1000)


def sealer(secret: str) -> Sealer:
    return Sealer(
        [secret * 32], purpose="files", tenant="t", setting="VAULT_SECRET", longest=1_000_000
    )


@pytest.fixture
def shop(connections):
    """The clock, the store and the files of one deployment."""
    clock, keys = ManualClock(), Keys(f"t{uuid4().hex[:12]}")
    store = StateStore(connections.commands, keys, clock, timedelta(hours=1))
    return clock, store, KeptFiles(store, sealer("s"), 3600)


async def test_a_file_comes_back_for_its_time_only(shop):
    """It is there with its name, type and bytes, and gone when its time is over."""
    clock, _, files = shop
    await files.put(ANA, ONE, PICTURE)
    assert await files.get(ANA, ONE) == PICTURE
    clock.advance(seconds=3601)
    assert await files.get(ANA, ONE) is None


async def test_the_store_holds_nothing_readable(shop, connections):
    """Neither the bytes nor the name of the file are in Redis."""
    _, store, files = shop
    await files.put(ANA, ONE, PICTURE)
    record = await store.get_record("file", f"{ANA}.{ONE}")
    assert record["conversation"] == ANA
    assert "INE" not in str(record)
    assert "secret" not in str(record)


async def test_a_file_opens_in_its_own_conversation_only(shop):
    """A record that is copied under another conversation or id does not open."""
    _, store, files = shop
    await files.put(ANA, ONE, PICTURE)
    record = await store.get_record("file", f"{ANA}.{ONE}")
    await store.put_record("file", f"{EVA}.{ONE}", record, 60)
    await store.put_record("file", f"{ANA}.{TWO}", record, 60)
    assert await files.get(EVA, ONE) is None
    assert await files.get(ANA, TWO) is None


async def test_without_its_secret_a_file_is_gone(shop):
    """A secret that was taken away opens nothing any more."""
    _, store, files = shop
    await files.put(ANA, ONE, PICTURE)
    assert await KeptFiles(store, sealer("t"), 60).get(ANA, ONE) is None
