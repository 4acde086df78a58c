"""What becomes of a ticket, whatever order reports and timers come in."""

import pytest

from lola.messages import EventContent, Option
from lola.money.events import CANCELLED, CREATED, EXPIRED, OPENED, follow_up, on_time
from lola.money.renewal import PREFIX, read_renewal
from lola.wording import Wording
from tests.support import draft, inbound, tap, terms, ticket, turn

WORDING = Wording()
EXPIRED_TICKET = ticket(status="expired")


def with_tickets(*messages, tickets=(), **session):
    about = turn(*messages)
    return about.evolve(session=about.session.evolve(tickets=tickets, **session))


def report(name, item):
    event = EventContent(name=name, data={"ticket": item.id, "operation_id": "op-1"})
    return follow_up(with_tickets(tickets=(item,)), event, WORDING)


def test_an_approval_that_is_reported_late_still_counts() -> None:
    """Money moved: the sender hears of it even after we called the link expired."""
    step = report(CREATED, EXPIRED_TICKET)
    assert step.turn.session.tickets[0].status == "approved"
    assert "op-1" in step.say[0].content


@pytest.mark.parametrize("name", [OPENED, CANCELLED])
def test_other_late_reports_change_nothing(name: str) -> None:
    """An expired link stays expired."""
    assert report(name, EXPIRED_TICKET).say == ()


@pytest.mark.parametrize(("name", "kept"), [(OPENED, True), (CREATED, False), (CANCELLED, False)])
def test_the_terms_are_forgotten_when_they_are_no_longer_needed(name: str, kept: bool) -> None:
    """An account number stays only as long as the transfer may be prepared again."""
    item = report(name, ticket()).turn.session.tickets[0]
    assert (item.terms is not None) is kept


@pytest.mark.parametrize(
    "changes", [{"draft": draft()}, {"tickets": (ticket(terms=None),)}], ids=["draft", "no terms"]
)
def test_no_offer_beside_another_transfer_or_without_terms(changes) -> None:
    """A yes to the offer must never be a yes to an open summary."""
    about = with_tickets(**{"tickets": (ticket(),), **changes})
    step = on_time(about, EventContent(name=EXPIRED, data={"ticket": "tk_1"}), WORDING)
    assert step.say[0].type == "text"
    assert step.turn.session.tickets[0].status == "expired"


OFFERED = tap(f"{PREFIX}tk_1").content
OFFER = (Option(id=f"{PREFIX}tk_1", title="Preparar otra vez"),)


@pytest.mark.parametrize("message", [inbound(OFFERED), "sí", "Yes"])
def test_the_offer_is_taken_by_tap_or_by_a_plain_yes(message) -> None:
    """Both lead to the terms of that very ticket."""
    about = with_tickets(message, tickets=(EXPIRED_TICKET,), offered=OFFER)
    assert read_renewal(about) == terms()


@pytest.mark.parametrize(
    ("message", "session"),
    [
        ("sí", {"tickets": (EXPIRED_TICKET,)}),
        ("sí, pero 300", {"tickets": (EXPIRED_TICKET,), "offered": OFFER}),
        ("no", {"tickets": (EXPIRED_TICKET,), "offered": OFFER}),
        (inbound(OFFERED), {"tickets": (ticket(status="approved"),)}),
        (inbound(OFFERED), {"tickets": (ticket(),)}),
        (inbound(OFFERED), {"tickets": ()}),
        (inbound(OFFERED), {"tickets": (EXPIRED_TICKET,), "draft": draft()}),
        (tap(f"{PREFIX}tk_2"), {"tickets": (EXPIRED_TICKET,)}),
        (tap("people:take_back"), {"tickets": (EXPIRED_TICKET,)}),
    ],
)
def test_nothing_else_is_read_as_a_wish_to_renew(message, session) -> None:
    """No offer, another wish, a finished or unknown ticket, an open draft."""
    assert read_renewal(with_tickets(message, **session)) is None
