"""Timers of links and waits, and until when messages are valid (`conversation.deadlines`)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lola.conversation.deadlines import deadlines
from lola.conversation.result import no_reply, reply_with
from lola.delivery.model import Ownership
from lola.domain.enrolment import Enrolment
from lola.domain.events import (
    ENROLMENT_CHECK,
    ENROLMENT_EXPIRED,
    HANDOFF_LATE,
    TICKET_CHECK,
    TICKET_EXPIRED,
    TICKET_NUDGE,
)
from lola.domain.messages import TextMessage
from tests.support import ADDRESS, BOT, NOW, WAITING, draft, ticket, turn

PATIENCE = timedelta(minutes=15)


def due_after(before, after, *, ownership=BOT, **changes):
    """Compare two sets of tickets."""
    start = turn(ownership=ownership)
    end = start.evolve(session=start.session.evolve(tickets=after))
    result = replace(no_reply(end, "test"), **changes)
    return deadlines(start.session.evolve(tickets=before), result, PATIENCE)


def names(due):
    return [(timer.event.content.name, timer.at - NOW) for timer in due.timers]


def test_a_link_that_goes_out_gets_its_end_and_a_nudge_before_it() -> None:
    """Ten minutes before the end; both name the ticket and nothing else."""
    due = due_after((), (ticket(),))
    minutes = timedelta(minutes=1)
    assert names(due) == [(TICKET_EXPIRED, 60 * minutes), (TICKET_NUDGE, 50 * minutes)]
    assert {timer.event.content.data["ticket"] for timer in due.timers} == {"tk_1"}
    assert {timer.event.address for timer in due.timers} == {ADDRESS}


def test_a_repeated_turn_sets_the_same_timers() -> None:
    """Their names follow from the ticket, so a crash before the commit doubles nothing."""
    assert due_after((), (ticket(),)) == due_after((), (ticket(),))


def test_a_short_link_gets_no_nudge() -> None:
    """A reminder right after the link would only be noise."""
    assert names(due_after((), (ticket(expires_at=NOW + timedelta(minutes=15)),))) == [
        (TICKET_EXPIRED, timedelta(minutes=15))
    ]


@pytest.mark.parametrize(
    ("status", "cancelled"),
    [
        ("opened", [TICKET_NUDGE]),
        ("approved", [TICKET_NUDGE, TICKET_EXPIRED]),
        ("cancelled", [TICKET_NUDGE, TICKET_EXPIRED]),
    ],
)
def test_what_is_no_longer_needed_is_cancelled(status: str, cancelled: list[str]) -> None:
    """An opened link needs no nudge, a finished one no end either."""
    due = due_after((ticket(),), (ticket(status=status),))
    assert due.timers == ()
    assert list(due.cancelled) == [f"{name}:tk_1" for name in cancelled]


def test_a_ticket_that_did_not_change_owes_nothing() -> None:
    """Every later turn carries it along."""
    due = due_after((ticket(),), (ticket(),))
    assert (due.timers, due.cancelled, due.valid_until) == ((), (), None)


def test_a_wait_for_a_person_has_a_deadline() -> None:
    """It belongs to this one wait: the epoch that the commit will lead to is in it."""
    due = due_after((), (), escalate=Ownership(owner="waiting"))
    assert names(due) == [(HANDOFF_LATE, PATIENCE)]
    assert due.timers[0].event.content.data == {"epoch": 1}


def test_who_takes_the_wait_back_is_not_reminded_of_it() -> None:
    """The deadline is cancelled under the name that it was set with."""
    (timer,) = due_after((), (), ownership=replace(WAITING, epoch=3), escalate=WAITING).timers
    due = due_after((), (), ownership=WAITING, escalate=Ownership(owner="bot"))
    assert due.timers == ()
    assert due.cancelled == (timer.event.id,)


def test_a_summary_holds_as_long_as_its_quote() -> None:
    """After that it would promise figures that are gone (docs/delivery.md, promise 5)."""
    start = turn()
    end = start.evolve(session=start.session.evolve(draft=draft()))
    summary = reply_with(end, "money", TextMessage(content="x"))
    due = deadlines(start.session, summary, PATIENCE)
    assert due.valid_until == draft().quote.expires_at
    later = deadlines(end.session, summary, PATIENCE)
    assert later.valid_until is None


def test_a_link_holds_as_long_as_it_can_be_opened() -> None:
    """A link that cannot be opened any more is not sent."""
    assert due_after((), (ticket(),)).valid_until == ticket().expires_at


def test_a_ticket_whose_state_is_not_known_is_checked_soon() -> None:
    """The first check comes after a minute; a repeated turn sets the same timer."""
    due = due_after((ticket(),), (ticket(status="unsure"),))
    assert names(due) == [(TICKET_CHECK, timedelta(minutes=1))]
    assert due.timers == due_after((ticket(),), (ticket(status="unsure"),)).timers


@pytest.mark.parametrize(
    ("status", "set_", "ended"),
    [
        ("link_sent", [(ENROLMENT_EXPIRED, timedelta(hours=1))], False),
        ("opened", [], False),
        ("in_review", [(ENROLMENT_CHECK, timedelta(minutes=1))], True),
        ("done", [], True),
    ],
)
def test_a_link_without_a_transfer_has_an_end_and_a_review(status, set_, ended) -> None:
    """Its end is set with the link and cancelled when it is over; a review is asked about."""
    start = turn()
    enrolment = Enrolment(
        id="en_1",
        purpose="verify",
        status=status,
        created_at=NOW,
        expires_at=NOW + timedelta(hours=1),
        sender="sender-1",
        actions=("cip:scan-id",),
    )
    end = start.evolve(session=start.session.with_enrolment(enrolment))
    due = deadlines(start.session, no_reply(end, "test"), PATIENCE)
    assert names(due) == set_
    assert (f"{ENROLMENT_EXPIRED}:en_1" in due.cancelled) == ended
    assert due.valid_until == (NOW + timedelta(hours=1) if status == "link_sent" else None)
