"""The channels of this deployment, by name and by webhook path.

Only this module turns an address into a connector; gateway, worker and outbox ask it. A connector
that lets an unsigned request in is refused at the start (reference/field.md B.1, row 6).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from lola.channel.contract import Connector, Pricing, RawRequest, Receipt, SendPolicy
from lola.delivery.costs import Costs
from lola.delivery.model import OutboxRow
from lola.delivery.troubles import Troubles
from lola.domain.clock import Clock
from lola.domain.messages import Inbound
from lola.errors import (
    AmbiguousSendError,
    ChannelError,
    ChannelStoppedError,
    ConfigurationError,
    OptedOutError,
    RejectedError,
    RetryLaterError,
    SignatureError,
    WindowClosedError,
)
from lola.telemetry import names
from lola.telemetry.metrics import Metrics

OUTCOMES: dict[type[ChannelError], str] = {
    AmbiguousSendError: "unknown",
    RejectedError: "rejected",
    WindowClosedError: "window_closed",
    OptedOutError: "opted_out",
    ChannelStoppedError: "stopped",
}
CATEGORIES = frozenset({"service", "utility", "authentication", "marketing"})
KINDS = frozenset({"regular", "free_customer_service", "free_entry_point"})
"""What a provider may say that it charges a message as; anything else is counted together."""
WINDOW_MARGIN = timedelta(minutes=5)
"""How long before its end a reply window counts as closed: clocks differ and sends take time."""

log = structlog.get_logger(__name__)

OnDeferred = Callable[[OutboxRow], Awaitable[None]]


async def _forget(_row: OutboxRow) -> None:
    """Do nothing: the default where deferred replies are not kept."""


class Channels:
    """All connectors. Refuses two with the same name or path, and one that verifies nothing.

    `on_deferred` is called with a row before an invitation to write is sent in its place, and
    perhaps twice. `troubles` keeps for staff why a channel waits for a person, `costs`
    counts what sent messages cost.
    """

    def __init__(
        self,
        connectors: Iterable[Connector],
        metrics: Metrics,
        clock: Clock,
        *,
        on_deferred: OnDeferred = _forget,
        troubles: Troubles | None = None,
        costs: Costs | None = None,
    ) -> None:
        self._metrics = metrics
        self._clock = clock
        self._on_deferred = on_deferred
        self._troubles = troubles
        self._costs = costs
        self._by_name: dict[str, Connector] = {}
        self._by_route: dict[str, Connector] = {}
        for connector in connectors:
            if connector.name in self._by_name:
                raise ConfigurationError("CHANNELS", f"{connector.name} is listed twice")
            self._by_name[connector.name] = connector
            for route in connector.routes:
                if route in self._by_route:
                    raise ConfigurationError("CHANNELS", f"two channels answer {route}")
                _refuse_unverified(connector, route)
                self._by_route[route] = connector

    def __iter__(self) -> Iterator[Connector]:
        return iter(self._by_name.values())

    def policies(self) -> dict[str, SendPolicy]:
        """Return the sending limits of each channel, by name."""
        return {name: item.capabilities.sending for name, item in self._by_name.items()}

    def proving(self) -> frozenset[str]:
        """Return the names of the channels where senders prove their number by a button."""
        return frozenset(item.name for item in self if item.capabilities.proves_number)

    async def deliver(self, row: OutboxRow) -> tuple[str, ...]:
        """Hand a row to its channel; the outbox's courier. Raises ChannelError."""
        connector = self._by_name.get(row.address.channel)
        if connector is None:
            raise RejectedError(f"no channel named {row.address.channel} is configured")
        try:
            receipts = await self._send(connector, row)
        except ChannelError as error:
            await self._failed(connector.name, row, error)
            raise
        self._metrics.waiting(connector.name, "")
        if self._troubles is not None:
            await self._troubles.over(connector.name)
        self._metrics.send(connector.name, "sent")
        if segments := sum(receipt.segments for receipt in receipts):
            self._metrics.segments(connector.name, segments)
        if self._costs is not None:
            await self._costs.note(row, connector.capabilities, receipts)
        return _ids(receipts)

    async def stopped(self, channel: str, reason: str, hint: str) -> None:
        """Tell operators and staff that a channel waits for a person, and why."""
        log.error(names.CHANNEL_STOPPED, channel=channel, reason=reason, problem=hint)
        if self._troubles is not None:
            await self._troubles.note(channel, reason, hint)

    def priced(self, channel: str, pricing: Pricing) -> None:
        """Count what a provider says that it charges for a message."""
        category = pricing.category if pricing.category in CATEGORIES else "other"
        self._metrics.priced(channel, category, pricing.kind if pricing.kind in KINDS else "other")

    def met_unknown(self, channel: str, code: str, row: str = "") -> None:
        """Tell operators of an error code that is in no table."""
        log.error(names.SEND_CODE_UNKNOWN, channel=channel, provider_code=code, row=row)
        self._metrics.unknown_code(channel)

    async def _failed(self, channel: str, row: OutboxRow, error: ChannelError) -> None:
        self._metrics.send(channel, OUTCOMES.get(type(error), "retried"))
        if not error.known:
            self.met_unknown(channel, error.provider_code, row.id)
        reason = f"{error.code} {error.provider_code}".strip()
        if isinstance(error, RetryLaterError | ChannelStoppedError):
            self._metrics.waiting(channel, reason)
        if isinstance(error, ChannelStoppedError):
            await self.stopped(channel, reason, error.hint)

    async def find(self, row: OutboxRow) -> tuple[str, ...] | None:
        """Look for a row whose outcome is unknown; like `Connector.find`. Raises ChannelError."""
        connector = self._by_name.get(row.address.channel)
        receipts = await connector.find(row.address, row.id) if connector else None
        return None if receipts is None else _ids(receipts)

    async def seen(self, message: Inbound, done: asyncio.Event) -> None:
        """Send a read receipt, and repeat it where a channel lets it fade, until `done`."""
        connector = self._by_name.get(message.address.channel)
        if connector is None:
            return
        await connector.seen(message)
        while seconds := connector.capabilities.typing_seconds:
            with suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), seconds)
            if done.is_set():
                return
            await connector.seen(message)

    async def close(self) -> None:
        """Close every connector."""
        for connector in self:
            await connector.close()

    async def _send(self, connector: Connector, row: OutboxRow) -> tuple[Receipt, ...]:
        """Send the row, or an invitation to write where its reply window is closed."""
        can = connector.capabilities
        invites = can.templates and row.calls_back
        if not (invites and _is_closed(can.reply_window, row.heard_at, self._clock())):
            try:
                return await connector.send(row.address, row.message, row.id)
            except WindowClosedError:
                if not invites:
                    raise
        await self._on_deferred(row)
        log.info(names.SEND_INVITED, row=row.id, channel=connector.name)
        try:
            return await connector.invite(row.address, row.language, row.id)
        except OptedOutError:
            raise
        except RejectedError as error:
            raise WindowClosedError(
                "not even the template is taken", provider_code=error.provider_code
            ) from None


def _refuse_unverified(connector: Connector, route: str) -> None:
    """Verify an unsigned request; raise ConfigurationError for a connector that lets it pass."""
    if not hasattr(connector, "verify"):
        raise ConfigurationError("CHANNELS", f"{connector.name} has no verifier")
    unsigned = RawRequest(method="POST", path=route, headers={}, body=b"{}", query={})
    try:
        connector.verify(unsigned)
    except SignatureError:
        return
    raise ConfigurationError("CHANNELS", f"{connector.name} lets an unsigned request in at {route}")


def _is_closed(window: timedelta | None, heard_at: datetime | None, now: datetime) -> bool:
    return window is not None and heard_at is not None and now - heard_at > window - WINDOW_MARGIN


def _ids(receipts: tuple[Receipt, ...]) -> tuple[str, ...]:
    return tuple(receipt.provider_id for receipt in receipts)
