"""The worker's rounds through the help desks outside: marked conversations soon, all now and then.

One worker holds the list at a time; a second one only waits. Trouble with a help desk is logged and
tried again on a later round, and never touches a turn.
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
SWEEP: Final = timedelta(seconds=60)
LONGEST_PAUSE: Final = timedelta(seconds=60)
HOLD_SECONDS: Final = 30.0

log = structlog.get_logger(__name__)


class HelpDeskSync:
    """Runs until `stop`. `tick_seconds` bounds how late a help desk learns and is learned from."""

    def __init__(
        self,
        desks: Sequence[HelpDesk],
        watch: SyncList,
        owners: OwnershipPort,
        clock: Clock,
        name: str,
        *,
        tick_seconds: float = 1.0,
    ) -> None:
        self._desks = desks
        self._watch = watch
        self._owners = owners
        self._clock = clock
        self._name = name
        self._tick_seconds = tick_seconds
        self._stopping = asyncio.Event()
        self._looked: dict[ConversationId, float] = {}
        self._trouble: dict[ConversationId, tuple[int, datetime]] = {}
        self._swept_at: datetime | None = None

    async def run(self) -> None:
        """Make rounds until stopped."""
        while not self._stopping.is_set():
            await self._safely(self.round)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._tick_seconds)

    def stop(self) -> None:
        """Let `run` end after the round that is under way."""
        self._stopping.set()

    async def round(self) -> None:
        """Make one round, if nobody else makes them. Raises StoreUnavailableError."""
        if not await self._watch.hold(self._name, HOLD_SECONDS):
            return
        sweeps = self._swept_at is None or self._clock() - self._swept_at >= SWEEP
        marked = await (self._watch.marked() if sweeps else self._watch.marked(FRESH_SECONDS))
        waiting = [conversation for conversation, _ in await self._owners.handoff_queue()]
        if sweeps:
            self._swept_at = self._clock()
            self._looked = {name: at for name, at in self._looked.items() if name in marked}
            for desk in self._desks:
                await self._safely(desk.sweep)
        for conversation in dict.fromkeys((*marked, *waiting)):
            # The hold is renewed as the round goes on: it may be a long one.
            if self._stopping.is_set() or not await self._watch.hold(self._name, HOLD_SECONDS):
                return
            await self._look(conversation, marked.get(conversation, 0.0), sweeps=sweeps)

    async def _look(self, conversation: ConversationId, marked_at: float, *, sweeps: bool) -> None:
        """Have each help desk look; one that failed is asked again after an ever longer pause."""
        now = self._clock()
        failures, until = self._trouble.get(conversation, (0, now))
        if now < until:
            return
        closely = sweeps or failures > 0 or marked_at > self._looked.get(conversation, 0.0)
        went_well = True
        for desk in self._desks:
            look = partial(desk.sync, conversation, closely=closely)
            went_well = await self._safely(look) and went_well
        if went_well:
            self._looked[conversation] = marked_at
            self._trouble.pop(conversation, None)
        else:
            pause = min(timedelta(seconds=2**failures), LONGEST_PAUSE)
            self._trouble[conversation] = (min(failures + 1, 10), now + pause)

    async def _safely(self, work: Callable[[], Awaitable[None]]) -> bool:
        """Do it and answer whether that went well: a broken help desk must not end the rounds."""
        try:
            await work()
        except LolaError as error:
            log.warning(names.HELP_DESK_FAILED, code=error.code)
            return False
        except Exception as error:  # noqa: BLE001 - nobody else would go on following
            log.error(names.HELP_DESK_FAILED, error=type(error).__name__)
            return False
        return True
