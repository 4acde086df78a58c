"""The sync of conversations with external help desks (`lola.escalation.help_desk_sync`)."""

import pytest

from lola.errors import RetryLaterError
from lola.escalation.help_desk_sync import HelpDeskSync
from lola.state.sync_list import SyncList


class RecordingHelpDesk:
    """A help desk that records its calls, and fails when told to."""

    name = "recording"

    def __init__(self):
        self.synced, self.fetches, self.broken = [], 0, False

    async def sync(self, conversation, *, force):
        self.synced.append((conversation, force))
        if self.broken:
            raise RetryLaterError("down")

    async def refresh_owner(self, conversation, thread):
        """It has no conversations of its own."""

    async def fetch_missed(self):
        self.fetches += 1


@pytest.fixture
async def parts(bank):
    sync_list = SyncList(bank.store._redis, bank.store._keys, bank.clock, "test")
    help_desk = RecordingHelpDesk()
    sync = HelpDeskSync([help_desk], sync_list, bank.owners, bank.clock, "one")
    return help_desk, sync_list, sync


async def test_a_mark_forces_one_sync_and_a_full_sync_forces_all(bank, parts):
    """Without a new mark a conversation is only compared until the next full sync."""
    help_desk, sync_list, sync = parts
    await sync.sync_all()
    conversation = await bank.turn()
    await sync_list.mark(conversation)
    for _ in range(2):
        await sync.sync_all()
    bank.clock.pass_(seconds=61)
    await sync.sync_all()
    assert help_desk.synced == [(conversation, True), (conversation, False), (conversation, True)]
    assert help_desk.fetches == 2


async def test_a_sender_who_waits_for_a_person_is_always_synced(bank, parts):
    """Also long after the last mark."""
    help_desk, _, sync = parts
    conversation = await bank.turn()
    await bank.wait_for_person(conversation)
    await sync.sync_all()
    assert [name for name, _ in help_desk.synced] == [conversation]


async def test_a_failure_is_tried_again_after_a_growing_delay(bank, parts):
    """One, two, four seconds: an outage of the help desk costs little."""
    help_desk, sync_list, sync = parts
    help_desk.broken = True
    await sync_list.mark(await bank.turn())
    for _ in range(8):
        await sync.sync_all()
        bank.clock.pass_(seconds=1)
    assert len(help_desk.synced) == 4
    help_desk.broken = False
    bank.clock.pass_(seconds=8)
    await sync.sync_all()
    await sync.sync_all()
    assert len(help_desk.synced) == 6


async def test_a_second_worker_only_waits(bank, parts):
    """Two workers that post at once would post twice."""
    help_desk, sync_list, sync = parts
    await sync_list.mark(await bank.turn())
    await sync.sync_all()
    second = RecordingHelpDesk()
    await HelpDeskSync([second], sync_list, bank.owners, bank.clock, "two").sync_all()
    assert (len(help_desk.synced), second.synced, second.fetches) == (1, [], 0)


async def test_it_runs_until_it_is_stopped(bank, parts):
    """A stop ends the wait between two syncs."""
    help_desk, _, sync = parts
    sync.stop()
    await sync.run()
    assert help_desk.fetches == 0
