"""The owner of a conversation as a state table: the bot, none yet (waiting), or a person.

    bot ──requested──▶ waiting ──taken──▶ human ──handed back──▶ bot
     ▲                    │                 ▲
     └────withdrawn───────┘      bot ─taken─┘     human ─assigned─▶ human

This module neither reads nor writes ownership. The inbox applies a change atomically if the epoch
has not changed (reference/field.md A.2, "Human handoff"). A change that the table does not hold
raises ValueError: it would be our own mistake.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from lola.delivery.model import Owner, Ownership

TRANSITIONS: frozenset[tuple[Owner, Owner]] = frozenset(
    {
        ("bot", "waiting"),
        ("waiting", "bot"),
        ("waiting", "human"),
        ("bot", "human"),
        ("human", "bot"),
        ("human", "human"),
    }
)


def is_allowed(before: Owner, after: Owner) -> bool:
    """Return whether ownership may go from `before` to `after` in one step."""
    return (before, after) in TRANSITIONS


def requested(current: Ownership, now: datetime, reason: str) -> Ownership:
    """Return the ownership after a person was asked for; only staff see `reason`."""
    return _moved(current, Ownership(owner="waiting", since=now, reason=reason))


def withdrawn(current: Ownership, now: datetime) -> Ownership:
    """Return the ownership after the sender no longer wants a person."""
    if current.owner != "waiting":
        raise ValueError("the sender is not waiting")
    return _moved(current, Ownership(owner="bot", since=now))


def taken(current: Ownership, now: datetime, staff: str) -> Ownership:
    """Return the ownership after `staff` took over; the reason for waiting is kept."""
    if not staff:
        raise ValueError("a person needs a name to own a conversation")
    if current.owner == "human":
        raise ValueError("a person has the conversation")
    reason = current.reason if current.owner == "waiting" else ""
    return _moved(current, Ownership(owner="human", staff=staff, since=now, reason=reason))


def assigned(current: Ownership, now: datetime, staff: str) -> Ownership:
    """Return the ownership after the conversation was given to `staff`, from any owner."""
    if not staff:
        raise ValueError("a person needs a name to own a conversation")
    reason = "" if current.owner == "bot" else current.reason
    return _moved(current, Ownership(owner="human", staff=staff, since=now, reason=reason))


def handed_back(current: Ownership, now: datetime) -> Ownership:
    """Return the ownership after the person handed the conversation back to the bot."""
    if current.owner != "human":
        raise ValueError("no person has the conversation")
    return _moved(current, Ownership(owner="bot", since=now))


def waited(ownership: Ownership, now: datetime) -> timedelta:
    """Return how long the owner has had the conversation; zero when the start is unknown."""
    return max(now - ownership.since, timedelta()) if ownership.since else timedelta()


def _moved(current: Ownership, after: Ownership) -> Ownership:
    if not is_allowed(current.owner, after.owner):
        raise ValueError(f"ownership cannot go from {current.owner} to {after.owner}")
    return replace(after, epoch=current.epoch + 1)
