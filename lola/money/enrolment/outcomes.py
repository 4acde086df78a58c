"""What becomes of an enrolment, and what the sender is told, by what the bank and the partner say.

The bank's verdict decides, because it routes the sender's next message (reference/lola.md 14). The
page's report alone never counts as a success. docs/money.md has the same rules as a table.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from lola.domain.enrolment import EnrolmentStatus, Purpose
from lola.domain.identity import PaymentMethod

Cause = Literal["passed", "pending", "failed", "card_added", "expired", "checked", "asked"]
"""The page's report, the end of the link's time, or another question to bank and partner: by a
timer, or because the sender asks for the link while the last one is in review.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What is known now. `bank` is the verdict, empty without such a sender; `partner` is the CIP
    status, empty when it says none. None: could not be asked. `cards` are those that are new.
    """

    bank: str | None
    partner: str | None = ""
    cards: tuple[PaymentMethod, ...] = ()


class Outcome(NamedTuple):
    """The next state, and the sentence's key in the catalogue; empty for silence."""

    status: EnrolmentStatus
    says: str = ""


def outcome(purpose: Purpose, cause: Cause, found: Findings) -> Outcome:
    """Return what an enrolment becomes."""
    if purpose == "add_card":
        return _of_card(cause, found)
    return _of_identity(purpose, cause, found)


def _of_identity(purpose: Purpose, cause: Cause, found: Findings) -> Outcome:
    if found.bank == "passed":
        return Outcome("done", "registered" if purpose == "register" else "verified")
    if found.bank == "blocked":
        return Outcome("failed", "blocked")
    if cause == "expired":
        is_checked = found.partner == "verified"
        return Outcome("in_review", "in_review") if is_checked else Outcome("expired", "expired")
    if found.partner is None:
        return Outcome("in_review", "unsure")
    if found.partner in {"verified", "pending"}:
        return Outcome("in_review", "in_review")
    if found.partner == "failed" or cause == "failed":
        return Outcome("failed", "not_verified")
    if cause == "asked":
        # Nothing runs at the partner, so the sender may begin again.
        return Outcome("expired", "expired")
    return Outcome("in_review", "in_review" if cause == "pending" else "unsure")


def _of_card(cause: Cause, found: Findings) -> Outcome:
    if found.cards:
        return Outcome("done", "card_added")
    if cause == "expired":
        return Outcome("expired", "card_expired")
    return Outcome("in_review", "card_unsure")
