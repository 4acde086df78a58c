"""What counts as a difference between a ticket and the partner's operation (docs/money.md)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import get_args

import pytest

from lola.domain.transfer import TicketStatus
from lola.money.partner_records import booked_amounts
from lola.money.reconciliation import (
    MOST_LISTED,
    REPAIRED,
    Finding,
    Reconciliation,
    compare,
    is_over,
    next_look,
)
from lola.money.service import MoneyService
from lola.money.ticket_reports import Said
from lola.partners.m2m import Operation
from lola.partners.m2m.model import Amount
from tests.support import NOW, PartnerAnswers, ticket, turn

AMOUNT = Amount(send=Decimal(200), receive=Decimal(3450))
SENDER = "sender-1"
STATUSES = ("created", "processing", "on_hold", "completed", "failed", "cancelled", "refunded")
AFTER_LINK = [status for status in get_args(TicketStatus) if status not in {"drafted", "confirmed"}]
MINUTE = timedelta(minutes=1)


def operation(status: str, **changes) -> Operation:
    values = {
        "operation_id": "op_1", "status": status, "link_id": ticket().link_id,
        "reference_id": SENDER, "amount": AMOUNT, "created_at": NOW,
    }  # fmt: skip
    return Operation(**{**values, **changes})


def known(status: str, operation_id: str = "", **changes):
    booked = booked_amounts(AMOUNT, ticket()) if operation_id else None
    return ticket(status=status, sender=SENDER, operation_id=operation_id, booked=booked, **changes)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("before", AFTER_LINK)
@pytest.mark.parametrize("operation_id", ["", "op_1"])
async def test_a_difference_is_repaired_by_one_event(
    money: MoneyService,
    partner_answers: PartnerAnswers,
    before: str,
    operation_id: str,
    status: str,
) -> None:
    """After the event of a finding there is none left to repair, so no run repeats it for ever."""
    found = operation(status)
    partner_answers.operations.append(found)
    about = known(before, operation_id, doubt="expired" if before == "unsure" else "")
    difference = compare(about, found)
    start = turn().evolve(session=turn().session.evolve(tickets=(about,)))
    said = Said(ticket=about.id, event=None, operation_id="op_1", is_signed=True)
    after = (await money.hear(start, said)).turn.session.tickets[0]
    assert (after != about) == (difference in REPAIRED)
    assert compare(after, found) not in REPAIRED


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("before", ["link_sent", "opened", "expired", "unsure"])
def test_what_the_sender_does_not_know_is_a_difference(before: str, status: str) -> None:
    """Every operation of a ticket without one is, but a cancelled one of a link that is over."""
    is_told = (before, status) == ("expired", "cancelled")
    assert (compare(known(before), operation(status)) is None) == is_told


@pytest.mark.parametrize(
    ("before", "status"),
    [("settled", "failed"), ("settled", "created"), ("cancelled", "completed"),
     ("failed", "created"), ("failed", "completed")],
)  # fmt: skip
def test_what_the_table_forbids_is_for_staff(before: str, status: str) -> None:
    """A ticket that has ended is not revived by a list; staff compare."""
    assert compare(known(before, "op_1"), operation(status)) == "contradiction"


def test_a_second_operation_of_a_ticket_is_for_staff() -> None:
    """A link has at most one (reference/m2m.md 4.1)."""
    assert compare(known("approved", "op_2"), operation("created")) == "contradiction"


def test_amounts_that_were_not_known_are_told_and_changed_ones_are_for_staff() -> None:
    """The first is an event; the second would contradict what the sender has read."""
    unknown = replace(known("approved", "op_1"), booked=None)
    assert compare(unknown, operation("created")) == "operation"
    other = operation("created", amount=Amount(send=Decimal(500), receive=Decimal(8625)))
    assert compare(known("approved", "op_1"), other) == "amount"
    assert compare(known("approved", "op_1"), operation("created", amount=None)) is None


def test_a_ticket_is_open_as_long_as_the_sender_may_have_to_be_told() -> None:
    """An ended link without an operation stays open for an hour: reports can be late."""
    late = ticket().expires_at + timedelta(hours=2)
    assert not any(is_over(known(one, "op_1"), NOW) for one in ("approved", "unsure", "opened"))
    assert all(is_over(known(one, "op_1"), NOW) for one in ("settled", "cancelled", "failed"))
    assert not is_over(known("expired"), ticket().expires_at)
    assert is_over(known("expired"), late)


def test_an_older_ticket_is_asked_about_more_seldom() -> None:
    """From one interval up to six hours; an unused link only when it has ended."""
    about = known("approved", "op_1", created_at=NOW)
    pauses = [
        next_look(about, NOW + timedelta(hours=hours), MINUTE) - NOW - timedelta(hours=hours)
        for hours in (0, 4, 100)
    ]
    assert pauses == [MINUTE, timedelta(hours=1), timedelta(hours=6)]
    assert next_look(known("link_sent"), NOW, MINUTE) == ticket().expires_at


def test_a_report_lists_a_bounded_number_of_findings_and_counts_all() -> None:
    """Memory stays small; what was found before is listed and not counted again."""
    report = Reconciliation(started_at=NOW, is_dry=False)
    for number in range(MOST_LISTED + 5):
        report.add(Finding(difference="operation", ticket=f"tk_{number}"))
    report.add(Finding(difference="operation", is_new=False))
    assert len(report.to_json()["findings"]) == MOST_LISTED
    assert report.to_json()["counts"] == {"operation": MOST_LISTED + 5}
