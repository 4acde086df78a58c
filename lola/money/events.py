"""What the sender is told when a ticket moves on, and by which report or timer it does.

The partner has no event for an expired link (reference/m2m.md 4.1), so our own timers stand in for
it. Every sentence comes from the catalogue; a move without one is silent.
"""

from collections.abc import Mapping

from lola.domain.events import (
    LINK_OPENED,
    OPERATION_CANCELLED,
    OPERATION_COMPLETED,
    OPERATION_CREATED,
    OPERATION_FAILED,
)
from lola.domain.messages import ButtonsMessage, Outbound, TextMessage
from lola.domain.transfer import Ticket
from lola.domain.turn import Turn
from lola.money.money_format import money_text
from lola.money.renewal import renewal_option
from lola.money.summary import link_message
from lola.money.tickets import RENEWABLE, Move, TicketEvent
from lola.text.wording import Wording

PARTNER_EVENTS: Mapping[str, TicketEvent] = {
    LINK_OPENED: "opened",
    OPERATION_CREATED: "approved",
    OPERATION_CANCELLED: "cancelled",
    OPERATION_COMPLETED: "completed",
    OPERATION_FAILED: "operation_failed",
}
"""A partner's event → what it means for a ticket. The last two are inferred (m2m.md 7.5, 9.3)."""


def news(turn: Turn, move: Move, wording: Wording) -> tuple[Outbound, ...]:
    """Answer the words for a ticket that moved on."""
    if not move.says:
        return ()
    ticket = move.after
    words = wording(
        move.says,
        turn.language,
        send=money_text(ticket.send),
        receive=money_text(ticket.receive),
        recipient=ticket.recipient_name,
        reference=ticket.operation_id or ticket.id,
    )
    # Beside another transfer a yes to the offer could be taken for a yes to that one.
    if ticket.status not in RENEWABLE or ticket.terms is None or turn.session.draft is not None:
        return (TextMessage(content=words),)
    offer = wording("money.renew_offer", turn.language)
    return (
        ButtonsMessage(
            content=f"{words} {offer}", options=(renewal_option(ticket, wording, turn.language),)
        ),
    )


def reminder(turn: Turn, ticket: Ticket | None, wording: Wording) -> tuple[Outbound, ...]:
    """Answer the reminder of a link that nobody opened; nothing when it was, or is over."""
    if ticket is None or ticket.status != "link_sent" or turn.now >= ticket.expires_at:
        return ()
    return (link_message(ticket, wording, turn.language, now=turn.now, key="money.nudge"),)
