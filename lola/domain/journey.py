"""Says which steps of a transfer's journey a turn made, for metrics and statistics."""

from typing import Literal, get_args

from lola.domain.session import Session

Step = Literal["started", "quoted", "confirmed", "linked", "approved", "person"]
"""A conversation began, its sender was shown a summary, confirmed it, got the link, approved it on
the secure page; or a person was called."""
STEPS: tuple[Step, ...] = get_args(Step)
APPROVED = frozenset({"approved", "settled"})


def steps_of(before: Session, after: Session, *, is_new: bool, escalated: bool) -> tuple[Step, ...]:
    """Return the steps between the sessions before and after a turn, each at most once.

    `is_new`: nothing was stored of the conversation. `escalated`: a person was called.
    """
    was_confirmed = before.draft is not None and before.draft.is_confirmed()
    is_confirmed = after.draft is not None and after.draft.is_confirmed()
    linked = any(before.ticket(ticket.id) is None for ticket in after.tickets)
    made: dict[Step, bool] = {
        "started": is_new and after.heard_at is not None,
        "quoted": before.draft is None and after.draft is not None,
        "confirmed": (is_confirmed or linked) and not was_confirmed,
        "linked": linked,
        "approved": is_approved(before, after),
        "person": escalated,
    }
    return tuple(step for step, is_made in made.items() if is_made)


def is_approved(before: Session, after: Session) -> bool:
    """Return whether a transfer of the session was approved in this turn."""
    for ticket in after.tickets:
        known = before.ticket(ticket.id)
        if ticket.status in APPROVED and (known is None or known.status not in APPROVED):
            return True
    return False
