"""What a sender is told when a ticket moves on, whatever order reports and timers come in."""

import pytest

from lola.domain.messages import Option
from lola.money.renewal import PREFIX, renewed_ticket
from lola.money.service import MoneyService
from tests.support import draft, inbound, tap, terms, ticket, turn

EXPIRED_TICKET = ticket(status="expired")


def with_tickets(*messages, tickets=(), **session):
    about = turn(*messages)
    return about.evolve(session=about.session.evolve(tickets=tickets, **session))


async def test_an_approval_that_is_reported_late_still_counts(money: MoneyService) -> None:
    """Money moved: the sender hears of it even after we called the link expired."""
    step = await money.report(with_tickets(tickets=(EXPIRED_TICKET,)), "tk_1", "approved", "op-1")
    assert step.turn.session.tickets[0].status == "approved"
    assert "op-1" in step.say[0].content


@pytest.mark.parametrize("event", ["opened", "cancelled"])
async def test_other_late_reports_change_nothing(money: MoneyService, event) -> None:
    """An expired link stays expired."""
    step = await money.report(with_tickets(tickets=(EXPIRED_TICKET,)), "tk_1", event)
    assert (step.say, step.turn.session.tickets, step.turn.audit) == ((), (EXPIRED_TICKET,), ())


async def test_a_ticket_of_another_conversation_is_none(money: MoneyService) -> None:
    """A report about a ticket that is not the sender's own moves nothing and says nothing."""
    step = await money.report(with_tickets(tickets=(ticket(),)), "tk_2", "approved", "op-1")
    assert (step.say, step.turn.audit) == ((), ())


async def test_a_second_source_may_bring_the_reference_in_silence(money: MoneyService) -> None:
    """Callback and webhook report the same approval; the sender reads of it once."""
    first = await money.report(with_tickets(tickets=(ticket(),)), "tk_1", "approved")
    second = await money.report(first.turn, "tk_1", "approved", "op-1")
    assert (len(first.say), second.say) == (1, ())
    assert second.turn.session.tickets[0].operation_id == "op-1"


@pytest.mark.parametrize("event", ["expired", "payment_failed", "identity_failed"])
@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "buttons"),
        ({"draft": draft()}, "text"),
        ({"tickets": (ticket(terms=None),)}, "text"),
    ],
    ids=["alone", "draft", "no terms"],
)
async def test_no_offer_beside_another_transfer_or_without_terms(
    money: MoneyService, event, changes, kind
) -> None:
    """A yes to the offer must never be a yes to an open summary."""
    step = await money.report(with_tickets(**{"tickets": (ticket(),), **changes}), "tk_1", event)
    assert step.say[0].type == kind


OFFERED = tap(f"{PREFIX}tk_1").content
OFFER = (Option(id=f"{PREFIX}tk_1", title="Preparar otra vez"),)


@pytest.mark.parametrize("status", ["expired", "failed"])
@pytest.mark.parametrize("message", [inbound(OFFERED), "sí", "Yes"])
def test_the_offer_is_taken_by_tap_or_by_a_plain_yes(message, status) -> None:
    """Both lead to the terms of that very ticket."""
    about = with_tickets(message, tickets=(ticket(status=status),), offered=OFFER)
    ticket_to_renew = renewed_ticket(about)
    assert ticket_to_renew is not None
    assert ticket_to_renew.terms == terms()


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
    assert renewed_ticket(with_tickets(message, **session)) is None
