"""The worker: many conversations at once, one turn per conversation at a time.

There is nothing to save when it ends: a kill anywhere leaves leases that run out and entries that
another worker, or the next process under the same name, takes up again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, Final

import structlog

from lola.delivery._capacity import Capacity
from lola.delivery._mailbox import Mailbox, Ready
from lola.delivery.inbox import Inbox
from lola.delivery.model import CommitStatus, Courier, Effects, TurnHandler, Work
from lola.delivery.outbox import Outbox
from lola.delivery.timers import Timers
from lola.domain.tasks import end
from lola.errors import LolaError, StoreUnavailableError
from lola.telemetry import names

_MAX_MESSAGES: Final = 20
_MAX_SECONDS: Final = 60.0
_PAUSE_SECONDS: Final = 0.5

log = structlog.get_logger(__name__)


class Worker:
    """Runs turns and sends replies. `name` must be stable over restarts and unique among workers.

    `tick_seconds` bounds how late a delayed retry or a timer starts; new messages do not wait for
    a tick. `concurrency` is how many conversations are served at once at most, and how many are
    sent to; while the event loop is late, fewer are.
    """

    def __init__(
        self,
        inbox: Inbox,
        outbox: Outbox,
        timers: Timers,
        handler: TurnHandler,
        courier: Courier,
        name: str,
        *,
        concurrency: int = 64,
        tick_seconds: float = 1.0,
        grace_seconds: float = 20.0,
    ) -> None:
        self._inbox = inbox
        self._timers = timers
        self._handler = handler
        self._name = name
        self._grace_seconds = grace_seconds
        self._tick_seconds = tick_seconds
        self._stopping = asyncio.Event()

        async def send(ready: Ready) -> None:
            await outbox.serve(ready, name, courier)

        self._capacity = Capacity(concurrency)
        self._pumps = tuple(
            _Pump(mailbox, serve, name, self._capacity, tick_seconds)
            for mailbox, serve in ((inbox.mailbox, self._turns), (outbox.mailbox, send))
        )

    async def run(self) -> None:
        """Work until `stop`, or until cancelled; either way leases are given back at the end."""
        jobs = [job for pump in self._pumps for job in pump.jobs()]
        jobs += (_forever(self._fire_timers), self._capacity.watch())
        tasks = [asyncio.create_task(job) for job in jobs]
        stopper: asyncio.Task[Any] = asyncio.create_task(self._stopping.wait())
        try:
            done, _ = await asyncio.wait({stopper, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end(stopper, *tasks)
            await asyncio.gather(*(pump.drain(self._grace_seconds) for pump in self._pumps))
        for task in done:
            task.result()

    async def stop(self) -> None:
        """Take nothing new and let `run` end: turns finish within the grace, or are given back."""
        self._stopping.set()

    async def _fire_timers(self) -> None:
        """Fire due timers. Every worker does; the inbox accepts each event once."""
        while True:
            if not await self._timers.fire_due():
                await asyncio.sleep(self._tick_seconds)

    async def _turns(self, ready: Ready) -> None:
        """Serve one conversation until its mailbox is empty or others have waited long enough."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _MAX_SECONDS
        handled = 0
        work = await self._inbox.acquire(ready, self._name)
        while work is not None:
            outcome = await self._turn(work)
            if outcome in ("fenced", "mismatch"):
                log.warning(names.LEASE_LOST, conversation=work.conversation, outcome=outcome)
            if outcome != "more":
                return
            handled += len(work.envelopes)
            if handled >= _MAX_MESSAGES or loop.time() >= until or self._stopping.is_set():
                await self._inbox.release(work)
                return
            work = await self._inbox.reload(work)

    async def _turn(self, work: Work) -> CommitStatus:
        while True:
            effects = await self._handle(work)
            if isinstance(effects, str):
                return await self._inbox.fail(work, effects)
            outcome = await self._inbox.commit(work, effects)
            if outcome != "ownership":
                return outcome
            # The owner changed during the turn, so its reply may be wrong now.
            log.info(names.TURN_REPEATED, conversation=work.conversation)
            again = await self._inbox.reload(work)
            if again is None:
                return "fenced"
            work = again

    async def _handle(self, work: Work) -> Effects | str:
        """Return the effects, or why there are none. A turn takes one lease time at most."""
        try:
            async with asyncio.timeout(self._inbox.limits.lease_seconds):
                return await self._handler(work)
        except Exception as error:  # noqa: BLE001 - any failure is retried, then a dead letter
            code = f" {error.code}" if isinstance(error, LolaError) else ""
            log.error(
                names.TURN_FAILED,
                conversation=work.conversation,
                trace_id=work.envelopes[-1].trace_id,
                attempts=work.envelopes[0].attempts + 1,
                error=type(error).__name__ + code,
                where=_innermost(error),
            )
            return f"handler failed: {type(error).__name__}{code}"


class _Pump:
    """Reads one kind of ready entry and keeps a task per conversation that is being served.

    What was read and has no task yet waits in `_taken`: one read returns entries of every shard.
    """

    def __init__(
        self,
        mailbox: Mailbox,
        serve: Callable[[Ready], Awaitable[None]],
        name: str,
        capacity: Capacity,
        tick_seconds: float,
    ) -> None:
        self._mailbox = mailbox
        self._serve = serve
        self._name = name
        self._capacity = capacity
        self._tick_seconds = tick_seconds
        self._taken: asyncio.Queue[Ready] = asyncio.Queue()
        self._tasks: dict[Ready, asyncio.Task[None]] = {}

    def jobs(self) -> tuple[Coroutine[Any, Any, None], ...]:
        """Return what must run until it is cancelled."""
        readers = (partial(self._read, number) for number in range(self._mailbox.readers))
        return *map(_forever, readers), _forever(self._tend), _forever(self._begin)

    async def drain(self, grace_seconds: float) -> None:
        """Let running tasks finish, then cancel them; give everything unfinished back.

        Leases are not kept fresh meanwhile, so the grace ends before any of them can.
        """
        if self._tasks:
            grace_seconds = min(grace_seconds, self._mailbox.lease_ms / 2000)
            await asyncio.wait(self._tasks.values(), timeout=grace_seconds)
        await end(*self._tasks.values())
        with suppress(StoreUnavailableError):
            await self._mailbox.hand_back(self._name)

    async def _read(self, reader: int) -> None:
        await self._mailbox.prepare()
        # Entries that an earlier process of this name left, or whose delivery was lost with a
        # broken connection, come first.
        self._take(await self._mailbox.own_pending(self._name, reader))
        while True:
            room = await self._capacity.room(self._under_way)
            self._take(await self._mailbox.take(self._name, room, reader))

    async def _tend(self) -> None:
        """Promote delayed entries, keep leases fresh and claim abandoned entries."""
        await self._mailbox.prepare()
        loop = asyncio.get_running_loop()
        beat = self._mailbox.lease_ms / 3000
        next_beat = loop.time() + beat
        while True:
            self._mailbox.delayed.clear()
            due = await self._mailbox.promote()
            pause = min(self._tick_seconds, beat, self._tick_seconds if due is None else due)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._mailbox.delayed.wait(), max(pause, 0.001))
            if loop.time() >= next_beat:
                next_beat = loop.time() + beat
                await self._mailbox.heartbeat(self._name)
                if self._taken.empty():
                    self._take(await self._mailbox.claim(self._name, self._capacity.now))

    async def _begin(self) -> None:
        """Serve what was read, as soon as there is room for it."""
        while True:
            await self._capacity.room(lambda: len(self._tasks))
            ready = await self._taken.get()
            if ready not in self._tasks:
                task = asyncio.create_task(self._keep_serving(ready))
                self._tasks[ready] = task
                task.add_done_callback(partial(self._ended, ready))

    def _take(self, entries: list[Ready]) -> None:
        for ready in entries:
            self._taken.put_nowait(ready)

    def _under_way(self) -> int:
        return len(self._tasks) + self._taken.qsize()

    def _ended(self, ready: Ready, task: asyncio.Task[None]) -> None:
        del self._tasks[ready]
        self._mailbox.held.pop(ready, None)
        self._capacity.free()
        if not task.cancelled() and (error := task.exception()) is not None:
            # A fault of our own: the lease runs out, and the entry is taken up again.
            log.error(
                names.TURN_FAILED,
                conversation=ready.conversation,
                error=type(error).__name__,
                where=_innermost(error),
            )

    async def _keep_serving(self, ready: Ready) -> None:
        """Serve, and begin again after a failure of Redis: it knows what was committed."""
        while True:
            try:
                return await self._serve(ready)
            except StoreUnavailableError as error:
                log.error(names.STORE_UNAVAILABLE, conversation=ready.conversation, code=error.code)
                await asyncio.sleep(_PAUSE_SECONDS)


async def _forever(work: Callable[[], Awaitable[None]]) -> None:
    """Begin again when Redis comes back, and after a fault of our own."""
    while True:
        try:
            await work()
        except StoreUnavailableError as error:
            log.error(names.STORE_UNAVAILABLE, code=error.code)
        except Exception as error:  # noqa: BLE001 - a worker without this job would run and do nothing
            log.error(names.WORKER_FAULT, error=type(error).__name__, where=_innermost(error))
        await asyncio.sleep(_PAUSE_SECONDS)


def _innermost(error: BaseException) -> str:
    """Return file and line of the failure, and nothing of its text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
