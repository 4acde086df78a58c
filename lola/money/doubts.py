"""When the partner is asked again about a ticket whose state is not known."""

from datetime import timedelta

MINUTES = (1, 2, 5, 10, 20, 30, 60, 120, 240, 480, 720, 720)
PAUSES = tuple(timedelta(minutes=minutes) for minutes in MINUTES)
"""The growing pauses; after the last attempt a person is called. Each is shorter than a session."""


def next_pause(attempt: int) -> timedelta | None:
    """Return the pause before the attempt with this number, from 0; None when there are no more."""
    return PAUSES[attempt] if attempt < len(PAUSES) else None
