"""The sandbox's clock: the clock it was given, plus what a tester advanced it.

Advancing it wakes every waiter for a later instant, so two hours of webhook retries take no time in
a test. No other clock moves; give this one to the service where both must agree.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from lola.domain.clock import Clock


class SandboxClock:
    """A `Clock` that can be advanced and waited on."""

    def __init__(self, base: Clock) -> None:
        self._base = base
        self._ahead = timedelta()
        self._moved = asyncio.Event()

    def __call__(self) -> datetime:
        """Return the sandbox's current instant in UTC."""
        return self._base() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move time forward. Raises ValueError for a step back."""
        if not 0 <= seconds <= timedelta(days=366).total_seconds():
            raise ValueError("time moves forward, by a year at most")
        self._ahead += timedelta(seconds=seconds)
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep_until(self, instant: datetime) -> None:
        """Return once the sandbox's time has reached `instant`."""
        while (left := (instant - self()).total_seconds()) > 0:
            moved = self._moved
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await moved.wait()


def iso(instant: datetime) -> str:
    """Write an instant as the partners do: UTC with milliseconds (reference/m2m.md 2.9)."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
