"""Keeps conversations in sync with external help desks: marked ones soon, all now and then.

One worker holds the sync list at a time; others wait. A failure of a help desk is logged and tried
again later, and never affects a turn.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from lola.domain.clock import Clock
from lola.domain.messages import ConversationId
from lola.errors import LolaError
from lola.escalation.help_desk import HelpDesk
from lola.escalation.ports import OwnershipPort
from lola.state.sync_list import SyncList
from lola.telemetry import names

FRESH_SECONDS: Final = 60.0
FULL_SYNC_INTERVAL: Final = timedelta(seconds=60)
MAX_RETRY_DELAY: Final = timedelta(seconds=60)
HOLD_SECONDS: Final = 30.0

log = structlog.get_logger(__name__)


class HelpDeskSync:
    """Runs until `stop`. `interval_seconds` bounds how old the state of either side gets."""

    def __init__(
        self,
        help_desks: Sequence[HelpDesk],
        sync_list: SyncList,
        owners: OwnershipPort,
        clock: Clock,
        worker: str,
        *,
        interval_seconds: float = 1.0,
    ) -> None:
        self._help_desks = help_desks
        self._sync_list = sync_list
        self._owners = owners
        self._clock = clock
        self._worker = worker
        self._interval_seconds = interval_seconds
        self._stopping = asyncio.Event()
        self._synced_marks: dict[ConversationId, float] = {}
        self._retries: dict[ConversationId, tuple[int, datetime]] = {}
        self._full_sync_at: datetime | None = None

    async def run(self) -> None:
        """Sync again and again until stopped."""
        while not self._stopping.is_set():
            await self._safely(self.sync_all)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._interval_seconds)

    def stop(self) -> None:
        """Let `run` end after the sync in progress."""
        self._stopping.set()

    async def sync_all(self) -> None:
        """Sync what was marked or waits for a person, unless another worker holds the list.

        Once a minute it is a full sync: of every marked conversation, also without a change, and of
        messages that no webhook delivered. Raises StoreUnavailableError.
        """
        if not await self._hold():
            return
        is_full = (
            self._full_sync_at is None or self._clock() - self._full_sync_at >= FULL_SYNC_INTERVAL
        )
        marked = await (
            self._sync_list.marked() if is_full else self._sync_list.marked(FRESH_SECONDS)
        )
        waiting = [conversation for conversation, _ in await self._owners.handoff_queue()]
        if is_full:
            self._full_sync_at = self._clock()
            self._synced_marks = {
                name: at for name, at in self._synced_marks.items() if name in marked
            }
            for help_desk in self._help_desks:
                await self._safely(help_desk.fetch_missed)
        for conversation in dict.fromkeys((*marked, *waiting)):
            # A sync of many conversations may take longer than one hold.
            if self._stopping.is_set() or not await self._hold():
                return
            await self._sync(conversation, marked.get(conversation, 0.0), force=is_full)

    async def _hold(self) -> bool:
        return await self._sync_list.hold(self._worker, HOLD_SECONDS)

    async def _sync(self, conversation: ConversationId, marked_at: float, *, force: bool) -> None:
        """Sync one conversation; after a failure, again after a delay that doubles each time."""
        now = self._clock()
        failures, not_before = self._retries.get(conversation, (0, now))
        if now < not_before:
            return
        is_marked = marked_at > self._synced_marks.get(conversation, 0.0)
        force = force or failures > 0 or is_marked
        succeeded = True
        for help_desk in self._help_desks:
            sync = partial(help_desk.sync, conversation, force=force)
            succeeded = await self._safely(sync) and succeeded
        if succeeded:
            self._synced_marks[conversation] = marked_at
            self._retries.pop(conversation, None)
        else:
            delay = min(timedelta(seconds=2**failures), MAX_RETRY_DELAY)
            self._retries[conversation] = (min(failures + 1, 10), now + delay)

    async def _safely(self, work: Callable[[], Awaitable[None]]) -> bool:
        """Run `work` and return whether it succeeded: a failure must not end the sync."""
        try:
            await work()
        except LolaError as error:
            log.warning(names.HELP_DESK_FAILED, code=error.code)
            return False
        except Exception as error:  # noqa: BLE001 - any other error would end the sync as well
            log.error(names.HELP_DESK_FAILED, error=type(error).__name__)
            return False
        return True
