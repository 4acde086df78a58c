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
    OPERATION_ON_HOLD,
    OPERATION_PROCESSING,
)
from lola.domain.messages import ButtonsMessage, Outbound, TextMessage
from lola.domain.transfer import Ticket
from lola.domain.turn import Turn
from lola.money.money_format import money_text
from lola.money.notices import with_notice
from lola.money.renewal import renewal_option
from lola.money.summary import link_message, link_minutes
from lola.money.tickets import RENEWABLE, Move, TicketEvent, difference
from lola.partners.m2m import OperationStatus
from lola.text.wording import Wording

PARTNER_EVENTS: Mapping[str, TicketEvent] = {
    LINK_OPENED: "opened",
    OPERATION_CREATED: "approved",
    OPERATION_CANCELLED: "cancelled",
    OPERATION_COMPLETED: "completed",
    OPERATION_FAILED: "operation_failed",
    OPERATION_ON_HOLD: "on_hold",
    OPERATION_PROCESSING: "processing",
}
"""Partner event → ticket event. The last four are inferred (reference/m2m.md 7.5, 9.3)."""

STATUS_EVENTS: Mapping[str, TicketEvent] = {
    OperationStatus.CREATED: "approved",
    OperationStatus.PROCESSING: "processing",
    OperationStatus.COMPLETED: "completed",
    OperationStatus.FAILED: "operation_failed",
    OperationStatus.CANCELLED: "cancelled",
    "on_hold": "on_hold",
}
"""Status of an operation (reference/m2m.md 4.3) → event of its ticket. `on_hold` is not documented
for M2M; the bank's own records have it."""

NUDGE = "money.nudge"
WITHOUT_AMOUNTS = {"money.approved": "money.approved_plain", "money.settled": "money.settled_plain"}
"""The sentences for a transfer whose real amounts are not known."""


def messages_for(turn: Turn, move: Move, wording: Wording) -> tuple[Outbound, ...]:
    """Return what the sender is told about a changed ticket."""
    if not move.says:
        return ()
    ticket = move.after
    key = move.says if ticket.booked else WITHOUT_AMOUNTS.get(move.says, move.says)
    text = wording(
        key,
        turn.language,
        send=money_text(ticket.actual_send),
        receive=money_text(ticket.actual_receive),
        recipient=ticket.recipient_name,
        reference=ticket.operation_id or ticket.id,
    )
    if differs := bool(move.difference()):
        text = f"{text}\n\n{amount_message(turn, ticket, wording)}"
    # While another transfer is open, a yes to the offer could be taken for a yes to that one.
    if ticket.status not in RENEWABLE or ticket.terms is None or turn.session.draft is not None:
        return (with_notice(TextMessage(content=text), key, ticket, more=differs),)
    offer = wording("money.renew_offer", turn.language)
    message = ButtonsMessage(
        content=f"{text} {offer}", options=(renewal_option(ticket, wording, turn.language),)
    )
    return (with_notice(message, key, ticket, more=differs),)


def amount_message(turn: Turn, ticket: Ticket, wording: Wording) -> str:
    """Return the sentence that explains another amount than the confirmed one; empty for none."""
    if not difference(ticket):
        return ""
    return wording(
        "money.amount_differs",
        turn.language,
        send=money_text(ticket.actual_send),
        receive=money_text(ticket.actual_receive),
        confirmed_send=money_text(ticket.send),
        confirmed_receive=money_text(ticket.receive),
        recipient=ticket.recipient_name,
    )


def reminder(turn: Turn, ticket: Ticket | None, wording: Wording) -> tuple[Outbound, ...]:
    """Return the reminder of an unopened link, or nothing when it was opened or has ended."""
    if ticket is None or ticket.status != "link_sent" or turn.now >= ticket.expires_at:
        return ()
    message = link_message(ticket, wording, turn.language, now=turn.now, key=NUDGE)
    return (with_notice(message, NUDGE, ticket, minutes=link_minutes(ticket, turn.now)),)
