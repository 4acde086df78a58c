"""Scripted faults of the stand-in channels. Each fault applies to one request, in order."""

import asyncio
from collections import deque

from aiohttp import web

HTML = "502"
DROP = "drop"
HANG = "hang"


class ChannelFaults:
    """A queue of names: a provider's error code, `502` (an HTML page), `drop` or `hang`.

    `drop` breaks the connection and `hang` does not respond until `released` is set, both after the
    message was accepted.
    """

    def __init__(self) -> None:
        self.released = asyncio.Event()
        self._queue: deque[str] = deque()

    def add(self, *names: str) -> None:
        """Script the next faults."""
        self._queue.extend(names)

    def clear(self) -> None:
        """Remove all scripted faults."""
        self._queue.clear()

    def take_next(self) -> str:
        """Remove and return the fault of this request; "" for none."""
        return self._queue.popleft() if self._queue else ""

    async def apply(self, fault: str, request: web.Request) -> None:
        """Carry out `drop` or `hang` on an accepted request; any other fault does nothing."""
        if fault == HANG:
            await self.released.wait()
        if fault == DROP and request.transport is not None:
            request.transport.abort()


def html_error_page() -> web.Response:
    """Return the page of a proxy in front of a provider."""
    return web.Response(
        status=502,
        text="<html><body><h1>502 Bad Gateway</h1></body></html>",
        content_type="text/html",
    )
