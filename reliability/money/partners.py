"""How the partners of a run deliver their webhooks: never, five times in any order, or once."""

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Final, Literal

import aiohttp

from lola.partners.m2m.webhooks import EVENT_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from lola.sandbox.m2m.rows import Delivery
from lola.settings import secrets_in
from lola.testing.harness import Harness

PartnerName = Literal["plain", "lost", "repeating", "amounts"]
PARTNERS: Final[dict[PartnerName, str]] = {
    "plain": "every webhook once (control)",
    "lost": "all webhooks lost",
    "repeating": "five times, out of order",
    "amounts": "other amounts than confirmed",
}
COPIES: Final = 5
HELD_BACK: Final = 0.3
"""The share of copies that come at the very end, hours later."""
AT_ONCE: Final = 16


@dataclass(slots=True, kw_only=True)
class Webhooks:
    """The webhooks of a run. The sandbox delivers them, or records them for `repeat`."""

    harness: Harness
    name: PartnerName
    random: Random
    _seen: set[str] = field(default_factory=set)
    _held: list[Delivery] = field(default_factory=list)

    def start(self) -> None:
        """Set the sandbox to deliver, or to lose everything."""
        platform = self.harness.sandbox.m2m
        platform.operations.announces_ends = True
        platform.deliveries.drops = self.name in {"lost", "repeating"}

    async def repeat(self, http: aiohttp.ClientSession, *, last: bool = False) -> None:
        """Post the copies of new webhooks in any order; the `last` time also those held back."""
        if self.name != "repeating":
            return
        deliveries = self.harness.sandbox.m2m.deliveries.list.all()
        new = [one for one in deliveries if one.delivery_id not in self._seen]
        self._seen.update(one.delivery_id for one in new)
        copies = [one for one in new for _ in range(COPIES)]
        self.random.shuffle(copies)
        held = 0 if last else int(len(copies) * HELD_BACK)
        self._held += copies[:held]
        due = copies[held:] + (self._held if last else [])
        if last:
            self.random.shuffle(due)
        places = asyncio.Semaphore(AT_ONCE)

        async def post(delivery: Delivery) -> None:
            async with places:
                await self._post(http, delivery)

        await asyncio.gather(*map(post, due))

    async def _post(self, http: aiohttp.ClientSession, delivery: Delivery) -> None:
        service = self.harness.service
        body, timestamp = delivery.payload.encode(), str(int(service.clock().timestamp()))
        secret = secrets_in(service.settings.m2m_webhook_secret)[0]
        headers = {
            "Content-Type": "application/json",
            EVENT_HEADER: delivery.event,
            TIMESTAMP_HEADER: timestamp,
            SIGNATURE_HEADER: sign(secret, timestamp, body),
        }
        async with http.post(delivery.url, data=body, headers=headers) as response:
            if response.status not in {200, 503}:
                raise RuntimeError(f"a webhook was answered {response.status}")

    def are_on_their_way(self) -> bool:
        """Return whether the sandbox still delivers."""
        deliveries = self.harness.sandbox.m2m.deliveries
        if deliveries.drops:
            return False
        return any(one.attempts == 0 for one in deliveries.list.all(status="pending"))
