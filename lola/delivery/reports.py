"""Delivery reports: what a provider says later about a message that it took.

A report only moves a row's status up. One that says "failed" gets the reaction that the same
refusal gets when it comes at once (`lola.delivery.outbox`), as long as the row is kept.
"""

from functools import partial
from typing import Protocol

import structlog

from lola.channel.contract import Pricing, Status
from lola.delivery.model import OutboxRow
from lola.delivery.outbox import Report, no_report
from lola.delivery.row_statuses import RowStatuses
from lola.telemetry import names

REPEAT_SECONDS = 120.0
"""When a row that failed for now is sent again, if the provider does not say."""

log = structlog.get_logger(__name__)


class OnRefused(Protocol):
    """Called with a row that failed; `again`: it may be sent again, after an invitation; `waits`:
    its news is told when the sender writes.
    """

    async def __call__(
        self, row: OutboxRow, reason: str, *, again: bool = False, waits: bool = False
    ) -> None:
        """Take the report. It may come twice."""
        ...


class OnRepeat(Protocol):
    """Called with a row that failed for now; it may be sent once more, in `seconds`."""

    async def __call__(self, row: OutboxRow, reason: str, *, seconds: float) -> None:
        """Take the report. It may come twice."""
        ...


class Operators(Protocol):
    """Who hears of what concerns a whole channel (`lola.delivery.channels.Channels`)."""

    async def stopped(self, channel: str, reason: str, hint: str) -> None:
        """Take that a channel waits for a person."""
        ...

    def priced(self, channel: str, pricing: Pricing) -> None:
        """Take what a provider charges for a message."""
        ...

    def met_unknown(self, channel: str, code: str, row: str = "") -> None:
        """Take that an error code is in no table."""
        ...


class Reports:
    """Takes the delivery reports of all channels. The hooks are those of `Outbox`.

    `on_repeat` gets the rows that failed for now, except those about money.
    """

    def __init__(
        self,
        statuses: RowStatuses,
        *,
        on_refused: OnRefused,
        on_repeat: OnRepeat,
        operators: Operators,
        on_opted_out: Report = no_report,
    ) -> None:
        self._statuses = statuses
        self._on_refused = on_refused
        self._on_repeat = on_repeat
        self._operators = operators
        self._on_opted_out = on_opted_out

    async def take(self, channel: str, status: Status) -> None:
        """Record one report. Raises StoreUnavailableError; then it may be taken again."""
        found = {"channel": channel, "provider_id": status.provider_id}
        dead_letter = None
        if status.status == "failed":
            row = await self._statuses.sent_row(status.reference, **found)
            reason = await self._react(row, status) if row else ""
            dead_letter = (row, reason) if row and reason else None
        price = status.pricing
        on_price = None if price is None else partial(self._operators.priced, channel, price)
        await self._statuses.record_status(
            status.reference, status.status, dead_letter=dead_letter, on_price=on_price, **found
        )

    async def _react(self, row: OutboxRow, status: Status) -> str:
        """Call the hooks; return why the row becomes a dead letter, or "" when it does not."""
        log.error(names.SEND_FAILED, row=row.id, trace_id=row.trace_id, code=status.error_code)
        channel, reason = row.address.channel, f"failed {status.error_code}".strip()
        if not status.known:
            self._operators.met_unknown(channel, status.error_code, row.id)
        if status.failure == "opted_out":
            await self._on_opted_out(row, status.error_code)
            return ""
        if status.failure == "temporary" and not row.money:
            await self._on_repeat(row, reason, seconds=status.after or REPEAT_SECONDS)
            return ""
        is_stopped = status.failure == "stopped"
        if is_stopped:
            await self._operators.stopped(channel, reason, status.hint)
        is_late = status.failure == "window_closed"
        is_news = row.message.notice is not None
        again = is_late and (row.calls_back or is_news)
        if is_late or is_stopped or row.money or is_news:
            await self._on_refused(row, reason, again=again, waits=is_news)
        return "" if again else reason
