"""The webhooks of the Request Money stand-in: signed, and retried on a schedule.

A retry repeats body, delivery id and address, and signs with a new time. The schedule is inferred
(reference/request-api.md 7.5 and 9). What is pending when the sandbox stops continues at its start.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import aiohttp

from lola.domain.messages import JsonObject
from lola.partners.http import encode
from lola.partners.request_money.webhooks import (
    DELIVERY_HEADER,
    EVENT_HEADER,
    SIGNATURE_HEADER,
    sign,
)
from lola.sandbox.clock import SandboxClock, iso
from lola.sandbox.store import DocumentStore

DELIVERY = "request_delivery"
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (30, 120, 600, 3600, 6 * 3600))
"""The pauses between six attempts; after the last one the delivery has failed."""


class RequestDeliveries:
    """Queues and sends events. A partner without an address gets none."""

    def __init__(
        self,
        store: DocumentStore,
        clock: SandboxClock,
        partner: Callable[[str], JsonObject | None],
        *,
        timeout: float,
        pauses: Sequence[timedelta] = PAUSES,
    ) -> None:
        self._store = store
        self._clock = clock
        self._partner = partner
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._pauses = pauses
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Open the client and continue pending deliveries."""
        self._session = aiohttp.ClientSession()
        for delivery in self.all():
            if delivery["status"] == "pending":
                self._run(delivery["id"])

    async def stop(self) -> None:
        """Cancel every attempt and close the client."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def all(self) -> list[JsonObject]:
        """Return every delivery, oldest first."""
        return self._store.all(DELIVERY)

    def add(self, partner: JsonObject, event: str, data: JsonObject) -> None:
        """Queue an event for the address that the partner has now."""
        if not partner["webhookUrl"]:
            return
        now = iso(self._clock())
        delivery: JsonObject = {
            "id": str(uuid4()),
            "partnerId": partner["partnerId"],
            "event": event,
            "url": partner["webhookUrl"],
            "body": encode({"event": event, "data": data, "timestamp": now}).decode(),
            "status": "pending",
            "attempts": 0,
            "nextAttemptAt": now,
        }
        self._store.put(DELIVERY, delivery["id"], delivery)
        self._run(delivery["id"])

    def _run(self, delivery_id: str) -> None:
        if self._session is not None:
            task = asyncio.create_task(self._deliver(self._session, delivery_id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _deliver(self, session: aiohttp.ClientSession, delivery_id: str) -> None:
        while (delivery := self._store.get(DELIVERY, delivery_id)) and (
            delivery["status"] == "pending"
        ):
            await self._clock.sleep_until(datetime.fromisoformat(delivery["nextAttemptAt"]))
            is_taken = await self._attempt(session, delivery)
            attempts = delivery["attempts"] + 1
            goes_on = not is_taken and attempts <= len(self._pauses)
            status = "delivered" if is_taken else "pending" if goes_on else "failed"
            later = iso(self._clock() + self._pauses[attempts - 1]) if goes_on else None
            self._store.put(
                DELIVERY,
                delivery_id,
                {**delivery, "status": status, "attempts": attempts, "nextAttemptAt": later},
            )

    async def _attempt(self, session: aiohttp.ClientSession, delivery: JsonObject) -> bool:
        body = delivery["body"].encode()
        headers = {
            "Content-Type": "application/json",
            EVENT_HEADER: delivery["event"],
            DELIVERY_HEADER: delivery["id"],
        }
        partner = self._partner(delivery["partnerId"]) or {}
        if secret := partner.get("webhookSecret"):
            headers[SIGNATURE_HEADER] = sign(secret, int(self._clock().timestamp()), body)
        try:
            async with session.post(
                delivery["url"],
                data=body,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                return 200 <= response.status < 300
        except (aiohttp.ClientError, TimeoutError):
            return False
