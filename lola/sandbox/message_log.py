"""The messages that a stand-in channel accepted, for the simulated devices that receive them."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lola.domain.messages import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """One accepted message: the provider's id, the payload as it was sent, and when."""

    id: str
    account: str
    recipient: str
    message: JsonObject
    at: datetime


class MessageLog:
    """Accepted messages in order. Recipients are compared by `key`, as the provider does."""

    def __init__(self, key: Callable[[str], str]) -> None:
        self.sent: list[SentMessage] = []
        self._by_recipient: dict[str, list[SentMessage]] = defaultdict(list)
        self._key = key
        self._changed = asyncio.Condition()

    async def add(self, delivered: SentMessage) -> None:
        """Append a message and wake the waiters."""
        async with self._changed:
            self.sent.append(delivered)
            self._by_recipient[self._key(delivered.recipient)].append(delivered)
            self._changed.notify_all()

    def to(self, recipient: str) -> tuple[SentMessage, ...]:
        """Return the messages to one recipient."""
        return tuple(self._by_recipient.get(self._key(recipient), ()))

    async def wait(
        self, recipient: str, count: int, seconds: float = 60.0
    ) -> tuple[SentMessage, ...]:
        """Wait until `recipient` got at least `count` messages. Raises TimeoutError."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: len(self.to(recipient)) >= count)
        return self.to(recipient)
