"""The Request Money webhook over a real socket: no event twice, none lost, and never a 500."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Self
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from lola.delivery import Inbox
from lola.domain.asked_money import AskedMoney
from lola.domain.transfer import Money
from lola.gateway.money_requests import PATH, RequestMoneyEvents, RequestMoneyWebhook
from lola.money.asking.index import KEEP, RequestIndex
from lola.partners.request_money import sign
from lola.partners.request_money.webhooks import (
    DELIVERY_HEADER,
    EVENT_HEADER,
    SIGNATURE_HEADER,
)
from lola.settings import secrets_in
from lola.state import Keys
from lola.state.kept_events import KeptEvents
from lola.state.store import StateStore
from lola.telemetry.metrics import Metrics
from tests.support import ADDRESS, ManualClock

REFERENCE = "Ab3xY9mK"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


class Receiver:
    """A gateway with the route, its inbox, and one request of a conversation."""

    def __init__(self, connections, clock: ManualClock, setting: str = "wh-secret-0001") -> None:
        self.clock = clock
        keys = Keys(f"t{uuid4().hex[:12]}")
        self.inbox = Inbox(connections, keys, clock, on_poison=lambda *_: None)
        store = StateStore(connections.commands, keys, clock, self.inbox.limits.state_ttl)
        self.index = RequestIndex(store)
        self.kept = KeptEvents(connections.commands, keys, clock)
        webhook = RequestMoneyWebhook(
            secrets=secrets_in(SecretStr(setting)),
            tolerance=300,
            clock=clock,
            events=RequestMoneyEvents(
                inbox=self.inbox,
                index=self.index,
                kept=self.kept,
                new_trace_id=lambda: "trace",
            ),
            metrics=Metrics(),
        )
        app = web.Application()
        app.router.add_post(PATH, webhook.post)
        self.client = TestClient(TestServer(app))

    async def __aenter__(self) -> Self:
        await self.inbox.mailbox.prepare()
        await self.client.start_server()
        await self.index.remember(asked(self.clock), ADDRESS, key="c:d", now=self.clock())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()

    def signed(self, name="operation_updated", *, secret="wh-secret-0001", body=None, **data):
        """Return an event that the partner makes and signs now."""
        raw = (
            body
            if body is not None
            else json.dumps(
                {
                    "event": name,
                    "data": {
                        "referenceId": REFERENCE,
                        "status": "completed",
                        "requestData": {"payoutMethod": {"number": "0123456789012"}},
                    }
                    | data,
                    "timestamp": self.clock().isoformat(),
                }
            ).encode()
        )
        signature = sign(secret, int(self.clock().timestamp()), raw)
        return raw, {EVENT_HEADER: name, SIGNATURE_HEADER: signature, DELIVERY_HEADER: str(uuid4())}

    async def post(self, body, headers) -> int:
        async with self.client.post(PATH, data=body, headers=headers) as response:
            return response.status

    async def taken(self):
        """Return the content of every event in the conversation's inbox."""
        (ready,) = await self.inbox.mailbox.take("test", 10)
        work = await self.inbox.acquire(ready, "test")
        return [item.inbound.content for item in work.envelopes]


def asked(clock, **changes):
    fields = {
        "reference": REFERENCE,
        "payer": "Luis Ruiz",
        "amount": Money(amount=Decimal("150.50"), currency="USD"),
        "expires_at": clock() + timedelta(hours=1),
    }
    return AskedMoney(**fields | changes)


async def test_an_update_is_taken_once(connections, clock):
    """A retry, and a replay under another delivery id, add nothing; no private data is stored."""
    async with Receiver(connections, clock) as receiver:
        body, headers = receiver.signed()
        assert await receiver.post(body, headers) == 200
        for again in (headers, headers | {DELIVERY_HEADER: str(uuid4())}):
            assert await receiver.post(body, again) == 200
        (content,) = await receiver.taken()
        assert content.name == "request_money.updated"
        assert content.data == {"reference": REFERENCE, "status": "completed"}


async def test_old_and_unsigned_events_are_refused(connections, clock):
    """A recorded webhook is refused after the window, and so is one of another secret."""
    async with Receiver(connections, clock) as receiver:
        body, headers = receiver.signed()
        assert await receiver.post(*receiver.signed(secret="another")) == 401
        assert await receiver.post(body, {}) == 401
        clock.advance(seconds=301)
        assert await receiver.post(body, headers) == 401
        assert await receiver.kept.all() == ()


async def test_two_secrets_during_a_rotation(connections, clock):
    """Either may have signed; without any configured secret nothing is accepted."""
    async with Receiver(connections, clock, "new-secret, wh-secret-0001") as receiver:
        assert await receiver.post(*receiver.signed()) == 200
        assert await receiver.post(*receiver.signed(secret="new-secret", status="x")) == 200
    async with Receiver(connections, clock, " , ") as receiver:
        assert await receiver.post(*receiver.signed(secret="")) == 401


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("operation_error", {"errorCode": "OFAC_HIT", "statusCode": 403}, "error"),
        ("operation_error", {"referenceId": None, "errorCode": 5}, "error"),
        ("operation_paused", {"more": [1]}, "unknown kind"),
        ("operation_updated", {"referenceId": "Unknown1"}, "no request"),
        ("operation_updated", {"referenceId": ["x"]}, "no request"),
    ],
)
async def test_what_cannot_be_used_is_kept(connections, clock, name, data, reason):
    """Errors, unknown events and foreign requests wait for operators, with ids and no values."""
    async with Receiver(connections, clock) as receiver:
        event = receiver.signed(name, **data)
        assert [await receiver.post(*event) for _ in range(2)] == [200, 200]
        (kept,) = await receiver.kept.all()
        assert (kept.reason, kept.body["event"]) == (reason, f"request_money.{name}")
        assert kept.next_try is None
        assert "0123456789012" not in json.dumps(kept.body)
        assert await receiver.kept.due() == ()


async def test_a_created_request_changes_nothing(connections, clock):
    """The call that created it has told the sender already."""
    async with Receiver(connections, clock) as receiver:
        assert await receiver.post(*receiver.signed("operation_created")) == 200
        assert await receiver.kept.all() == ()


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"[" * 50_000, b"\xff", b'{"event": 1}'])
async def test_no_signed_body_is_a_fault(connections, clock, body):
    """A body that cannot be read is 200: the partner could not mend it by sending it again."""
    async with Receiver(connections, clock) as receiver:
        assert await receiver.post(*receiver.signed(body=body)) == 200


async def test_a_header_that_names_another_event(connections, clock):
    """It is not read any further."""
    async with Receiver(connections, clock) as receiver:
        body, headers = receiver.signed()
        assert await receiver.post(body, headers | {EVENT_HEADER: "operation_created"}) == 200
        assert await receiver.kept.all() == ()


async def test_a_reference_belongs_to_one_request(connections, clock):
    """The same approval finds its own request, another one is told that the reference is taken."""
    async with Receiver(connections, clock) as receiver:
        remember, now = receiver.index.remember, clock()
        assert await remember(asked(clock), ADDRESS, key="c:d", now=now) is True
        assert await remember(asked(clock), ADDRESS, key="c:other", now=now) is None
        found, address = await receiver.index.find(REFERENCE)
        assert (found, address) == (asked(clock), ADDRESS)
        clock.advance(seconds=(timedelta(hours=1) + KEEP).total_seconds() + 1)
        assert await receiver.index.find(REFERENCE) is None
