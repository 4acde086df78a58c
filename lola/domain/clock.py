"""Time is injected everywhere, so that expiry and ordering can be tested without waiting."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Answers the present instant, always with the UTC time zone attached."""


def system_clock() -> datetime:
    """Answer the machine's present instant in UTC."""
    return datetime.now(UTC)
