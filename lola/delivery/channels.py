"""The channels of this deployment, by name and by webhook path.

Only this module turns an address into a connector; gateway, worker and outbox ask it. A connector
that lets an unsigned request in is refused at the start (reference/field.md B.1, row 6).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from lola.channel.contract import (
    Connector,
    HasFiles,
    HasTemplates,
    Pricing,
    RawRequest,
    Receipt,
    SendPolicy,
)
from lola.channel.templates import FilledTemplate
from lola.delivery.costs import Costs
from lola.delivery.model import OutboxRow
from lola.delivery.templates import TemplateBook
from lola.delivery.troubles import Troubles
from lola.domain.clock import Clock
from lola.domain.messages import Address, Inbound
from lola.errors import (
    AmbiguousSendError,
    ChannelError,
    ChannelStoppedError,
    ConfigurationError,
    OptedOutError,
    RejectedError,
    RetryLaterError,
    SignatureError,
    StoreUnavailableError,
    TemplateError,
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
    perhaps twice. `book` knows which templates are approved; without it none is. `troubles` keeps
    for staff why a channel waits for a person, `costs` counts what sent messages cost.
    """

    def __init__(
        self,
        connectors: Iterable[Connector],
        metrics: Metrics,
        clock: Clock,
        *,
        on_deferred: OnDeferred = _forget,
        book: TemplateBook | None = None,
        troubles: Troubles | None = None,
        costs: Costs | None = None,
    ) -> None:
        self._metrics = metrics
        self._book = book
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

    def proving(self) -> dict[str, bool]:
        """Return the channels that may not tell a sender's number, and whether they have a button
        that proves it.
        """
        kinds = {item.name: item.capabilities for item in self}
        return {
            name: kind.proves_number
            for name, kind in kinds.items()
            if kind.proves_number or kind.user_ids
        }

    def with_user_ids(self) -> frozenset[str]:
        """Return the names of the channels that tell two ids of a sender."""
        return frozenset(item.name for item in self if item.capabilities.user_ids)

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

    async def fetch(self, address: Address, file: str, limit: int) -> bytes:
        """Return a file that a sender sent, of at most `limit` bytes. Raises ChannelError."""
        connector: object = self._by_name.get(address.channel)
        if not isinstance(connector, HasFiles):
            raise RejectedError(f"the channel {address.channel} gives no files")
        return await connector.fetch(address, file, limit)

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
        """Send the row; in a closed reply window its template, else an invitation to write."""
        can = connector.capabilities
        refusal = None
        if not is_closed(can.reply_window, row.heard_at, self._clock()):
            try:
                return await connector.send(row.address, row.message, row.id)
            except WindowClosedError as error:
                refusal = error
        if (receipts := await self._by_template(connector, row)) is not None:
            return receipts
        if can.templates and row.calls_back:
            return await self._invite(connector, row)
        if refusal is not None:
            raise refusal
        # The provider's clock decides where nothing else may be sent.
        return await connector.send(row.address, row.message, row.id)

    async def _by_template(
        self, connector: Connector, row: OutboxRow
    ) -> tuple[Receipt, ...] | None:
        """Send the row's news by its approved template; None when that cannot be.

        What the template only announces is kept until the sender writes.
        """
        notice = row.message.notice
        if notice is None or self._book is None or not isinstance(connector, HasTemplates):
            return None
        try:
            filled = await self._book.choose(connector.name, row)
            if filled is None:
                return None
            if notice.is_whole:
                return await self._sent_by(connector, row, filled)
            if await self._waits_silently(row):
                return ()
            receipts = await self._sent_by(connector, row, filled)
        except StoreUnavailableError:
            raise RetryLaterError("the store does not say which templates are approved") from None
        if receipts is not None:
            await self._note_invited(row)
        return receipts

    async def _waits_silently(self, row: OutboxRow) -> bool:
        """Keep a row until the sender writes; return whether they were asked to already.

        Raises StoreUnavailableError.
        """
        await self._on_deferred(row)
        if self._book is None or not await self._book.was_invited(row):
            return False
        log.info(names.SEND_WAITS, row=row.id, channel=row.address.channel)
        return True

    async def _note_invited(self, row: OutboxRow) -> None:
        """Note an invitation that is out; without the note the sender may be asked twice."""
        try:
            if self._book is not None:
                await self._book.note_invited(row)
        except StoreUnavailableError as error:
            log.error(names.STORE_UNAVAILABLE, code=error.code)

    async def _sent_by(
        self, connector: HasTemplates, row: OutboxRow, filled: FilledTemplate
    ) -> tuple[Receipt, ...] | None:
        facts = {"row": row.id, "channel": connector.name, "template": filled.template.name}
        try:
            receipts = await connector.send_template(row.address, filled, row.id)
        except TemplateError as error:
            log.error(names.TEMPLATE_REFUSED, provider_code=error.provider_code, **facts)
            if self._book is not None and error.is_stopped:
                await self._book.refuse(connector.name, filled, error.provider_code)
            return None
        except OptedOutError:
            raise
        except RejectedError:
            await self._on_deferred(row)
            raise
        log.info(names.SEND_BY_TEMPLATE, **facts)
        return receipts

    async def _invite(self, connector: Connector, row: OutboxRow) -> tuple[Receipt, ...]:
        try:
            if await self._waits_silently(row):
                return ()
        except StoreUnavailableError:
            raise RetryLaterError("the store does not take what has to wait") from None
        log.info(names.SEND_INVITED, row=row.id, channel=connector.name)
        try:
            receipts = await connector.invite(row.address, row.language, row.id)
        except OptedOutError:
            raise
        except RejectedError as error:
            raise WindowClosedError(
                "not even the template is taken", provider_code=error.provider_code
            ) from None
        await self._note_invited(row)
        return receipts


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


def is_closed(window: timedelta | None, heard_at: datetime | None, now: datetime) -> bool:
    """Return whether a reply window counts as closed: only a template may leave now."""
    return window is not None and heard_at is not None and now - heard_at > window - WINDOW_MARGIN


def _ids(receipts: tuple[Receipt, ...]) -> tuple[str, ...]:
    return tuple(receipt.provider_id for receipt in receipts)
