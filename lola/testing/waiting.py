"""Waits for a condition that sends no notification, such as one in another process."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

Found = TypeVar("Found")
SECONDS = 120.0
_POLL_SECONDS = 0.01


async def until(look: Callable[[], Awaitable[Found]], seconds: float = SECONDS) -> Found:
    """Call `look` until it returns something true, and return that. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not (found := await look()):  # noqa: ASYNC110 - nothing notifies us
            await asyncio.sleep(_POLL_SECONDS)
        return found
