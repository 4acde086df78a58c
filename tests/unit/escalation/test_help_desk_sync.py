"""The worker's rounds through the help desks (`lola.escalation.help_desk_sync`)."""

import pytest

from lola.errors import RetryLaterError
from lola.escalation.help_desk_sync import HelpDeskSync
from lola.state.sync_list import SyncList


class Looker:
    """A help desk that notes what it was asked, and fails when told to."""

    name = "looker"

    def __init__(self):
        self.looks, self.sweeps, self.broken = [], 0, False

    async def sync(self, conversation, *, closely):
        self.looks.append((conversation, closely))
        if self.broken:
            raise RetryLaterError("down")

    async def arrived(self, conversation, thread):
        """Nothing of its own."""

    async def sweep(self):
        self.sweeps += 1


@pytest.fixture
async def rounds(bank):
    watch = SyncList(bank.store._redis, bank.store._keys, bank.clock, "test")
    looker = Looker()
    return looker, watch, HelpDeskSync([looker], watch, bank.owners, bank.clock, "one")


async def test_a_mark_is_a_close_look_and_then_a_light_one(bank, rounds):
    """What was looked at since its mark is only compared; a sweep looks closely at all."""
    looker, watch, follower = rounds
    await follower.round()
    conversation = await bank.turn()
    await watch.mark(conversation)
    for _ in range(2):
        await follower.round()
    bank.clock.pass_(seconds=61)
    await follower.round()
    assert looker.looks == [(conversation, True), (conversation, False), (conversation, True)]
    assert looker.sweeps == 2


async def test_who_waits_for_a_person_is_always_looked_at(bank, rounds):
    """Also long after the last mark."""
    looker, _, follower = rounds
    conversation = await bank.turn()
    await bank.wait_for_person(conversation)
    await follower.round()
    assert [name for name, _ in looker.looks] == [conversation]


async def test_trouble_is_tried_again_after_ever_longer_pauses(bank, rounds):
    """One, two, four seconds: an outage over there costs little here."""
    looker, watch, follower = rounds
    looker.broken = True
    await watch.mark(await bank.turn())
    for _ in range(8):
        await follower.round()
        bank.clock.pass_(seconds=1)
    assert len(looker.looks) == 4
    looker.broken = False
    bank.clock.pass_(seconds=8)
    await follower.round()
    await follower.round()
    assert len(looker.looks) == 6


async def test_a_second_worker_only_waits(bank, rounds):
    """Two that post at once would post twice."""
    looker, watch, follower = rounds
    await watch.mark(await bank.turn())
    await follower.round()
    second = Looker()
    await HelpDeskSync([second], watch, bank.owners, bank.clock, "two").round()
    assert (len(looker.looks), second.looks, second.sweeps) == (1, [], 0)


async def test_it_runs_until_it_is_stopped(bank, rounds):
    """A stop ends the wait between two rounds."""
    looker, _, follower = rounds
    follower.stop()
    await follower.run()
    assert looker.sweeps == 0
