"""Ships the audit trail to its sinks, in order, at least once, without gaps.

One worker at a time ships. How far each sink has each chain is in Redis, and is moved only after
the sink has kept the entries; a crash between the two ships the same entries again.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from lola.domain.clock import Clock
from lola.errors import StoreUnavailableError
from lola.state.audit.chain import Entry
from lola.state.audit.sinks import Sink
from lola.state.audit.trail import AuditTrail, Head
from lola.state.sync_list import SyncList
from lola.telemetry import names

_BATCH: Final = 200
_TICK_SECONDS: Final = 2.0
_HOLD_SECONDS: Final = 30.0
ANCHOR_EVERY: Final = timedelta(minutes=5)

log = structlog.get_logger(__name__)


class AuditShipping:
    """Ships, and logs the newest link of each chain now and then as an anchor.

    `lock` lets one worker at a time do it.
    """

    def __init__(
        self, trail: AuditTrail, sinks: Sequence[Sink], lock: SyncList, clock: Clock, worker: str
    ) -> None:
        self._trail = trail
        self._sinks = sinks
        self._lock = lock
        self._clock = clock
        self._worker = worker
        self._anchored: dict[int, int] = {}
        self._anchored_at: datetime | None = None

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            try:
                if await self._lock.hold(self._worker, _HOLD_SECONDS):
                    await self.ship()
                    await self.anchor()
            except StoreUnavailableError as error:
                log.error(names.AUDIT_NOT_SHIPPED, code=error.code)
            except Exception as error:  # noqa: BLE001 - the job must go on after a fault of our own
                log.error(names.WORKER_FAULT, error=type(error).__name__)
            await asyncio.sleep(_TICK_SECONDS)

    async def ship(self) -> int:
        """Ship everything that is new to each sink; return how many entries were shipped."""
        heads = await self._trail.heads() if self._sinks else ()
        shipped = 0
        for sink in self._sinks:
            for head in heads:
                shipped += await self._ship_chain(sink, head)
        return shipped

    async def anchor(self) -> None:
        """Log the newest link of each chain that has grown, at most every five minutes."""
        now = self._clock()
        if self._anchored_at is not None and now - self._anchored_at < ANCHOR_EVERY:
            return
        self._anchored_at = now
        for head in await self._trail.heads():
            if head.seq != self._anchored.get(head.chain):
                log.info(names.AUDIT_ANCHOR, chain=head.chain, seq=head.seq, link=head.link)
                self._anchored[head.chain] = head.seq

    async def _ship_chain(self, sink: Sink, head: Head) -> int:
        known = await self._trail.shipped(sink.name, head.chain)
        if known > head.seq or (known < head.seq and known + 1 < head.start):
            log.error(names.AUDIT_GAP, sink=sink.name, chain=head.chain, seq=head.seq, after=known)
        if known >= head.seq:
            return 0
        batch: list[Entry] = []
        shipped = 0
        async for entry in self._trail.entries(head.chain, known):
            batch.append(entry)
            if len(batch) == _BATCH:
                shipped += await self._keep(sink, batch)
                batch = []
                if not await self._lock.hold(self._worker, _HOLD_SECONDS):
                    return shipped
        return shipped + (await self._keep(sink, batch) if batch else 0)

    async def _keep(self, sink: Sink, batch: Sequence[Entry]) -> int:
        await sink.keep(batch)
        await self._trail.mark_shipped(sink.name, batch[-1].chain, batch[-1].seq)
        return len(batch)
