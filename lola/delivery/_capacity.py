"""How many conversations a worker serves at the same time: as many as its event loop keeps up with.

Turns that wait for a model cost nothing, turns that compute hold up all others. When too many of
them run, every answer of Redis and of a channel is read late, and looks like a time-out.
"""

import asyncio
from collections.abc import Callable
from typing import Final

BEAT_SECONDS: Final = 0.05
LATE_SECONDS: Final = 0.1
FIRST: Final = 8
FEWEST: Final = 4


class Capacity:
    """A limit: begins low, rises to `most` while it is used up, falls when the loop is late.

    All kinds of work of one process share it; each kind may have as much under way.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._fewest = min(FEWEST, most)
        self.now = min(FIRST, most)
        self._is_used_up = False
        self._freed = asyncio.Event()

    async def room(self, under_way: Callable[[], int]) -> int:
        """Wait until less than the limit is under way; return how much more may begin."""
        while (left := self.now - under_way()) <= 0:
            self._is_used_up = True
            self._freed.clear()
            await self._freed.wait()
        return left

    def free(self) -> None:
        """Let `room` look again, because something ended."""
        self._freed.set()

    async def watch(self) -> None:
        """Measure how late the event loop is, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + BEAT_SECONDS
            await asyncio.sleep(BEAT_SECONDS)
            self.measured(loop.time() - due)

    def measured(self, late: float) -> None:
        """Change the limit, given that a timer was `late` by so many seconds."""
        if late > LATE_SECONDS:
            self.now = max(self._fewest, self.now // 2)
        elif self._is_used_up:
            self.now = min(self._most, self.now + max(1, self.now // 4))
            self.free()
        self._is_used_up = False
