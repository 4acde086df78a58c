"""The channels of this deployment, by name and by webhook path.

It is the only place that turns an address into a connector: gateway, worker and outbox ask here.
A connector that lets an unsigned request in is refused at the start (field.md B.1, row 6).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from lola.channel.contract import Connector, RawRequest, Receipt, SendPolicy
from lola.delivery.model import OutboxRow
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
WINDOW_MARGIN = timedelta(minutes=5)
"""Clocks differ and sends take time: a window that is about to close counts as closed."""

log = structlog.get_logger(__name__)

Defer = Callable[[OutboxRow], Awaitable[None]]


async def _forget(_row: OutboxRow) -> None:
    """Nobody keeps what an invitation took the place of."""


class Channels:
    """All connectors. Refuses two with the same name or path, and one that verifies nothing.

    `defer` is told of a row before an invitation to write takes its place, and perhaps twice.
    """

    def __init__(
        self,
        connectors: Iterable[Connector],
        metrics: Metrics,
        clock: Clock,
        *,
        defer: Defer = _forget,
    ) -> None:
        self._metrics = metrics
        self._clock = clock
        self._defer = defer
        self._by_name: dict[str, Connector] = {}
        self._by_route: dict[str, Connector] = {}
        for connector in connectors:
            if connector.name in self._by_name:
                raise ConfigurationError("CHANNELS", f"{connector.name} is listed twice")
            self._by_name[connector.name] = connector
            for route in connector.routes:
                if route in self._by_route:
                    raise ConfigurationError("CHANNELS", f"two channels answer {route}")
                _refuse_open_door(connector, route)
                self._by_route[route] = connector

    def __iter__(self) -> Iterator[Connector]:
        return iter(self._by_name.values())

    def policies(self) -> dict[str, SendPolicy]:
        """How each channel wants to be sent to, by name."""
        return {name: item.capabilities.sending for name, item in self._by_name.items()}

    def proving(self) -> frozenset[str]:
        """The names of the channels where senders prove their number by a button."""
        return frozenset(item.name for item in self if item.capabilities.proves_number)

    async def deliver(self, row: OutboxRow) -> tuple[str, ...]:
        """Hand a row to its channel; the outbox's courier. Raises ChannelError."""
        connector = self._by_name.get(row.address.channel)
        if connector is None:
            raise RejectedError(f"no channel named {row.address.channel} is configured")
        try:
            receipts = await self._send(connector, row)
        except ChannelError as error:
            self._metrics.send(connector.name, OUTCOMES.get(type(error), "retried"))
            if isinstance(error, RetryLaterError | ChannelStoppedError):
                reason = f"{error.code} {error.provider_code}".strip()
                self._metrics.waiting(connector.name, reason)
            raise
        self._metrics.waiting(connector.name, "")
        self._metrics.send(connector.name, "sent")
        if segments := sum(receipt.segments for receipt in receipts):
            self._metrics.segments(connector.name, segments)
        return _ids(receipts)

    async def find(self, row: OutboxRow) -> tuple[str, ...] | None:
        """Look for a row whose outcome is unknown; like `Connector.find`. Raises ChannelError."""
        connector = self._by_name.get(row.address.channel)
        receipts = await connector.find(row.address, row.id) if connector else None
        return None if receipts is None else _ids(receipts)

    async def seen(self, message: Inbound, done: asyncio.Event) -> None:
        """Show the sender that we are reading, again where that fades, until `done`."""
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
        """Send the row; if its window is closed and it is news, ask the sender to write instead."""
        can = connector.capabilities
        invites = can.templates and row.calls_back
        if not (invites and _is_closed(can.reply_window, row.heard_at, self._clock())):
            try:
                return await connector.send(row.address, row.message, row.id)
            except WindowClosedError:
                if not invites:
                    raise
        await self._defer(row)
        log.info(names.SEND_INVITED, row=row.id, channel=connector.name)
        try:
            return await connector.invite(row.address, row.language, row.id)
        except OptedOutError:
            raise
        except RejectedError as error:
            raise WindowClosedError(
                "not even the template is taken", provider_code=error.provider_code
            ) from None


def _refuse_open_door(connector: Connector, route: str) -> None:
    """Hand the verifier an unsigned request: whoever has none, or lets it pass, does not start."""
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
