"""The M2M stand-in's webhooks: signed, and repeated on the documented schedule.

Every attempt sends the same body under a new timestamp and signature (reference/m2m.md 7.2-7.4 and
9.3). What is pending when the sandbox stops goes on when it starts again on the same file.
"""

import asyncio
import json
from datetime import datetime, timedelta

import aiohttp

from lola.messages import JsonObject
from lola.partners.m2m import sign
from lola.partners.m2m.webhooks import EVENT_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER
from lola.sandbox.clock import SandboxClock, iso
from lola.sandbox.credentials import random_name
from lola.sandbox.store import DocumentStore

KIND = "delivery"
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120))
"""Between one failed attempt and the next; after the fifth the delivery has failed."""
TIMEOUT_SECONDS = 30.0


class Deliveries:
    """Sends events to the link's callback address, else to the partner's webhook address."""

    def __init__(
        self,
        *,
        store: DocumentStore,
        clock: SandboxClock,
        secret: str,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self._store = store
        self._clock = clock
        self._secret = secret
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.webhook_url = ""

    def start(self) -> None:
        """Open the client and take up what was pending."""
        self._session = aiohttp.ClientSession()
        for delivery in self._store.all(KIND):
            self._run(delivery)

    async def stop(self) -> None:
        """Let go of every attempt and close the client."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def send(self, event: str, link: JsonObject, data: JsonObject) -> None:
        """Queue an event about a link; its metadata rides along (reference/m2m.md 5.1)."""
        url = link["callbackUrl"] or self.webhook_url
        if not url:
            return
        now = iso(self._clock())
        extra = {"metadata": link["metadata"]} if link["metadata"] else {}
        delivery: JsonObject = {
            "deliveryId": f"wd_{random_name(12)}",
            "event": event,
            "status": "pending",
            "url": url,
            "linkId": link["linkId"],
            "referenceId": link["referenceId"],
            "payload": json.dumps({"event": event, "timestamp": now, "data": data | extra}),
            "attempts": [],
            "nextAttemptAt": now,
        }
        self._store.put(KIND, delivery["deliveryId"], delivery)
        self._run(delivery)

    def all(self) -> list[JsonObject]:
        """Answer every delivery, oldest first."""
        return self._store.all(KIND)

    def _run(self, delivery: JsonObject) -> None:
        if self._session is not None and delivery["status"] == "pending":
            task = asyncio.create_task(self._deliver(self._session, delivery))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _deliver(self, session: aiohttp.ClientSession, delivery: JsonObject) -> None:
        while delivery["status"] == "pending":
            await self._clock.sleep_until(datetime.fromisoformat(delivery["nextAttemptAt"]))
            status, problem = await self._attempt(session, delivery)
            now = self._clock()
            delivery["attempts"].append(
                {"at": iso(now), "responseStatus": status, "error": problem}
            )
            failures = len(delivery["attempts"])
            if status is not None and 200 <= status < 300:
                delivery |= {"status": "delivered", "nextAttemptAt": None}
            elif failures > len(PAUSES):
                delivery |= {"status": "failed", "nextAttemptAt": None}
            else:
                delivery["nextAttemptAt"] = iso(now + PAUSES[failures - 1])
            self._store.put(KIND, delivery["deliveryId"], delivery)

    async def _attempt(
        self, session: aiohttp.ClientSession, delivery: JsonObject
    ) -> tuple[int | None, str | None]:
        body = delivery["payload"].encode()
        timestamp = str(int(self._clock().timestamp()))
        headers = {
            "Content-Type": "application/json",
            EVENT_HEADER: delivery["event"],
            TIMESTAMP_HEADER: timestamp,
            SIGNATURE_HEADER: sign(self._secret, timestamp, body),
        }
        try:
            async with session.post(
                delivery["url"],
                data=body,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                return response.status, None
        except (aiohttp.ClientError, TimeoutError) as error:
            return None, type(error).__name__
