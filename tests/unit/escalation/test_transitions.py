"""The table of owners, held against every order in which people and the bot can act."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lola.delivery.model import Owner, Ownership
from lola.escalation import transitions

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
OWNERS: tuple[Owner, ...] = ("bot", "waiting", "human")
ALLOWED = {
    ("bot", "waiting"),
    ("waiting", "human"),
    ("waiting", "bot"),
    ("bot", "human"),
    ("human", "bot"),
    ("human", "human"),
}


class Handoff(RuleBasedStateMachine):
    """Anybody tries anything at any time; the table says what comes of it."""

    def __init__(self):
        super().__init__()
        self.current = Ownership()
        self.previous = Ownership()
        self.now = NOW

    def try_to(self, change, *, allowed):
        if not allowed:
            with pytest.raises(ValueError):
                change()
            return
        self.now += timedelta(seconds=1)
        self.previous, self.current = self.current, change()

    @rule(reason=st.text(max_size=20))
    def sender_asks(self, reason):
        self.try_to(
            lambda: transitions.requested(self.current, self.now, reason),
            allowed=self.current.owner == "bot",
        )

    @rule()
    def sender_takes_it_back(self):
        self.try_to(
            lambda: transitions.withdrawn(self.current, self.now),
            allowed=self.current.owner == "waiting",
        )

    @rule(staff=st.sampled_from(["ana", "luis"]))
    def person_is_assigned(self, staff):
        self.try_to(lambda: transitions.assigned(self.current, self.now, staff), allowed=True)

    @rule(staff=st.sampled_from(["ana", "luis"]))
    def person_takes_over(self, staff):
        self.try_to(
            lambda: transitions.taken(self.current, self.now, staff),
            allowed=self.current.owner != "human",
        )

    @rule()
    def person_hands_back(self):
        self.try_to(
            lambda: transitions.handed_back(self.current, self.now),
            allowed=self.current.owner == "human",
        )

    @precondition(lambda self: self.current != self.previous)
    @invariant()
    def every_change_is_in_the_table_and_raises_the_epoch_by_one(self):
        assert (self.previous.owner, self.current.owner) in ALLOWED
        assert self.current.epoch == self.previous.epoch + 1
        assert self.current.since == self.now

    @invariant()
    def exactly_a_human_owner_has_a_name(self):
        assert (self.current.owner == "human") == bool(self.current.staff)


TestHandoff = Handoff.TestCase


@pytest.mark.parametrize("before", OWNERS)
@pytest.mark.parametrize("after", OWNERS)
def test_the_table_holds_exactly_the_six_documented_changes(before, after):
    """No other change of owner is possible (reference/field.md A.2, Human handoff)."""
    assert transitions.is_allowed(before, after) == ((before, after) in ALLOWED)


def test_taking_over_keeps_why_the_sender_waited_and_handing_back_forgets_it():
    """The reason is kept exactly as long as staff need it."""
    waiting = transitions.requested(Ownership(), NOW, "asked")
    taken = transitions.taken(waiting, NOW, "ana")
    assert taken.reason == "asked"
    assert transitions.handed_back(taken, NOW).reason == ""


def test_a_person_without_a_name_cannot_own_a_conversation():
    """With an empty name neither a person nor the bot could reply."""
    with pytest.raises(ValueError):
        transitions.taken(Ownership(), NOW, "")


def test_a_wait_is_never_negative_and_zero_when_nobody_wrote_down_since_when():
    """Clocks of two machines differ; a queue never shows minus one minute."""
    waiting = transitions.requested(Ownership(), NOW, "asked")
    assert transitions.waited(waiting, NOW + timedelta(minutes=3)) == timedelta(minutes=3)
    assert transitions.waited(waiting, NOW - timedelta(minutes=3)) == timedelta()
    assert transitions.waited(Ownership(), NOW) == timedelta()
