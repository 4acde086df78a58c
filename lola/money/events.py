"""What happens to a ticket when its partner reports or its time comes, and what the sender is told.

Impossible or repeated transitions change nothing and say nothing: a webhook may come twice and
late (reference/m2m.md 7.4). The partner has no event for an expired link (reference/m2m.md 4.1), so
our own timers stand in for it; an approval that was only reported later still counts.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lola.messages import ButtonsMessage, EventContent, Outbound, TextMessage
from lola.money.figures import money_text
from lola.money.renewal import renewal_option
from lola.money.service import Step
from lola.money.summary import link_message
from lola.transfer import Terms, Ticket, TicketStatus
from lola.turn import Turn
from lola.wording import Wording

OPENED = "m2m.link.opened"
CREATED = "m2m.operation.created"
CANCELLED = "m2m.operation.cancelled"
EXPIRED = "timer.ticket.expired"
NUDGE = "timer.ticket.nudge"

TRANSITIONS: Mapping[str, tuple[frozenset[TicketStatus], TicketStatus, str]] = {
    OPENED: (frozenset({"link_sent"}), "opened", "money.opened"),
    CREATED: (frozenset({"link_sent", "opened", "expired"}), "approved", "money.approved"),
    CANCELLED: (frozenset({"link_sent", "opened"}), "cancelled", "money.cancelled"),
}
"""Event → the states it may meet, the state it leads to, the sentence it is told with."""


def follow_up(turn: Turn, event: EventContent, wording: Wording) -> Step:
    """Answer the turn with the ticket moved on, and the words for the sender."""
    ticket = turn.session.ticket(str(event.data.get("ticket", "")))
    transition = TRANSITIONS.get(event.name)
    if ticket is None or transition is None:
        return Step(turn, ())
    meets, leads_to, sentence = transition
    if ticket.status not in meets:
        return Step(turn, ())
    operation = str(event.data.get("operation_id", "") or ticket.operation_id)
    moved = replace(ticket, status=leads_to, operation_id=operation, terms=_kept(ticket, leads_to))
    session = turn.session.with_ticket(moved)
    words = wording(sentence, turn.language, **_figures(moved))
    return Step(turn.evolve(session=session), (TextMessage(content=words),))


def on_time(turn: Turn, event: EventContent, wording: Wording) -> Step:
    """Answer what a ticket's timer leads to: a reminder of an unopened link, or its end."""
    ticket = turn.session.ticket(str(event.data.get("ticket", "")))
    if ticket is None:
        return Step(turn, ())
    if event.name == NUDGE:
        return Step(turn, _reminder(turn, ticket, wording))
    if ticket.status not in {"link_sent", "opened"}:
        return Step(turn, ())
    moved = replace(ticket, status="expired")
    return Step(
        turn.evolve(session=turn.session.with_ticket(moved)), (_ended(turn, moved, wording),)
    )


def _reminder(turn: Turn, ticket: Ticket, wording: Wording) -> tuple[Outbound, ...]:
    if ticket.status != "link_sent" or turn.now >= ticket.expires_at:
        return ()
    return (link_message(ticket, wording, turn.language, now=turn.now, key="money.nudge"),)


def _ended(turn: Turn, ticket: Ticket, wording: Wording) -> Outbound:
    """The news, with the offer to prepare it again unless another transfer is on the table."""
    recipient = ticket.recipient_name
    if turn.session.draft is not None or ticket.terms is None:
        words = wording("money.expired", turn.language, recipient=recipient)
        return TextMessage(content=words)
    return ButtonsMessage(
        content=wording("money.expired_offer", turn.language, recipient=recipient),
        options=(renewal_option(ticket, wording, turn.language),),
    )


def _kept(ticket: Ticket, status: TicketStatus) -> Terms | None:
    return ticket.terms if status == "opened" else None


def _figures(ticket: Ticket) -> dict[str, Any]:
    return {
        "send": money_text(ticket.send),
        "receive": money_text(ticket.receive),
        "recipient": ticket.recipient_name,
        "reference": ticket.operation_id or ticket.id,
    }
