"""The RaaS webhook over a real socket: signed, to the right conversation, once, and never a 500."""

import json
from typing import Self
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from lola.delivery import Inbox
from lola.domain.events import REQUEST_CHANGED
from lola.gateway.raas import RaasWebhook
from lola.money.money_requests import RequestIndex
from lola.partners.payhub.webhooks import SIGNATURE_HEADER, sign
from lola.state import Keys
from lola.state.kept_events import KeptEvents
from lola.state.store import StateStore
from lola.telemetry.metrics import Metrics
from tests.support import ADDRESS, ManualClock

STATUS = {"correlationId": "req-1", "status": "Completed", "updatedAt": "2026-04-24T12:35:10Z"}
OUTCOME = {
    "eventType": "request_money_full_outcome",
    "correlationId": "req-1",
    "status": "Failed",
    "date": "2026-04-24T12:35:10Z",
    "phase": "cip",
}


class Receiver:
    """A gateway with the RaaS route, its inbox, and one request for money of ours."""

    def __init__(self, connections, *secrets: str) -> None:
        clock = ManualClock()
        self.keys = Keys(f"t{uuid4().hex[:12]}")
        self.inbox = Inbox(connections, self.keys, clock, on_poison=lambda *_: None)
        store = StateStore(connections.commands, self.keys, clock, self.inbox.limits.state_ttl)
        self.requests = RequestIndex(store)
        self.metrics = Metrics()
        self.kept = KeptEvents(connections.commands, self.keys, clock)
        webhook = RaasWebhook(
            secrets=secrets,
            requests=self.requests,
            inbox=self.inbox,
            kept=self.kept,
            clock=clock,
            metrics=self.metrics,
            new_trace_id=lambda: "trace",
        )
        app = web.Application()
        app.router.add_post("/webhooks/raas", webhook.post)
        self.client = TestClient(TestServer(app))

    async def __aenter__(self) -> Self:
        await self.inbox.mailbox.prepare()
        await self.client.start_server()
        await self.requests.remember("req-1", ADDRESS)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()

    async def post(self, body: object, secret: str = "shared", headers=None) -> int:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {SIGNATURE_HEADER: sign(secret, raw)} if headers is None else headers
        async with self.client.post("/webhooks/raas", data=raw, headers=given) as response:
            return response.status

    def counted(self, outcome: str) -> float | None:
        """Return how many webhooks ended so."""
        labels = {"channel": "payhub", "outcome": outcome}
        return self.metrics.registry.get_sample_value("lola_webhooks_total", labels)

    async def taken(self):
        """Return every event in the conversation's inbox."""
        return [
            item.inbound.content
            for ready in await self.inbox.mailbox.take("test", 10)
            for item in (await self.inbox.acquire(ready, "test")).envelopes
        ]


@pytest.mark.parametrize("body", [STATUS, OUTCOME])
async def test_both_kinds_reach_the_conversation(connections, body) -> None:
    """Each is enqueued once, however often it is delivered (reference/raas.md 9.3)."""
    async with Receiver(connections, "shared") as receiver:
        assert [await receiver.post(body) for _ in range(3)] == [200, 200, 200]
        (event,) = await receiver.taken()
        assert event.name == REQUEST_CHANGED
        assert event.data == {"request": "req-1", "status": body["status"]}
        outcomes = ("accepted", "duplicate")
        assert [receiver.counted(outcome) for outcome in outcomes] == [1, 2]


@pytest.mark.parametrize("secrets", [("shared", "old"), ("old", "shared")])
async def test_two_secrets_are_good_during_a_rotation(connections, secrets) -> None:
    """Either signs; a third, none at all and a missing header are 401."""
    async with Receiver(connections, *secrets) as receiver:
        assert [await receiver.post(STATUS, secret) for secret in (*secrets, "third")] == [
            200,
            200,
            401,
        ]
        assert await receiver.post(STATUS, headers={}) == 401


async def test_without_a_secret_all_are_refused(connections) -> None:
    """An empty setting does not accept what is signed with the empty text."""
    async with Receiver(connections) as receiver:
        assert await receiver.post(STATUS, "") == 401
        assert await receiver.taken() == []


async def test_an_unknown_kind_is_kept(connections) -> None:
    """Operators see it, once, without any of its values but ids."""
    async with Receiver(connections, "shared") as receiver:
        body = STATUS | {"eventType": "brand_new", "firstName": "Rosa"}
        assert [await receiver.post(body), await receiver.post(body)] == [200, 200]
        (kept,) = await receiver.kept.all()
        assert (kept.body["event"], kept.next_try) == ("raas.brand_new", None)
        assert "Rosa" not in json.dumps(kept.body)
        assert await receiver.taken() == []


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"status": "Sent"', b"[1]", b"\xff\xfe", {}])
async def test_what_cannot_be_read_is_no_error_of_ours(connections, body) -> None:
    """A well-signed body that is no event is 200: sending it again would not mend it."""
    async with Receiver(connections, "shared") as receiver:
        assert await receiver.post(body) == 200
        assert await receiver.taken() == []


async def test_another_operation_of_the_tenant_is_not_ours(connections) -> None:
    """It is taken and goes nowhere: the tenant's address gets all events."""
    async with Receiver(connections, "shared") as receiver:
        assert await receiver.post(STATUS | {"correlationId": "other"}) == 200
        assert await receiver.taken() == []
        assert await receiver.kept.all() == ()
