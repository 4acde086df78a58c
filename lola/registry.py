"""The channels of this deployment, by name and by webhook path.

It is the only place that turns an address into a connector: gateway, worker and outbox ask here.
"""

from collections.abc import Iterable, Iterator

from lola.channel import Connector, SendPolicy
from lola.delivery.model import OutboxRow
from lola.errors import AmbiguousSendError, ChannelError, ConfigurationError, RejectedError
from lola.messages import Inbound
from lola.telemetry.metrics import Metrics

OUTCOMES: dict[type[ChannelError], str] = {
    AmbiguousSendError: "unknown",
    RejectedError: "rejected",
}


class Channels:
    """All connectors. Refuses two with the same name or path."""

    def __init__(self, connectors: Iterable[Connector], metrics: Metrics) -> None:
        self._metrics = metrics
        self._by_name: dict[str, Connector] = {}
        self._by_route: dict[str, Connector] = {}
        for connector in connectors:
            if connector.name in self._by_name:
                raise ConfigurationError("CHANNELS", f"{connector.name} is listed twice")
            self._by_name[connector.name] = connector
            for route in connector.routes:
                if route in self._by_route:
                    raise ConfigurationError("CHANNELS", f"two channels answer {route}")
                self._by_route[route] = connector

    def __iter__(self) -> Iterator[Connector]:
        return iter(self._by_name.values())

    def policies(self) -> dict[str, SendPolicy]:
        """How each channel wants to be sent to, by name."""
        return {name: item.capabilities.sending for name, item in self._by_name.items()}

    async def deliver(self, row: OutboxRow) -> tuple[str, ...]:
        """Hand a row to its channel; the outbox's courier. Raises ChannelError."""
        connector = self._by_name.get(row.address.channel)
        if connector is None:
            raise RejectedError(f"no channel named {row.address.channel} is configured")
        try:
            receipts = await connector.send(row.address, row.message, row.id)
        except ChannelError as error:
            self._metrics.send(connector.name, OUTCOMES.get(type(error), "retried"))
            raise
        self._metrics.send(connector.name, "sent")
        return tuple(receipt.provider_id for receipt in receipts)

    async def seen(self, message: Inbound) -> None:
        """Show the sender that we are reading, where the channel can."""
        connector = self._by_name.get(message.address.channel)
        if connector is not None:
            await connector.seen(message)

    async def close(self) -> None:
        """Close every connector."""
        for connector in self:
            await connector.close()
