"""What becomes of a difference that the reconciler found: an event of its conversation, or a note
for staff. Each is counted, logged and, in a dry run, only reported.
"""

import secrets
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

import structlog

from lola.delivery import Inbox
from lola.domain import events
from lola.domain.messages import Address, EventContent, Inbound, JsonObject, MessageId
from lola.domain.transfer import Ticket
from lola.errors import StoreUnavailableError
from lola.money.reconciliation import REPAIRED, Difference, Finding, Reconciliation
from lola.state.kept_events import KeptEvents
from lola.telemetry import names
from lola.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)


class Known(NamedTuple):
    """A ticket as it was last committed, with the version of its conversation's state."""

    ticket: Ticket
    address: Address
    version: int


class Findings:
    """Acts on findings, each once however often it is found."""

    def __init__(self, *, inbox: Inbox, kept: KeptEvents, metrics: Metrics) -> None:
        self._inbox = inbox
        self._kept = kept
        self._metrics = metrics

    async def enqueue(
        self,
        run: Reconciliation,
        known: Known,
        difference: Difference,
        name: str,
        data: JsonObject | None = None,
    ) -> None:
        """Enqueue an event, once for this state of the conversation."""
        ticket, data = known.ticket, data or {}
        finding = finding_of(difference, ticket, operation=str(data.get("operation_id", "")))
        finding = replace(finding, partner_status=str(data.get("status", "")))
        if not run.is_dry:
            marks = (name, ticket.id, finding.operation, finding.partner_status, known.version)
            by = {"by": events.RECONCILER, "found": difference, "ticket": ticket.id}
            stored = await self._inbox.enqueue(
                Inbound(
                    id=MessageId(f"reconciled:{':'.join(map(str, marks))}"),
                    address=known.address,
                    content=EventContent(name=name, data=data | by),
                    sent_at=run.started_at,
                ),
                trace_id=secrets.token_hex(8),
            )
            finding = replace(finding, is_new=not stored.duplicate)
        self.note(run, finding)

    async def for_staff(self, run: Reconciliation, finding: Finding) -> None:
        """Keep what no event can repair, once, where `lola doctor` counts it."""
        if not run.is_dry:
            ids = {
                name: value
                for name, value in (
                    ("operationId", finding.operation),
                    ("linkId", finding.link),
                    ("status", finding.partner_status),
                )
                if value
            }
            name = f"reconciler.{finding.difference}"
            body: JsonObject = {"event": name, "ids": ids, "ticket": finding.ticket, "fields": []}
            marks = (name, finding.ticket, finding.operation, finding.partner_status)
            # A full store must not stop the repair of other tickets.
            with suppress(StoreUnavailableError):
                is_new = await self._kept.keep("-".join(marks), name, body, retry=False)
                finding = replace(finding, is_new=is_new)
        self.note(run, finding)

    def note(self, run: Reconciliation, finding: Finding) -> None:
        """Add a finding to the report, and count and log it when it is new."""
        run.add(finding)
        if run.is_dry or not finding.is_new:
            return
        self._metrics.reconciler_found(finding.difference)
        log.warning(
            names.RECONCILER_FOUND,
            difference=finding.difference,
            is_repaired=finding.difference in REPAIRED,
            ticket=finding.ticket,
            operation=finding.operation,
        )

    def tell(self, run: Reconciliation) -> None:
        """Count and log a run that has ended."""
        if run.is_dry:
            return
        self._metrics.reconciler_run(run.outcome)
        tell = log.info if run.outcome == "complete" else log.warning
        tell(
            names.RECONCILED,
            outcome=run.outcome,
            calls=run.calls,
            operations=run.operations,
            links=run.links,
            tickets=run.tickets,
            found=sum(run.counts.values()),
        )


def finding_of(difference: Difference, ticket: Ticket, *, operation: str) -> Finding:
    """Build the finding of a ticket."""
    return Finding(
        difference=difference,
        ticket=ticket.id,
        operation=operation or ticket.operation_id,
        link=ticket.link_id,
        ticket_status=ticket.status,
    )
