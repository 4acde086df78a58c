"""Slows down guessing of passwords, by name and by address.

A try is counted before the password is looked at, so that many at once gain nothing. The counts
live in this process alone: each process allows its own few tries, and a restart forgives.
"""

from collections import OrderedDict, deque
from datetime import datetime, timedelta

from lola.clock import Clock

WINDOW = timedelta(minutes=5)
TRIES_PER_NAME = 5
TRIES_PER_ADDRESS = 30
_MOST_KEYS = 10_000


class LoginThrottle:
    """A sliding window per name and per address. The address's is wide: offices share one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tries: OrderedDict[tuple[str, str], deque[datetime]] = OrderedDict()

    def attempt(self, name: str, address: str) -> int:
        """Count one try; answers 0 when it may go on, else the seconds to wait."""
        now = self._clock()
        windows = (
            (self._window("name", name.strip().lower()[:40], now), TRIES_PER_NAME),
            (self._window("address", address, now), TRIES_PER_ADDRESS),
        )
        waits = [tries[0] + WINDOW - now for tries, most in windows if len(tries) >= most]
        if waits:
            return max(1, round(max(waits).total_seconds()))
        for tries, _ in windows:
            tries.append(now)
        return 0

    def succeeded(self, name: str) -> None:
        """Forget the tries of somebody who got in."""
        self._tries.pop(("name", name), None)

    def _window(self, kind: str, value: str, now: datetime) -> deque[datetime]:
        tries = self._tries.setdefault((kind, value), deque())
        self._tries.move_to_end((kind, value))
        while tries and now - tries[0] >= WINDOW:
            tries.popleft()
        while len(self._tries) > _MOST_KEYS:
            self._tries.popitem(last=False)
        return tries
