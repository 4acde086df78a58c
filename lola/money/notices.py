"""Which template says what a sentence about a transfer says, and with which values.

Only the recipient's first name, amounts, the reference and minutes leave in a template.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from lola.domain.messages import Notice, Outbound
from lola.domain.transfer import Ticket
from lola.money.money_format import money_text

TEMPLATES: Mapping[str, str] = {
    "money.approved": "transfer_approved",
    "money.approved_plain": "transfer_registered",
    "money.settled": "transfer_completed",
    "money.settled_plain": "transfer_ended",
    "money.operation_failed": "transfer_failed",
    "money.operation_cancelled": "transfer_cancelled",
    "money.payment_failed": "payment_failed",
    "money.nudge": "link_expiring",
    "money.identity_passed": "verification_done",
    "enrolment.registered": "verification_done",
    "enrolment.verified": "verification_done",
}
"""Sentence → template. News that is not here waits until the sender writes."""
ANNOUNCED = frozenset({"money.identity_passed"})
"""Sentences that say more than their template."""

Message = TypeVar("Message", bound=Outbound)


def with_notice(
    message: Message,
    key: str,
    ticket: Ticket | None = None,
    *,
    minutes: int = 0,
    more: bool = False,
) -> Message:
    """Return the message with the template of its sentence, if there is one.

    `more`: the message says something that no template does.
    """
    template = TEMPLATES.get(key)
    if template is None:
        return message
    values = values_of(ticket, minutes=minutes) if ticket else {}
    is_whole = not more and key not in ANNOUNCED
    return replace(message, notice=Notice(template=template, values=values, is_whole=is_whole))


def values_of(ticket: Ticket, *, minutes: int = 0) -> dict[str, str]:
    """Return what a template may say of a transfer."""
    first, _, _ = ticket.recipient_name.strip().partition(" ")
    return {
        "recipient": first,
        "send": money_text(ticket.actual_send),
        "receive": money_text(ticket.actual_receive),
        "reference": ticket.operation_id or ticket.id,
        "minutes": str(minutes),
    }
