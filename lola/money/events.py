"""The events that change a ticket, and the messages that tell the sender about a change.

The partner has no event for an expired link (reference/m2m.md 4.1); our own timers replace it.
Every sentence comes from the catalogue; a change without a sentence sends nothing.
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
"""Partner event → ticket event. The last two are inferred (reference/m2m.md 7.5, 9.3)."""


def messages_for(turn: Turn, move: Move, wording: Wording) -> tuple[Outbound, ...]:
    """Return what the sender is told about a changed ticket."""
    if not move.says:
        return ()
    ticket = move.after
    text = wording(
        move.says,
        turn.language,
        send=money_text(ticket.send),
        receive=money_text(ticket.receive),
        recipient=ticket.recipient_name,
        reference=ticket.operation_id or ticket.id,
    )
    # While another transfer is open, a yes to the offer could be taken for a yes to that one.
    if ticket.status not in RENEWABLE or ticket.terms is None or turn.session.draft is not None:
        return (TextMessage(content=text),)
    offer = wording("money.renew_offer", turn.language)
    return (
        ButtonsMessage(
            content=f"{text} {offer}", options=(renewal_option(ticket, wording, turn.language),)
        ),
    )


def reminder(turn: Turn, ticket: Ticket | None, wording: Wording) -> tuple[Outbound, ...]:
    """Return the reminder of an unopened link, or nothing when it was opened or has ended."""
    if ticket is None or ticket.status != "link_sent" or turn.now >= ticket.expires_at:
        return ()
    return (link_message(ticket, wording, turn.language, now=turn.now, key="money.nudge"),)
