"""Slows down guessing of passwords, by name and by address.

A try is counted before the password is looked at, so that many at once gain nothing.
"""

from datetime import timedelta

from lola.domain.clock import Clock
from lola.safety.rate_limit import SlidingWindows

WINDOW = timedelta(minutes=5)
TRIES_PER_NAME = 5
TRIES_PER_ADDRESS = 30


class LoginThrottle:
    """A sliding window per name and per address. The address's is wide: offices share one."""

    def __init__(self, clock: Clock) -> None:
        self._windows = SlidingWindows(clock, WINDOW)

    def attempt(self, name: str, address: str) -> int:
        """Count one try; return 0 when it may go on, else the seconds to wait."""
        limits = (
            (("name", name.strip().lower()[:40]), TRIES_PER_NAME),
            (("address", address), TRIES_PER_ADDRESS),
        )
        if wait := max(self._windows.wait(key, most) for key, most in limits):
            return wait
        for key, _ in limits:
            self._windows.count(key)
        return 0

    def succeeded(self, name: str) -> None:
        """Forget the tries of somebody who got in."""
        self._windows.forget(("name", name))
