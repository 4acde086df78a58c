"""The facts of a turn as the model gets them: data, never instructions (docs/safety.md G11).

They go into a data block beside the conversation and never into the system prompt.
"""

from collections.abc import Sequence

from lola.domain.messages import JsonObject
from lola.domain.passages import Passage
from lola.domain.session import StaffNote
from lola.domain.transfer import Draft, Terms, Ticket
from lola.domain.turn import Turn
from lola.money.money_format import money_json, quote_json
from lola.money.summary import minutes_left
from lola.money.tickets import USABLE

EARLIER = "earlier"
"""The note that holds a summary of turns beyond the context (`lola.conversation.history`)."""


def turn_data(turn: Turn, passages: Sequence[Passage]) -> JsonObject:
    """Return the open draft, the sender's tickets, approved passages and the sender's name."""
    user = turn.identity.user
    return {
        "draft": _draft(turn.session.draft, turn) if turn.session.draft else None,
        "tickets": [ticket_json(ticket) | _linked_terms(ticket) for ticket in turn.session.tickets],
        "passages": [
            {"id": passage.id, "heading": passage.heading, "text": passage.text}
            for passage in passages
        ],
        "sender": {"first_name": user.first_name} if user else {},
        **_agreed(turn.session.staff_note),
        **turn.notes,
    }


def _agreed(note: StaffNote | None) -> JsonObject:
    """Return what staff agreed with the sender; nothing when they left no note."""
    if note is None:
        return {}
    return {"agreed_with_staff": {"text": note.text, "date": note.at.date().isoformat()}}


def earlier_words(turn: Turn) -> list[str]:
    """Return what the sender wrote in turns that are no longer in the model's context."""
    return list(turn.notes.get(EARLIER, {}).get("sender_said", ()))


def ticket_json(ticket: Ticket) -> JsonObject:
    """Return a ticket as a model sees it, without its link."""
    return {
        "status": ticket.status,
        "send": money_json(ticket.actual_send),
        "receive": money_json(ticket.actual_receive),
        "recipient": ticket.recipient_name,
        "reference": ticket.operation_id,
    }


def _linked_terms(ticket: Ticket) -> JsonObject:
    """Return the terms of a transfer whose link is out, so that it can be corrected."""
    if ticket.status not in USABLE or ticket.terms is None:
        return {}
    return {"terms": _terms(ticket.terms)}


def _terms(terms: Terms) -> JsonObject:
    return {
        "country": terms.country,
        "payout_method": terms.payout_method,
        "amount": str(terms.amount),
        "amount_currency": terms.amount_currency,
        "recipient_first_name": terms.recipient_first_name,
        "recipient_last_name": terms.recipient_last_name,
        "recipient_phone": terms.recipient_phone,
        "recipient_id": terms.recipient_id,
        "payer_id": terms.payer_id,
        "payer_name": terms.payer_name,
        "account": terms.account,
        "payment_method_id": terms.payment_method_id,
    }


def _draft(draft: Draft, turn: Turn) -> JsonObject:
    return {
        "id": draft.id,
        "status": _status(draft, turn),
        "terms": _terms(draft.terms),
        "quote": quote_json(draft.quote, minutes_left(draft, turn.now)),
    }


def _status(draft: Draft, turn: Turn) -> str:
    if not draft.is_quote_valid(turn.now):
        return "expired"
    return "confirmed" if draft.is_confirmed() else "awaiting_confirmation"
