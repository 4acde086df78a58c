"""What happens to a ticket when the partner reports on its link, and what the sender is told.

Impossible or repeated transitions change nothing and say nothing: a webhook may come twice and
late (reference/m2m.md 7.4).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lola.messages import EventContent, TextMessage
from lola.money.figures import money_text
from lola.money.service import Step
from lola.transfer import Ticket, TicketStatus
from lola.turn import Turn
from lola.wording import Wording

OPENED = "m2m.link.opened"
CREATED = "m2m.operation.created"
CANCELLED = "m2m.operation.cancelled"

TRANSITIONS: Mapping[str, tuple[frozenset[TicketStatus], TicketStatus, str]] = {
    OPENED: (frozenset({"link_sent"}), "opened", "money.opened"),
    CREATED: (frozenset({"link_sent", "opened"}), "approved", "money.approved"),
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
    moved = replace(ticket, status=leads_to, operation_id=operation)
    session = turn.session.with_ticket(moved)
    words = wording(sentence, turn.language, **_figures(moved))
    return Step(turn.evolve(session=session), (TextMessage(content=words),))


def _figures(ticket: Ticket) -> dict[str, Any]:
    return {
        "send": money_text(ticket.send),
        "receive": money_text(ticket.receive),
        "recipient": ticket.recipient_name,
        "reference": ticket.operation_id or ticket.id,
    }
