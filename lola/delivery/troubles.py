"""Why a channel waits for a person: kept where every process, and the console, can read it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from lola.domain.clock import Clock
from lola.domain.messages import JsonObject
from lola.errors import StoreUnavailableError
from lola.telemetry import names

KIND = "channel_trouble"
KEPT_SECONDS = 300
"""Messages of a channel that waits are tried once a minute, which renews the record."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A channel that sends nothing: our code and the provider's, and what can be done."""

    channel: str
    reason: str
    hint: str
    since: datetime


class Records(Protocol):
    """Small records by kind and key (`lola.state.store.StateStore`)."""

    async def put_record(self, kind: str, key: str, value: JsonObject, ttl_seconds: int) -> None:
        """Keep a record."""
        ...

    async def get_record(self, kind: str, key: str) -> JsonObject | None:
        """Return a record that has not expired."""
        ...

    async def delete_record(self, kind: str, key: str) -> None:
        """Forget a record."""
        ...


class Troubles:
    """The channels that wait for a person."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock
        self._noted: set[str] = set()

    async def note(self, channel: str, reason: str, hint: str) -> None:
        """Keep why a channel waits; the same reason keeps its beginning. Never raises."""
        try:
            before = await self._records.get_record(KIND, channel) or {}
            since = before["since"] if before.get("reason") == reason else self._clock().isoformat()
            value = {"reason": reason, "hint": hint, "since": since}
            await self._records.put_record(KIND, channel, value, KEPT_SECONDS)
        except StoreUnavailableError as error:
            log.warning(names.STORE_UNAVAILABLE, code=error.code)
        self._noted.add(channel)

    async def over(self, channel: str) -> None:
        """Forget what this process noted: the channel takes messages again. Never raises."""
        if channel not in self._noted:
            return
        self._noted.discard(channel)
        try:
            await self._records.delete_record(KIND, channel)
        except StoreUnavailableError as error:
            log.warning(names.STORE_UNAVAILABLE, code=error.code)

    async def of(self, channels: Iterable[str]) -> tuple[Trouble, ...]:
        """Return what is known of these channels. Raises StoreUnavailableError."""
        found = [(name, await self._records.get_record(KIND, name)) for name in channels]
        return tuple(
            Trouble(
                channel=name,
                reason=str(record["reason"]),
                hint=str(record["hint"]),
                since=datetime.fromisoformat(str(record["since"])),
            )
            for name, record in found
            if record
        )
