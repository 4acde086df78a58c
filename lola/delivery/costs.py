"""Counts what sent messages cost: by category, channel and route, per transfer, per sender and day.

The cost is what the price tables say when a message is accepted. A failure here never holds a
message up, and no sender is refused anything because of a cost.
"""

import asyncio
from collections.abc import Mapping
from decimal import Decimal

import structlog

from lola.channel.contract import Capabilities, Receipt
from lola.channel.cost import Bill, PriceTable
from lola.delivery.model import OutboxRow
from lola.delivery.scripts import ADD_COST
from lola.domain.clock import Clock
from lola.domain.messages import ConversationId
from lola.errors import StoreUnavailableError
from lola.state.connection import Connections
from lola.state.keys import Keys
from lola.state.store import StateStore
from lola.telemetry import names
from lola.telemetry.metrics import Metrics

OTHER = "other"
ALARMS = "cost_alarm"
"""The kind of the records about senders whose messages cost too much, by day."""

_KEPT_SECONDS = 3 * 24 * 60 * 60
_MAX_ALARMS = 50
_PATIENCE_SECONDS = 2.0
_MICRO = Decimal(1_000_000)

log = structlog.get_logger(__name__)


class Costs:
    """The account of all channels. `prices` replace the connectors' own tables.

    Beyond `alarm` a sender's messages of a day are an alarm, once; 0 is none.
    """

    def __init__(
        self,
        connections: Connections,
        keys: Keys,
        clock: Clock,
        store: StateStore,
        *,
        metrics: Metrics,
        prices: Mapping[str, PriceTable],
        alarm: Decimal,
    ) -> None:
        self._redis = connections.commands
        self._keys = keys
        self._clock = clock
        self._store = store
        self._metrics = metrics
        self._prices = prices
        self._alarm = alarm

    async def note(self, row: OutboxRow, can: Capabilities, receipts: tuple[Receipt, ...]) -> None:
        """Count a row that its channel accepted. Never raises."""
        channel = row.address.channel
        table = self._prices.get(channel, can.prices)
        if table is None:
            return
        whole = Bill()
        for receipt in receipts:
            bill = _bill(table, receipt, row.address.phone)
            labels = (channel, receipt.category or OTHER, row.route or OTHER)
            self._metrics.billed(*labels, float(bill.cost))
            whole += bill
        try:
            # The message is out: a slow store must not make its outcome unknown.
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._add(row, whole)
        except (StoreUnavailableError, TimeoutError) as error:
            log.warning(names.STORE_UNAVAILABLE, error=type(error).__name__, row=row.id)

    async def _add(self, row: OutboxRow, bill: Bill) -> None:
        messages, segments, cost, before, after = await ADD_COST.run(
            self._redis,
            (self._keys.message_cost(row.conversation),),
            self._today(),
            bill.messages,
            bill.segments,
            _micros(bill.cost),
            int(row.ends_transfer),
            _KEPT_SECONDS,
        )
        channel = row.address.channel
        if row.ends_transfer:
            total = Bill(messages=messages, segments=segments, cost=Decimal(cost) / _MICRO)
            self._metrics.transfer(channel, total.messages, float(total.cost))
            log.info(
                names.TRANSFER_COST,
                conversation=row.conversation,
                channel=channel,
                count=total.messages,
                cost=float(total.cost),
            )
        if before < _micros(self._alarm) <= after:
            await self._alert(row.conversation, channel, Decimal(after) / _MICRO)

    async def _alert(self, conversation: ConversationId, channel: str, cost: Decimal) -> None:
        self._metrics.cost_alarm(channel)
        log.error(names.SENDER_COSTS, conversation=conversation, channel=channel, cost=float(cost))
        await self._store.push_record(
            ALARMS,
            self._today(),
            {"conversation": conversation, "channel": channel},
            keep=_MAX_ALARMS,
            ttl_seconds=_KEPT_SECONDS,
        )

    def _today(self) -> str:
        return self._clock().date().isoformat()


def _bill(table: PriceTable, receipt: Receipt, phone: str | None) -> Bill:
    units = receipt.segments if table.unit == "segment" else 1
    price = table.price(receipt.category, phone)
    return Bill(messages=1, segments=receipt.segments, cost=price * units)


def _micros(amount: Decimal) -> int:
    return int(amount * _MICRO)
