"""Limits attempts to guess passwords, by name and by address.

An attempt counts before the password is checked, so that parallel ones gain nothing.
"""

from datetime import timedelta

from lola.domain.clock import Clock
from lola.safety.rate_limit import SlidingWindows

WINDOW = timedelta(minutes=5)
TRIES_PER_NAME = 5
TRIES_PER_ADDRESS = 30


class LoginThrottle:
    """A sliding window per name and per address. An office shares one address, so its limit is
    high.
    """

    def __init__(self, clock: Clock) -> None:
        self._windows = SlidingWindows(clock, WINDOW)

    def attempt(self, name: str, address: str) -> int:
        """Count one attempt; return 0 when it is allowed, else the seconds to wait."""
        limits = (
            (("name", name.strip().lower()[:40]), TRIES_PER_NAME),
            (("address", address), TRIES_PER_ADDRESS),
        )
        if wait := max(self._windows.wait(key, limit) for key, limit in limits):
            return wait
        for key, _ in limits:
            self._windows.count(key)
        return 0

    def succeeded(self, name: str) -> None:
        """Forget the attempts of a name that signed in."""
        self._windows.forget(("name", name))
