"""The life of a ticket: what can happen to it, in any order, repeated and late."""

from typing import get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lola.domain.transfer import TicketStatus
from lola.money.tickets import (
    OVER,
    RULES,
    USABLE,
    TicketEvent,
    allowed_actions,
    is_repetition,
    move,
)
from lola.text.wording import Wording
from tests.support import identified, ticket

STATUSES, EVENTS = get_args(TicketStatus), get_args(TicketEvent)
OPERATIONS = st.sampled_from(["", "op_1", "op_2"])
MONEY_MOVED = {"approved", "completed"}


def test_every_row_has_its_sentence_in_both_languages() -> None:
    """A sentence that is named can be said."""
    assert {row.says for row in RULES} - {""} <= set(Wording().keys())


def test_every_status_can_be_reached_and_every_event_can_happen() -> None:
    """No row is missing, and none is for nothing."""
    assert {row.leads_to for row in RULES} | {"drafted"} == set(STATUSES)
    assert {row.event for row in RULES} == set(EVENTS)


def test_no_two_rows_answer_the_same_question() -> None:
    """Order in the table decides nothing."""
    asked = [
        (row.event, status, unregistered)
        for row in RULES
        for status in row.meets
        for unregistered in ((True,) if row.unregistered else (True, False))
    ]
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("status", ["cancelled", "settled"])
def test_what_is_over_stays_over(status: TicketStatus, event: TicketEvent) -> None:
    """Nothing leads out of a cancelled or completed transfer."""
    assert move(ticket(status=status), event, "op_1") is None


def test_a_cancelled_operation_is_not_revived_by_late_news_of_its_creation() -> None:
    """The partner's events have no promised order (reference/m2m.md 7.4)."""
    cancelled = move(ticket(), "cancelled", "op_1")
    failed = move(ticket(), "operation_failed", "op_1")
    assert cancelled is not None
    assert failed is not None
    assert move(cancelled.after, "approved", "op_1") is None
    assert move(failed.after, "approved", "op_1") is None


def test_a_ticket_has_one_operation() -> None:
    """An event of another operation is not about this ticket."""
    approved = move(ticket(), "approved", "op_1")
    assert approved is not None
    assert move(approved.after, "completed", "op_2") is None
    assert move(approved.after, "completed", "op_1") is not None


def test_the_record_of_a_step_holds_ids_only() -> None:
    """No name, amount, account or number is in an audit record."""
    step = move(ticket(), "approved", "op_1")
    assert step is not None
    assert step.audit() == {
        "ticket": "tk_1", "event": "approved", "from": "link_sent", "to": "approved",
        "digest": ticket().digest, "operation": "op_1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "checks"), [("passed", False), ("pending", True), ("failed", True)]
)
def test_who_is_not_verified_must_be_checked_on_the_page(verdict: str, checks: bool) -> None:
    """The identity actions are the documented ones (reference/lola.md 14)."""
    actions = allowed_actions(identified(verdict=verdict))
    assert ("cip:scan-id" in actions, "cip:pol-validate" in actions) == (checks, checks)
    assert "send:approve" in actions


class Life(RuleBasedStateMachine):
    """A ticket under any reports, timers and steps of ours, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.ticket = ticket(status="drafted", operation_id="")
        self.path = ["drafted"]
        self.said: list[str] = []
        self.audited: list[tuple[str, str]] = []
        self.reported_moved = False

    @rule(event=st.sampled_from(EVENTS), operation=OPERATIONS)
    def happens(self, event: TicketEvent, operation: str) -> None:
        self._apply(event, operation)

    @precondition(lambda self: self.ticket.status in {"drafted", "confirmed"})
    @rule()
    def proceeds(self) -> None:
        self._apply("confirmed" if self.ticket.status == "drafted" else "linked", "")

    @rule(event=st.sampled_from(EVENTS), operation=OPERATIONS, times=st.integers(2, 4))
    def repeats(self, event: TicketEvent, operation: str, times: int) -> None:
        """The same report again changes nothing but what the first one did."""
        self._apply(event, operation)
        after, said = self.ticket, len(self.said)
        for _ in range(times):
            step = move(self.ticket, event, operation)
            assert step is None or step.after == after
            # Only the identity's news lead to a state that they may meet again; their callback
            # is taken once, and no webhook carries them.
            if step is not None:
                assert event.startswith("identity_")
        assert (self.ticket, len(self.said)) == (after, said)

    def _apply(self, event: TicketEvent, operation: str) -> None:
        before = self.ticket
        step = move(before, event, operation)
        if step is None:
            return
        assert (step.before, step.event) == (before, event)
        assert any(
            row.event == event and before.status in row.meets and row.leads_to == step.after.status
            for row in RULES
        )
        if event in MONEY_MOVED:
            self.reported_moved = True
        self.ticket = step.after
        self.path.append(step.after.status)
        self.audited.append((before.status, step.after.status))
        if step.says:
            self.said.append(step.says)

    @invariant()
    def the_trail_is_whole(self) -> None:
        assert self.audited == list(zip(self.path, self.path[1:], strict=False))

    @invariant()
    def no_link_without_a_confirmation(self) -> None:
        if self.ticket.status not in {"drafted", "confirmed"}:
            assert self.path[:3] == ["drafted", "confirmed", "link_sent"]

    @invariant()
    def an_approval_is_told_once(self) -> None:
        assert self.said.count("money.approved") <= 1
        assert self.said.count("money.settled") <= 1

    @invariant()
    def money_is_said_to_have_moved_only_when_it_was_reported(self) -> None:
        if {"money.approved", "money.settled"} & set(self.said):
            assert self.reported_moved
        if self.ticket.status in {"approved", "settled"}:
            assert self.reported_moved

    @invariant()
    def an_operation_is_never_exchanged(self) -> None:
        if self.ticket.operation_id:
            self.operation = getattr(self, "operation", self.ticket.operation_id)
            assert self.ticket.operation_id == self.operation

    @invariant()
    def what_is_over_is_forgotten(self) -> None:
        if self.ticket.status in OVER:
            assert self.ticket.terms is None
        if self.ticket.status in USABLE:
            assert self.ticket.terms is not None

    @invariant()
    def what_is_bound_never_changes(self) -> None:
        first = ticket()
        bound = ("id", "draft_id", "digest", "send", "receive", "sender", "actions")
        assert all(getattr(self.ticket, name) == getattr(first, name) for name in bound)


Life.TestCase.settings = settings(max_examples=300, stateful_step_count=25, deadline=None)
TestLife = Life.TestCase


def test_a_repetition_is_told_from_an_impossible_report() -> None:
    """The one is everyday, the other is worth a line in the log."""
    assert is_repetition(ticket(status="approved"), "approved")
    assert not is_repetition(ticket(status="cancelled"), "approved")
