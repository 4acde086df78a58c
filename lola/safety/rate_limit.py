"""Counts events within a span of time, for throttles.

The counts are in memory: each process has its own, and a restart clears them. That is enough to
slow down guessing, and costs no round trip per request.
"""

from collections import OrderedDict, deque
from collections.abc import Hashable
from datetime import datetime, timedelta

from lola.domain.clock import Clock

_MAX_KEYS = 10_000


class SlidingWindows:
    """One window of `span` per key; the least recently used keys are dropped beyond a maximum."""

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
        """Count one more."""
        self._window(key).append(self._clock())

    def forget(self, key: Hashable) -> None:
        """Clear the count of a key."""
        self._times.pop(key, None)

    def _window(self, key: Hashable) -> deque[datetime]:
        times = self._times.setdefault(key, deque())
        self._times.move_to_end(key)
        while times and self._clock() - times[0] >= self._span:
            times.popleft()
        while len(self._times) > _MAX_KEYS:
            self._times.popitem(last=False)
        return times
