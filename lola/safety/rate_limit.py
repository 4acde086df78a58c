"""Counting what somebody does within a span of time, for throttles.

The counts live in this process alone: each process allows its own, and a restart forgives. That is
enough to slow down guessing, and spares every request a round trip.
"""

from collections import OrderedDict, deque
from collections.abc import Hashable
from datetime import datetime, timedelta

from lola.domain.clock import Clock

_MAX_KEYS = 10_000


class SlidingWindows:
    """One window of `span` per key; the least used keys are forgotten when there are too many."""

    def __init__(self, clock: Clock, span: timedelta) -> None:
        self._clock = clock
        self._span = span
        self._times: OrderedDict[Hashable, deque[datetime]] = OrderedDict()

    def wait(self, key: Hashable, max_count: int) -> int:
        """Return the seconds until `key` may go on; 0 while there are fewer than `max_count`."""
        times = self._window(key)
        if len(times) < max_count:
            return 0
        return max(1, round((times[0] + self._span - self._clock()).total_seconds()))

    def count(self, key: Hashable) -> None:
        """Note one more."""
        self._window(key).append(self._clock())

    def forget(self, key: Hashable) -> None:
        """Start afresh."""
        self._times.pop(key, None)

    def _window(self, key: Hashable) -> deque[datetime]:
        times = self._times.setdefault(key, deque())
        self._times.move_to_end(key)
        while times and self._clock() - times[0] >= self._span:
            times.popleft()
        while len(self._times) > _MAX_KEYS:
            self._times.popitem(last=False)
        return times
