"""Delivery reports: what a provider says later about a message that it took.

A report only moves a row's status up. One that says "failed" gets the reaction that the same
refusal gets when it comes at once (`lola.delivery.outbox`), as long as the row is kept.
"""

from typing import Protocol

import structlog

from lola.channel.contract import Status
from lola.delivery.inbox import Inbox
from lola.delivery.model import OutboxRow
from lola.delivery.outbox import Report, unheard
from lola.telemetry import names

log = structlog.get_logger(__name__)


class OnRefused(Protocol):
    """Hears of a row that failed; `again`: it may be said once more, after an invitation."""

    async def __call__(self, row: OutboxRow, reason: str, *, again: bool = False) -> None:
        """Take the report. It may come twice."""
        ...


class Reports:
    """Takes the delivery reports of all channels. The hooks are those of `Outbox`."""

    def __init__(
        self, inbox: Inbox, *, on_refused: OnRefused, on_opted_out: Report = unheard
    ) -> None:
        self._inbox = inbox
        self._on_refused = on_refused
        self._on_opted_out = on_opted_out

    async def take(self, channel: str, status: Status) -> None:
        """Record one report. Raises StoreUnavailableError; then it may be taken again."""
        found = {"channel": channel, "provider_id": status.provider_id}
        buried = None
        if status.status == "failed":
            row = await self._inbox.sent_row(status.reference, **found)
            reason = await self._react(row, status) if row else ""
            buried = (row, reason) if row and reason else None
        await self._inbox.record_status(status.reference, status.status, buried=buried, **found)

    async def _react(self, row: OutboxRow, status: Status) -> str:
        """Answer why the row is a dead letter, or "" when it is none."""
        log.error(names.SEND_FAILED, row=row.id, trace_id=row.trace_id, code=status.error_code)
        if status.failure == "opted_out":
            await self._on_opted_out(row, status.error_code)
            return ""
        is_late = status.failure == "window_closed"
        again = is_late and row.calls_back
        reason = f"failed {status.error_code}".strip()
        if is_late or row.money:
            await self._on_refused(row, reason, again=again)
        return "" if again else reason
