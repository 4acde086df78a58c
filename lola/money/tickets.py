"""The states of a ticket as one table: which event is possible in which state, and its result.

An event that is not in the table changes nothing. Reports come twice, late and in any order
(reference/m2m.md 7.4), so one that does not fit is ignored; one that says money moved still counts
after our own clock or a failed attempt ended the ticket.

    drafted → confirmed → link_sent → opened → approved → settled
                              └────────┴→ cancelled · expired · failed
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from lola.domain.identity import Identity
from lola.domain.messages import JsonObject
from lola.domain.transfer import Booked, Ticket, TicketStatus
from lola.money.money_format import money_text

TicketEvent = Literal[
    "confirmed", "linked", "opened", "identity_passed", "identity_pending", "identity_failed",
    "payment_failed", "approved", "cancelled", "taken_back", "replaced", "expired", "completed",
    "operation_failed", "unsure", "approval_unsure", "processing", "on_hold", "in_review",
    "card_added",
]  # fmt: skip

SCAN_ID = "cip:scan-id"
POL_TOKEN = "cip:pol-token"  # noqa: S105 - the documented name of an action
POL_VALIDATE = "cip:pol-validate"
ADD_CARD = "card:add"
APPROVE = "send:approve"

IDENTITY_ACTIONS = (SCAN_ID, POL_TOKEN, POL_VALIDATE)
"""Documented (reference/lola.md 14)."""
TRANSFER_ACTIONS = (ADD_CARD, APPROVE)
"""The names of the card actions are inferred (reference/lola.md 20.7)."""

USABLE: frozenset[TicketStatus] = frozenset({"link_sent", "opened"})
"""States in which the link can be used."""
RENEWABLE: frozenset[TicketStatus] = frozenset({"expired", "failed"})
"""States after which the same transfer may be prepared again."""
DOUBTFUL: frozenset[TicketEvent] = frozenset({"unsure", "approval_unsure"})
"""Events that say that the partner could not be asked, or does not know the operation."""
GOING_ON: frozenset[TicketEvent] = frozenset({"processing", "on_hold", "in_review"})
"""Events of an operation that was approved before, whether or not its creation was reported."""
OVER: frozenset[TicketStatus] = frozenset({"approved", "cancelled", "settled"})
"""States in which the sender's terms are no longer needed, and removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row: in the states `meets`, the event `leads_to` a state; `says` is the sentence's key.

    `unregistered` rows apply only while the ticket has no operation of the partner, `registered`
    ones only to a report that names one. A `was` row applies only when this is what the partner
    said last, a `once` row only when the partner did not say it last.
    """

    event: TicketEvent
    meets: frozenset[TicketStatus]
    leads_to: TicketStatus
    says: str = ""
    unregistered: bool = False
    registered: bool = False
    was: str = ""
    once: bool = False


def _rule(
    event: TicketEvent, meets: str, leads_to: TicketStatus, says: str = "", **only: Any
) -> Rule:
    states: frozenset[TicketStatus] = frozenset(meets.split())  # type: ignore[arg-type]
    return Rule(event=event, meets=states, leads_to=leads_to, says=says, **only)


RULES = (
    _rule("confirmed", "drafted", "confirmed"),
    _rule("linked", "confirmed", "link_sent"),
    _rule("opened", "link_sent", "opened", "money.opened"),
    _rule("card_added", "link_sent opened", "opened"),
    _rule("identity_passed", "link_sent opened", "opened", "money.identity_passed"),
    _rule("identity_pending", "link_sent opened", "opened", "money.identity_pending"),
    _rule("identity_failed", "link_sent opened unsure", "failed", "money.identity_failed"),
    _rule("payment_failed", "link_sent opened unsure", "failed", "money.payment_failed"),
    _rule("expired", "link_sent opened unsure", "expired", "money.expired"),
    # Whether money moved is not known: nothing is said about it, and nothing is offered.
    _rule("unsure", "link_sent opened expired", "unsure", "money.unsure"),
    _rule("unsure", "failed", "unsure", "money.unsure", unregistered=True),
    _rule("approval_unsure", "link_sent opened", "unsure", "money.approval_unsure"),
    _rule("replaced", "link_sent opened", "expired"),
    _rule("approved", "link_sent opened expired failed unsure", "approved", "money.approved",
          unregistered=True),
    # The second report of the same approval may bring the operation's id.
    _rule("approved", "approved", "approved", unregistered=True),
    _rule("cancelled", "link_sent opened", "cancelled", "money.cancelled"),
    _rule("taken_back", "link_sent opened", "cancelled", "money.taken_back", unregistered=True),
    _rule("cancelled", "failed", "cancelled", "money.cancelled", unregistered=True),
    _rule("cancelled", "approved unsure", "cancelled", "money.operation_cancelled"),
    _rule("completed", "link_sent opened expired approved unsure", "settled", "money.settled",
          registered=True),
    _rule("completed", "failed", "settled", "money.settled", registered=True, unregistered=True),
    _rule("operation_failed", "link_sent opened expired approved unsure", "failed",
          "money.operation_failed", registered=True),
    _rule("on_hold", "approved", "approved", "money.on_hold", registered=True, once=True),
    _rule("in_review", "approved", "approved", "money.in_review", registered=True, once=True),
    _rule("processing", "approved", "approved", "money.resumed", registered=True, was="on_hold"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A ticket before and after an event; `says` is the sentence's key, or empty for none."""

    event: TicketEvent
    before: Ticket
    after: Ticket
    says: str

    def audit(self) -> JsonObject:
        """Return the audit record of this step: ids, and amounts only where they differ."""
        record: JsonObject = {
            "ticket": self.after.id,
            "event": self.event,
            "from": self.before.status,
            "to": self.after.status,
            "digest": self.after.digest,
            "operation": self.after.operation_id,
        }
        return record | ({"difference": found} if (found := self.difference()) else {})

    def difference(self) -> JsonObject:
        """Return the amounts that differ from what was confirmed, if this step brought them."""
        return difference(self.after) if self.after.booked != self.before.booked else {}


def move(
    ticket: Ticket, event: TicketEvent, operation_id: str = "", booked: Booked | None = None
) -> Move | None:
    """Return the step that the event makes, or None when it is impossible or changes nothing."""
    if ticket.operation_id and operation_id and ticket.operation_id != operation_id:
        return None
    named = operation_id or ticket.operation_id
    for rule in RULES:
        if rule.event != event or ticket.status not in rule.meets:
            continue
        if (rule.unregistered and ticket.operation_id) or (rule.registered and not named):
            continue
        said = ticket.partner_status
        if (rule.was and said != rule.was) or (rule.once and said == event):
            continue
        after = replace(
            ticket,
            status=rule.leads_to,
            operation_id=named,
            terms=None if rule.leads_to in OVER else ticket.terms,
            booked=booked or ticket.booked,
            doubt=ticket.doubt if event in DOUBTFUL else "",
            partner_status=event if rule.once else "",
        )
        if after == ticket and not rule.says:
            return None
        return Move(event=event, before=ticket, after=after, says=rule.says)
    return None


def events_to(ticket: Ticket, event: TicketEvent) -> tuple[TicketEvent, ...]:
    """Return the events that bring a ticket to where its operation is: one that goes on was
    approved before.
    """
    return ("approved", event) if event in GOING_ON and ticket.status != "approved" else (event,)


def allowed_actions(identity: Identity) -> tuple[str, ...]:
    """Return what the secure page may do; a verified sender is not checked again."""
    user = identity.user
    is_verified = user is not None and user.is_verified
    return TRANSFER_ACTIONS if is_verified else (*IDENTITY_ACTIONS, *TRANSFER_ACTIONS)


def difference(ticket: Ticket) -> JsonObject:
    """Return confirmed and booked amount, as texts, where the partner has another one."""
    if ticket.booked is None:
        return {}
    pairs = {
        "send": (ticket.send, ticket.booked.send),
        "receive": (ticket.receive, ticket.booked.receive),
    }
    return {
        name: {"confirmed": money_text(confirmed), "booked": money_text(booked)}
        for name, (confirmed, booked) in pairs.items()
        if booked is not None and money_text(booked) != money_text(confirmed)
    }


def difference_share(ticket: Ticket) -> Decimal:
    """Return the largest relative difference; 1 for another currency, 0 for none."""
    booked = ticket.booked or Booked()
    shares = [Decimal(0)]
    for confirmed, actual in ((ticket.send, booked.send), (ticket.receive, booked.receive)):
        if actual is None:
            continue
        if actual.currency != confirmed.currency:
            shares.append(Decimal(1))
        elif confirmed.amount:
            shares.append(abs(actual.amount - confirmed.amount) / confirmed.amount)
    return max(shares)


def is_repetition(ticket: Ticket, event: TicketEvent) -> bool:
    """Return whether the ticket is already in the state that the event leads to."""
    return any(rule.event == event and rule.leads_to == ticket.status for rule in RULES)
