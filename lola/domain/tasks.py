"""Ending background tasks, for everything that starts one."""

import asyncio
from typing import Any, Final

_CANCEL_AGAIN_SECONDS: Final = 0.1


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel until it works: before Python 3.12 `wait_for`, which redis-py uses, can lose one."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_CANCEL_AGAIN_SECONDS)
