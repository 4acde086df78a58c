"""The comparison of a ticket with the partner's record, and the report of a run of comparisons.

It reads and decides only; `lola.app.reconciler` asks the partner and enqueues what follows.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from lola.domain.messages import JsonObject
from lola.domain.transfer import Ticket, TicketStatus
from lola.money.events import STATUS_EVENTS
from lola.money.partner_records import booked_amounts
from lola.money.tickets import USABLE, events_to, move
from lola.partners.m2m.model import Operation

Difference = Literal[
    "operation", "opened", "ended", "unsure",
    "amount", "contradiction", "no_ticket", "no_session", "no_operation", "unreadable",
]  # fmt: skip
Outcome = Literal["complete", "unfinished", "partner_failed", "held_elsewhere", "lease_lost"]

REPAIRED: Final[frozenset[Difference]] = frozenset({"operation", "opened", "ended", "unsure"})
"""What an event repairs. Everything else is for staff."""
MOST_LISTED: Final = 100
AFTER_END: Final = timedelta(hours=1)
"""For this long after a link's end an operation may still be reported."""

_AGREES: Final[dict[str, frozenset[TicketStatus]]] = {
    "created": frozenset({"approved"}),
    "processing": frozenset({"approved"}),
    "on_hold": frozenset({"approved"}),
    "completed": frozenset({"settled"}),
    "failed": frozenset({"failed"}),
    # Nothing was sent, whatever ended the link.
    "cancelled": frozenset({"cancelled", "expired", "failed"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One difference, by ids only. `is_new` is False when it was found and handled before."""

    difference: Difference
    ticket: str = ""
    operation: str = ""
    link: str = ""
    ticket_status: str = ""
    partner_status: str = ""
    is_new: bool = True

    def to_json(self) -> JsonObject:
        """Return the object that operators see."""
        return {
            "difference": self.difference,
            "is_repaired": self.difference in REPAIRED,
            "ticket": self.ticket,
            "operation": self.operation,
            "link": self.link,
            "ticket_status": self.ticket_status,
            "partner_status": self.partner_status,
            "is_new": self.is_new,
        }


@dataclass(slots=True, kw_only=True)
class Reconciliation:
    """The report of one run. Only the first findings are listed; `counts` has all of them."""

    started_at: datetime
    is_dry: bool
    outcome: Outcome = "unfinished"
    calls: int = 0
    operations: int = 0
    links: int = 0
    tickets: int = 0
    foreign: int = 0
    seen_until: datetime | None = None
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, finding: Finding) -> None:
        """Count a finding, and list it while there is room."""
        if finding.is_new:
            self.counts[finding.difference] += 1
        if len(self.findings) < MOST_LISTED:
            self.findings.append(finding)

    def to_json(self) -> JsonObject:
        """Return the object that `--json` prints."""
        return {
            "started_at": self.started_at.isoformat(),
            "is_dry": self.is_dry,
            "outcome": self.outcome,
            "calls": self.calls,
            "operations": self.operations,
            "links": self.links,
            "tickets": self.tickets,
            "foreign": self.foreign,
            "seen_until": self.seen_until.isoformat() if self.seen_until else None,
            "counts": dict(self.counts),
            "findings": [finding.to_json() for finding in self.findings],
        }


def compare(ticket: Ticket, operation: Operation) -> Difference | None:
    """Return how a ticket differs from the partner's operation; `operation` can be repaired."""
    status = str(operation.status)
    booked = booked_amounts(operation.amount, ticket)
    event = STATUS_EVENTS.get(status, "in_review")
    moved = ticket
    for one in events_to(ticket, event):
        if step := move(moved, one, operation.operation_id, booked):
            moved = step.after
    if moved != ticket:
        return "operation"
    if ticket.operation_id and ticket.operation_id != operation.operation_id:
        return "contradiction"
    if status in _AGREES and ticket.status not in _AGREES[status]:
        return "contradiction"
    if booked is None or booked == ticket.booked or not ticket.operation_id:
        return None
    return "operation" if ticket.booked is None else "amount"


def is_over(ticket: Ticket, now: datetime) -> bool:
    """Return whether nothing can change any more that the sender would have to be told."""
    if ticket.status in {"settled", "cancelled"}:
        return True
    if ticket.status == "failed" and ticket.operation_id:
        return True
    return ticket.status in {"expired", "failed"} and now >= ticket.expires_at + AFTER_END


def next_look(ticket: Ticket, now: datetime, interval: timedelta) -> datetime:
    """Return when the partner is asked about a ticket again: the older, the later."""
    if ticket.status in USABLE and now < ticket.expires_at:
        return ticket.expires_at
    pause = max(interval, (now - ticket.created_at) / 4)
    return now + min(pause, timedelta(hours=6))
