"""Finds what the partner's webhooks did not tell, and lets it enter the conversations as events.

It pages through the partner's operations and links, asks about open tickets, compares, and
enqueues; tickets are moved by the turns, with the same table as for webhooks. A run may be repeated
at any time, stop anywhere and meet another run: each event is taken once, and the cursor moves only
behind what was seen. It holds no conversation, so no turn waits for it.
"""

import asyncio
import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from lola.app.findings import Findings, Known, finding_of
from lola.app.partners import Partners
from lola.app.state import State
from lola.domain import events
from lola.domain.clock import Clock
from lola.domain.messages import Address, JsonObject
from lola.domain.session import session_from_json
from lola.errors import PartnerError, StoreUnavailableError
from lola.money.events import PARTNER_EVENTS, STATUS_EVENTS
from lola.money.links import KEEP, TicketIndex
from lola.money.partner_records import look
from lola.money.reconciliation import (
    REPAIRED,
    Finding,
    Outcome,
    Reconciliation,
    compare,
    is_over,
    next_look,
)
from lola.money.reference import is_sender_reference
from lola.money.tickets import USABLE
from lola.partners.m2m import Link, LinkStatus, M2MClient, Operation
from lola.settings import Settings
from lola.state.open_tickets import OpenTickets
from lola.state.reconciliation import ReconcilerState
from lola.state.store import StateStore
from lola.telemetry import names
from lola.telemetry.metrics import Metrics

LEASE_SECONDS: Final = 60.0
OVERLAP: Final = timedelta(minutes=5)
"""Seen again by each run: how far the partner's clock may be behind ours."""
SHORTEST: Final = timedelta(minutes=1)
SOON: Final = timedelta(minutes=1)
"""After a run that was not complete, or after an outage."""
HORIZON: Final = timedelta(hours=1)
"""After an outage, tickets that are due within this time are asked about too."""
CALLS_PER_LOOK: Final = 4
EVENT_NAMES: Final = {event: name for name, event in PARTNER_EVENTS.items()}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The bounds of one run: calls to the partner, seconds, pages at once, open tickets."""

    calls: int = 300
    seconds: float = 120.0
    pages: int = 20
    tickets: int = 100


class _Stopped(Exception):  # noqa: N818 - it ends a run and is no error
    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class Reconciler:
    """Compares tickets with the partner's records. One process at a time runs it.

    `interval` is the time between complete runs; `look_back` is how far the first run looks;
    `link_life` is how long a link is valid; `timeout` is in seconds per ticket; `holder` names the
    process, for the lease.
    """

    def __init__(
        self,
        *,
        client: M2MClient,
        findings: Findings,
        store: StateStore,
        tickets: TicketIndex,
        open_tickets: OpenTickets,
        state: ReconcilerState,
        clock: Clock,
        interval: timedelta,
        look_back: timedelta,
        link_life: timedelta,
        timeout: float,
        bounds: Bounds | None = None,
        holder: str = "",
    ) -> None:
        self._client = client
        self._findings = findings
        self._store = store
        self._tickets = tickets
        self._open_tickets = open_tickets
        self._state = state
        self._clock = clock
        self._interval = interval
        self._look_back = min(look_back, KEEP)
        self._link_life = link_life
        self._timeout = timeout
        self._bounds = bounds or Bounds()
        self._holder = holder or secrets.token_hex(8)
        self._started_at = clock()
        self._deadline = 0.0

    async def is_due(self) -> bool:
        """Return whether to run now: in time, once after a start, soon after an outage."""
        progress = await self._state.progress()
        if progress.ran_at is None or progress.ran_at < self._started_at - SOON:
            return True
        is_soon = progress.is_wanted or not progress.is_complete
        return self._clock() - progress.ran_at >= (SOON if is_soon else self._interval)

    async def run(self, *, dry: bool = False) -> Reconciliation:
        """Run once and return the report. A dry run only reports and needs no lease.

        The partner's failure ends a run early and is in its outcome. Raises StoreUnavailableError.
        """
        run = Reconciliation(started_at=self._clock(), is_dry=dry)
        self._deadline = asyncio.get_running_loop().time() + self._bounds.seconds
        if not dry and not await self._state.hold(self._holder, LEASE_SECONDS):
            run.outcome = "held_elsewhere"
            return run
        try:
            await self._passes(run)
            run.outcome = "complete"
        except _Stopped as stopped:
            run.outcome = stopped.outcome
        except PartnerError as error:
            log.warning(names.PARTNER_UNAVAILABLE, partner="m2m", code=error.code)
            run.outcome = "partner_failed"
        finally:
            if not dry:
                with suppress(StoreUnavailableError):
                    await self._state.leave(self._holder)
        self._findings.tell(run)
        return run

    async def _passes(self, run: Reconciliation) -> None:
        progress = await self._state.progress()
        if not run.is_dry:
            await self._state.begin(run.started_at)
        await self._operations(run, progress.cursor)
        await self._links(run)
        after_outage = progress.is_wanted or not progress.is_complete
        await self._due_tickets(run, HORIZON if after_outage else timedelta())
        if not run.is_dry:
            await self._state.end()

    async def _operations(self, run: Reconciliation, cursor: datetime | None) -> None:
        """Read what was made since the cursor, in windows that are not too long."""
        now = run.started_at
        start = cursor - OVERLAP if cursor else now - self._look_back
        start = min(max(start, now - KEEP), now)
        span = max(now - start, SHORTEST)
        while True:
            end = min(start + span, now)
            if not await self._window(run, start, end, is_shortest=span <= SHORTEST):
                span /= 2
                continue
            if not run.is_dry and not await self._state.advance(self._holder, end):
                raise _Stopped("lease_lost")
            run.seen_until = start = end
            if end >= now:
                return

    async def _window(
        self, run: Reconciliation, start: datetime, end: datetime, *, is_shortest: bool
    ) -> bool:
        """Read all pages of a window; False when there are too many (reference/m2m.md 5.13).

        Its end is fixed, so what is made meanwhile does not move the pages.
        """
        number = pages = 1
        while number <= pages:
            await self._spend(run)
            page = await self._client.operations_page(number, created_from=start, created_to=end)
            pages = page.pages
            if pages > self._bounds.pages and not is_shortest:
                return False
            for operation in page.items:
                run.operations += 1
                await self._operation(run, operation)
            for _ in range(page.unreadable):
                self._findings.note(run, Finding(difference="unreadable"))
            number += 1
        return True

    async def _links(self, run: Reconciliation) -> None:
        """Read the links that are open in the page, and those that were revoked."""
        for status, visibility in ((LinkStatus.OPENED, "active"), (LinkStatus.REVOKED, "")):
            number = pages = 1
            while number <= min(pages, self._bounds.pages):
                await self._spend(run)
                page = await self._client.links_page(
                    number,
                    status=status,
                    visibility=visibility,
                    created_from=run.started_at - self._link_life - OVERLAP,
                )
                pages = page.pages
                for link in page.items:
                    run.links += 1
                    await self._link(run, link)
                number += 1

    async def _due_tickets(self, run: Reconciliation, horizon: timedelta) -> None:
        """Ask about tickets that may have changed without a new operation."""
        now = run.started_at
        for ticket_id in await self._open_tickets.due(now + horizon, self._bounds.tickets):
            known = await self._read(await self._tickets.find(ticket_id=ticket_id))
            if known is None or is_over(known.ticket, now):
                if not run.is_dry:
                    await self._open_tickets.remove(ticket_id)
                continue
            if not (known.ticket.status in USABLE and now < known.ticket.expires_at):
                await self._ask(run, known)
            if not run.is_dry:
                later = next_look(known.ticket, now, self._interval)
                await self._open_tickets.later(ticket_id, later)

    async def _ask(self, run: Reconciliation, known: Known) -> None:
        ticket = known.ticket
        await self._spend(run, 1 if ticket.operation_id else CALLS_PER_LOOK)
        run.tickets += 1
        view = await look(self._client, ticket, seconds=self._timeout)
        if not view.is_known:
            raise _Stopped("partner_failed")
        if view.operation is not None:
            await self._differs(run, known, view.operation)
        elif ticket.status in USABLE:
            await self._findings.enqueue(run, known, "ended", events.TICKET_EXPIRED)
        elif ticket.status == "unsure":
            if ticket.doubt != "approved" or run.started_at >= ticket.expires_at:
                data = {"attempt": 0, "once": True}
                await self._findings.enqueue(run, known, "unsure", events.TICKET_CHECK, data)
        elif ticket.operation_id:
            finding = finding_of("no_operation", ticket, operation=ticket.operation_id)
            await self._findings.for_staff(run, finding)

    async def _operation(self, run: Reconciliation, operation: Operation) -> None:
        link_id = operation.link_id or ""
        found = await self._tickets.find(
            link_id=link_id,
            reference_id="" if link_id else operation.reference_id or "",
            at=operation.created_at,
        )
        known = await self._read(found)
        if known is not None:
            await self._differs(run, known, operation)
        elif found is None and not is_sender_reference(operation.reference_id):
            run.foreign += 1
        elif not await self._is_told_of_enrolment(found, operation):
            finding = Finding(
                difference="no_ticket" if found is None else "no_session",
                ticket=found[0] if found else "",
                operation=operation.operation_id,
                link=link_id,
                partner_status=str(operation.status),
            )
            await self._findings.for_staff(run, finding)

    async def _link(self, run: Reconciliation, link: Link) -> None:
        if link.operation_id:
            return
        known = await self._read(await self._tickets.find(link_id=link.link_id))
        if known is None:
            return
        if link.status == LinkStatus.REVOKED and known.ticket.status in USABLE:
            await self._findings.enqueue(run, known, "ended", events.TICKET_EXPIRED)
        elif link.status == LinkStatus.OPENED and known.ticket.status == "link_sent":
            await self._findings.enqueue(run, known, "opened", events.LINK_OPENED)

    async def _differs(self, run: Reconciliation, known: Known, operation: Operation) -> None:
        """Compare a ticket with its operation, and act on a difference."""
        ticket, status = known.ticket, str(operation.status)
        difference = compare(ticket, operation)
        if difference in REPAIRED:
            name = EVENT_NAMES.get(STATUS_EVENTS.get(status, "in_review"), events.OPERATION_OTHER)
            data: JsonObject = {"operation_id": operation.operation_id, "status": status}
            if operation.amount is not None:
                data["amount"] = operation.amount.model_dump(mode="json")
            await self._findings.enqueue(run, known, difference, name, data)
        elif difference is not None:
            finding = finding_of(difference, ticket, operation=operation.operation_id)
            await self._findings.for_staff(run, replace(finding, partner_status=status))
        if not run.is_dry and not is_over(ticket, run.started_at):
            await self._open_tickets.add(ticket.id, next_look(ticket, run.started_at, SOON))

    async def _read(self, found: tuple[str, Address] | None) -> Known | None:
        """Return a ticket as it was last committed, or None when its session is over."""
        if found is None:
            return None
        ticket_id, address = found
        stored = await self._store.read(address.conversation, limit=1)
        ticket = session_from_json(stored.state).ticket(ticket_id) if stored.state else None
        return Known(ticket, address, stored.version) if ticket else None

    async def _is_told_of_enrolment(
        self, found: tuple[str, Address] | None, operation: Operation
    ) -> bool:
        """Return whether it was booked on a link without a transfer and its sender was told."""
        if found is None:
            return False
        stored = await self._store.read(found[1].conversation, limit=1)
        enrolment = session_from_json(stored.state).enrolment(found[0]) if stored.state else None
        return enrolment is not None and enrolment.operation_id == operation.operation_id

    async def _spend(self, run: Reconciliation, calls: int = 1) -> None:
        """Count calls and keep the lease. Raises _Stopped at a bound or without the lease."""
        is_late = asyncio.get_running_loop().time() >= self._deadline
        if run.calls + calls > self._bounds.calls or is_late:
            raise _Stopped("unfinished")
        run.calls += calls
        if not run.is_dry and not await self._state.hold(self._holder, LEASE_SECONDS):
            raise _Stopped("lease_lost")


async def reconcile_when_due(reconciler: Reconciler, tick_seconds: float = 1.0) -> None:
    """Run until cancelled. Every worker does; the lease lets one at a time compare."""
    while True:
        try:
            if await reconciler.is_due():
                await reconciler.run()
        except StoreUnavailableError as error:
            log.error(names.STORE_UNAVAILABLE, code=error.code)
        except Exception as error:  # noqa: BLE001 - the job must go on after a fault of our own
            log.error(names.WORKER_FAULT, error=type(error).__name__)
        await asyncio.sleep(tick_seconds)


def build_reconciler(
    settings: Settings,
    clock: Clock,
    state: State,
    partners: Partners,
    metrics: Metrics,
    *,
    bounds: Bounds | None = None,
    holder: str = "",
) -> Reconciler:
    """Build the reconciler of a deployment. Nothing is called yet."""
    return Reconciler(
        client=partners.m2m,
        findings=Findings(inbox=state.inbox, kept=state.kept_events, metrics=metrics),
        store=state.store,
        tickets=partners.tickets,
        open_tickets=state.open_tickets,
        state=state.reconciler,
        clock=clock,
        interval=timedelta(minutes=settings.m2m_reconcile_minutes),
        look_back=timedelta(hours=settings.session_ttl_hours),
        link_life=timedelta(minutes=settings.m2m_link_minutes),
        timeout=settings.partner_timeout_seconds,
        bounds=bounds,
        holder=holder,
    )
