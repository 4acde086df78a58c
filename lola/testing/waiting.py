"""Waiting for what cannot be waited on: a condition outside this process, with a deadline.

Tests never sleep; where nothing tells them that something happened, they ask here.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

Found = TypeVar("Found")
SECONDS = 20.0
_POLL_SECONDS = 0.01


async def until(look: Callable[[], Awaitable[Found]], seconds: float = SECONDS) -> Found:
    """Answer the first true thing that `look` finds. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not (found := await look()):  # noqa: ASYNC110 - what is outside tells nobody
            await asyncio.sleep(_POLL_SECONDS)
        return found
