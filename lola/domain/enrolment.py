"""A secure link without a transfer: to register, to prove one's identity, or to add a card.

A pure value, kept in the session. It never holds an identity, a document or a card.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Purpose = Literal["register", "verify", "add_card"]
EnrolmentStatus = Literal["link_sent", "opened", "in_review", "done", "failed", "expired"]

OPEN: frozenset[EnrolmentStatus] = frozenset({"link_sent", "opened"})
"""States in which the link can be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """One such link with its purpose, made for one sender and one conversation.

    `sender` is the partner's reference of the sender, `actions` are what the page may do,
    `check_id` is the partner's ticket of an identity check that was begun with the link.
    `known_cards` are the ids of the cards that the bank had before, `card` is the display name of
    the one that was added. `operation_id` is set if the partner booked a transfer on this link.
    """

    id: str
    purpose: Purpose
    status: EnrolmentStatus
    created_at: datetime
    expires_at: datetime
    sender: str
    actions: tuple[str, ...]
    link_id: str = ""
    short_url: str = ""
    check_id: str = ""
    known_cards: tuple[str, ...] = ()
    card: str = ""
    operation_id: str = ""

    def is_open(self, now: datetime) -> bool:
        """Return whether the link can be used now."""
        return self.status in OPEN and now < self.expires_at
