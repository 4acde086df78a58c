"""The end of a run: waits until all work is done, and collects the three histories."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import Final

from lola.domain.messages import ConversationId
from lola.errors import StoreUnavailableError
from reliability.channel import recorded
from reliability.checker import Accepted, History
from reliability.designs import Design

_POLL_SECONDS: Final = 0.02
_ALL: Final = 10_000_000


async def settled(
    design: Design,
    conversations: Sequence[ConversationId],
    patience: float,
    progress: Callable[[], int],
) -> bool:
    """Wait until no work is left; False when nothing changed for `patience` seconds."""
    last: tuple[int, int] | None = None
    since = monotonic()
    while True:
        try:
            left = await design.remaining(conversations)
        except StoreUnavailableError:
            left = -1
        if left == 0:
            return True
        if (left, progress()) != last:
            last, since = (left, progress()), monotonic()
        elif monotonic() - since > patience:
            return False
        await asyncio.sleep(_POLL_SECONDS)


async def gathered(
    design: Design,
    conversations: Sequence[ConversationId],
    accepted: Sequence[Accepted],
    record: Path,
) -> History:
    """Collect the histories of a run whose work is done."""
    dead_letters = await design.dead_letters(_ALL)
    return History(
        accepted=tuple(accepted),
        committed=await design.committed(conversations),
        sent=recorded(record),
        dead_messages=frozenset(
            str(one.body["inbound"]["id"]) for one in dead_letters if one.kind == "inbox"
        ),
        dead_replies=frozenset(
            str(letter.body["message"]["content"])
            for letter in dead_letters
            if letter.kind == "outbox"
        ),
    )
