"""When a colleague's message in the provider's app is a takeover (`lola.escalation.colleagues`)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lola.delivery.model import Ownership
from lola.escalation import colleagues
from lola.escalation.colleagues import APP
from tests.support import BOT, HUMAN, NOW, WAITING

HOUR = timedelta(hours=1)
THEIRS = Ownership(owner="human", epoch=7, staff=APP, since=NOW)


@pytest.mark.parametrize("before", [BOT, WAITING], ids=["bot", "waiting"])
def test_it_takes_over_from_the_bot_and_from_the_queue(before):
    """The sender who waits for a person has one now."""
    after = colleagues.taken_over(before, NOW, NOW, HOUR)
    assert (after.owner, after.staff, after.epoch) == ("human", APP, before.epoch + 1)


@pytest.mark.parametrize(
    ("before", "minutes"),
    [(HUMAN, 0), (THEIRS, 0), (BOT, 61), (replace(BOT, since=NOW), 5)],
    ids=["another's", "already theirs", "too late", "handed back since"],
)
def test_what_changes_nothing(before, minutes):
    """Echoes may come late, and the console's owner stays (reference/channels.md 1.3)."""
    sent_at = NOW - timedelta(minutes=minutes)
    assert colleagues.taken_over(before, sent_at, NOW, HOUR) is None


def test_without_an_end_a_late_message_takes_over_too():
    """Zero minutes: the bot is silent until the conversation is handed back."""
    assert colleagues.taken_over(BOT, NOW - timedelta(days=2), NOW, timedelta()) is not None


@pytest.mark.parametrize(
    ("owner", "quiet", "expected"),
    [(THEIRS, 60, True), (THEIRS, 59, False), (THEIRS, None, False), (HUMAN, 90, False)],
)
def test_it_is_over_when_they_were_quiet(owner, quiet, expected):
    """A person who took over in the console meanwhile keeps the conversation."""
    since = None if quiet is None else NOW - timedelta(minutes=quiet)
    assert colleagues.is_over(owner, since, NOW, HOUR) is expected


async def test_a_change_in_between_is_seen():
    """The owner is changed by compare-and-set, and read again when another was faster."""

    class Owners:
        def __init__(self):
            self.known = [BOT, HUMAN]

        async def get(self, _):
            return self.known[0]

        async def set_owner(self, _, new, expected_epoch):
            del self.known[0]

    owners = Owners()
    taken = await colleagues.take_over(owners, "c", sent_at=NOW, now=NOW, patience=HOUR)
    assert taken is False
    assert owners.known == [HUMAN]
