"""The platform's webhooks: signed, and retried on the documented schedule.

Every attempt sends the same body with a new timestamp and signature (reference/m2m.md 7.2-7.4 and
9.3). Deliveries that are pending when the sandbox stops continue when it starts on the same file.
"""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime, timedelta

import aiohttp

from lola.domain.messages import JsonObject
from lola.partners.m2m import sign
from lola.partners.m2m.webhooks import EVENT_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER
from lola.sandbox.clock import SandboxClock, iso
from lola.sandbox.credentials import random_name
from lola.sandbox.m2m.errors import InvalidRequestError, UnknownResourceError
from lola.sandbox.m2m.listing import Listing
from lola.sandbox.m2m.partners import Partners
from lola.sandbox.m2m.rows import Delivery, Link, Partner
from lola.sandbox.store import Database

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120))
"""The pauses between attempts; after the fifth failed attempt the delivery has failed."""
TIMEOUT_SECONDS = 30.0

SOURCE = """
SELECT deliveries.rowid AS serial, deliveries.*, links.partner_id, links.user_id,
    users.reference_id
FROM deliveries JOIN links USING (link_id) JOIN users USING (user_id)
"""
CONDITIONS: Mapping[str, str] = {
    "partner": "partner_id = ?",
    "delivery": "delivery_id = ?",
    "event": "event = ?",
    "status": "status = ?",
    "link": "link_id = ?",
    "reference": "reference_id = ?",
    "user": "user_id = ?",
    "since": "created_at >= ?",
    "until": "created_at <= ?",
}


class Deliveries:
    """Sends events to the link's callback address, else to the partner's webhook address.

    While `drops` is set every attempt fails, as if the receiver could not be reached.
    """

    def __init__(
        self,
        database: Database,
        clock: SandboxClock,
        partners: Partners,
        *,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._partners = partners
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None
        self.drops = False
        self._tasks: set[asyncio.Task[None]] = set()
        self.list = Listing(database, SOURCE, Delivery.of, CONDITIONS)

    def start(self) -> None:
        """Open the client and continue pending deliveries."""
        self._session = aiohttp.ClientSession()
        for delivery in self.list.all(status="pending"):
            self._run(delivery.delivery_id)

    async def stop(self) -> None:
        """Cancel every attempt and close the client."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def target(self, link: Link) -> str | None:
        """Return where the link's events go, or None (reference/m2m.md 5.1 and 9.3)."""
        return link.callback_url or self._partners.get(link.partner_id).webhook_url

    def send(self, event: str, link: Link, data: JsonObject) -> None:
        """Queue an event about a link, with the link's metadata (reference/m2m.md 5.1)."""
        url = self.target(link)
        if not url:
            return
        now = iso(self._clock())
        extra = {"metadata": link.metadata} if link.metadata else {}
        delivery_id = f"wd_{random_name(12)}"
        self._database.run(
            "INSERT INTO deliveries (delivery_id, link_id, event, status, url, payload, created_at,"
            " next_attempt_at) VALUES (?, ?, ?, 'pending', ?, ?, ?, ?)",
            delivery_id,
            link.link_id,
            event,
            url,
            json.dumps({"event": event, "timestamp": now, "data": data | extra}),
            now,
            now,
        )
        self._run(delivery_id)

    def get_of(self, partner: Partner, delivery_id: str) -> Delivery:
        """Return one of the partner's deliveries. Raises UnknownResourceError."""
        found = self.list.all(partner=partner.partner_id, delivery=delivery_id)
        if not found:
            raise UnknownResourceError
        return found[0]

    def replay(self, delivery_id: str) -> None:
        """Start a failed delivery again, as the partner portal can (reference/m2m.md 7.4)."""
        if not self.list.all(delivery=delivery_id, status="failed"):
            raise InvalidRequestError("The delivery has not failed", status=409)
        self._database.run(
            "UPDATE deliveries SET status = 'pending', attempts = 0, next_attempt_at = ?"
            " WHERE delivery_id = ?",
            iso(self._clock()),
            delivery_id,
        )
        self._run(delivery_id)

    def _run(self, delivery_id: str) -> None:
        if self._session is not None:
            task = asyncio.create_task(self._deliver(self._session, delivery_id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _deliver(self, session: aiohttp.ClientSession, delivery_id: str) -> None:
        # Read again each time: a transaction that rolled back has removed its delivery.
        while found := self.list.all(delivery=delivery_id, status="pending"):
            (delivery,) = found
            if delivery.next_attempt_at:
                await self._clock.sleep_until(datetime.fromisoformat(delivery.next_attempt_at))
            status, problem = await self._attempt(session, delivery)
            self._note(delivery, status, problem)

    def _note(self, delivery: Delivery, response: int | None, problem: str | None) -> None:
        now = self._clock()
        attempts = delivery.attempts + 1
        is_delivered = response is not None and 200 <= response < 300
        goes_on = not is_delivered and attempts <= len(PAUSES)
        status = "delivered" if is_delivered else "pending" if goes_on else "failed"
        self._database.run(
            "UPDATE deliveries SET status = ?, attempts = ?, response_status = ?, error = ?,"
            " last_attempt_at = ?, next_attempt_at = ?, delivered_at = ? WHERE delivery_id = ?",
            status,
            attempts,
            response,
            problem,
            iso(now),
            iso(now + PAUSES[attempts - 1]) if goes_on else None,
            iso(now) if is_delivered else None,
            delivery.delivery_id,
        )

    async def _attempt(
        self, session: aiohttp.ClientSession, delivery: Delivery
    ) -> tuple[int | None, str | None]:
        if self.drops:
            return None, "Dropped"
        body = delivery.payload.encode()
        timestamp = str(int(self._clock().timestamp()))
        secret = self._partners.get(delivery.partner_id).webhook_secret
        headers = {
            "Content-Type": "application/json",
            EVENT_HEADER: delivery.event,
            TIMESTAMP_HEADER: timestamp,
            SIGNATURE_HEADER: sign(secret, timestamp, body),
        }
        try:
            async with session.post(
                delivery.url,
                data=body,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                return response.status, None
        except (aiohttp.ClientError, TimeoutError) as error:
            return None, type(error).__name__
