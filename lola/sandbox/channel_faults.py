"""Scripted trouble for the stand-in channels: what a provider does on its bad days.

Each fault strikes one request, in the order of scripting, and then it is gone.
"""

import asyncio
from collections import deque

from aiohttp import web

HTML = "502"
DROP = "drop"
HANG = "hang"


class ChannelFaults:
    """A queue of names: a provider's error code, `502` (an HTML page), `drop` or `hang`.

    `drop` breaks the connection and `hang` stays silent until `released` is set, both after the
    message was accepted.
    """

    def __init__(self) -> None:
        self.released = asyncio.Event()
        self._queue: deque[str] = deque()

    def add(self, *names: str) -> None:
        """Script the next faults."""
        self._queue.extend(names)

    def clear(self) -> None:
        """Forget what was scripted: the bad day is over."""
        self._queue.clear()

    def take_next(self) -> str:
        """Take the fault of this request; "" for none."""
        return self._queue.popleft() if self._queue else ""

    async def apply(self, fault: str, request: web.Request) -> None:
        """Play `drop` or `hang` on an accepted request; anything else does nothing."""
        if fault == HANG:
            await self.released.wait()
        if fault == DROP and request.transport is not None:
            request.transport.abort()


def html_error_page() -> web.Response:
    """Answer what a proxy in front of a provider shows."""
    return web.Response(
        status=502,
        text="<html><body><h1>502 Bad Gateway</h1></body></html>",
        content_type="text/html",
    )
