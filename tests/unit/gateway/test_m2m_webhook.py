"""The M2M webhook over a real socket: rotation, retries that come late, and no event twice."""

import json
from typing import Self
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from lola.delivery import Inbox
from lola.gateway.partners import M2MWebhook
from lola.money.links import BY_LINK, TicketIndex
from lola.partners.m2m.webhooks import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from lola.settings import secrets_in
from lola.state import Keys
from lola.state.store import StateStore
from lola.telemetry.metrics import Metrics
from tests.support import ADDRESS, ManualClock

WINDOW, LATE = 300, 72 * 3600
SCHEDULE = [60, 6 * 60, 36 * 60, 156 * 60]
"""When the partner's second to fifth attempts come (reference/m2m.md 7.4)."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


class Receiver:
    """A gateway with the M2M route, its inbox, and one ticket behind `link_1`."""

    def __init__(self, connections, clock: ManualClock, setting: str) -> None:
        self.clock = clock
        self.keys = Keys(f"t{uuid4().hex[:12]}")
        self.inbox = Inbox(connections, self.keys, clock, on_poison=lambda *_: None)
        self.store = StateStore(connections.commands, self.keys, clock, self.inbox.limits.state_ttl)
        webhook = M2MWebhook(
            secrets=secrets_in(SecretStr(setting)),
            tolerance=WINDOW,
            late=LATE,
            clock=clock,
            inbox=self.inbox,
            tickets=TicketIndex(self.store),
            store=self.store,
            metrics=Metrics(),
            new_trace_id=lambda: "trace",
        )
        app = web.Application()
        app.router.add_post("/webhooks/m2m", webhook.post)
        self.client = TestClient(TestServer(app))

    async def __aenter__(self) -> Self:
        await self.inbox.mailbox.prepare()
        await self.client.start_server()
        fields = {name: getattr(ADDRESS, name) for name in ("channel", "account", "sender")}
        record = {"ticket": "tk_1", "phone": ADDRESS.phone, **fields}
        await self.store.put_record(BY_LINK, "link_1", record, ttl_seconds=14 * 86_400)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()

    def signed(self, *, secret: str = "whsec_new", **data: str) -> tuple[bytes, dict[str, str]]:
        """Return an event that the partner makes and signs now."""
        body = json.dumps(
            {
                "event": "operation.created",
                "timestamp": self.clock().isoformat(),
                "data": {"linkId": "link_1", "operationId": "op_1", "status": "created"} | data,
            }
        ).encode()
        stamp = str(int(self.clock().timestamp()))
        return body, {TIMESTAMP_HEADER: stamp, SIGNATURE_HEADER: sign(secret, stamp, body)}

    async def post(self, body: bytes, headers: dict[str, str]) -> int:
        async with self.client.post("/webhooks/m2m", data=body, headers=headers) as response:
            return response.status

    async def taken(self) -> list[dict[str, object]]:
        """Return the data of every event in the conversation's inbox."""
        (ready,) = await self.inbox.mailbox.take("test", 10)
        work = await self.inbox.acquire(ready, "test")
        return [dict(item.inbound.content.data) for item in work.envelopes]


@pytest.mark.parametrize(
    "setting",
    [
        "whsec_new, whsec_old",
        "whsec_old, whsec_new",
        " whsec_old ,,\twhsec_new\n",
        "whsec_new,whsec_old,",
    ],
)
async def test_blanks_between_two_secrets_break_no_rotation(connections, clock, setting) -> None:
    """Both secrets are valid in either order; the text of the setting itself is not."""
    async with Receiver(connections, clock, setting) as receiver:
        for secret in ("whsec_new", "whsec_old"):
            assert await receiver.post(*receiver.signed(secret=secret)) == 200
        for wrong in (setting, " whsec_old", "", " "):
            assert await receiver.post(*receiver.signed(secret=wrong)) == 401


@pytest.mark.parametrize("setting", ["", " ", ",", " , "])
async def test_blanks_alone_are_no_secret(connections, clock, setting) -> None:
    """What is signed with the empty text is refused."""
    async with Receiver(connections, clock, setting) as receiver:
        for secret in ("", " ", setting):
            assert await receiver.post(*receiver.signed(secret=secret)) == 401


@pytest.mark.parametrize("seconds", SCHEDULE)
async def test_every_retry_of_the_partner_is_taken_once(connections, clock, seconds) -> None:
    """A retry with the first signature is taken at any time of the schedule, and never again."""
    async with Receiver(connections, clock, "whsec_new") as receiver:
        event = receiver.signed()
        clock.advance(seconds=seconds)
        assert [await receiver.post(*event) for _ in range(3)] == [200, 200, 200]
        (data,) = await receiver.taken()
        assert data["operation_id"] == "op_1"
        assert data.get("late", False) is (seconds > WINDOW)


async def test_an_event_in_time_is_not_marked(connections, clock) -> None:
    """The mark means that what the event reports may be out of date."""
    async with Receiver(connections, clock, "whsec_new") as receiver:
        assert await receiver.post(*receiver.signed()) == 200
        assert "late" not in (await receiver.taken())[0]


async def test_a_retry_that_is_signed_anew_is_marked_too(connections, clock) -> None:
    """Its signature is fresh and its content is not."""
    async with Receiver(connections, clock, "whsec_new") as receiver:
        body, _ = receiver.signed()
        clock.advance(minutes=36)
        stamp = str(int(clock().timestamp()))
        headers = {TIMESTAMP_HEADER: stamp, SIGNATURE_HEADER: sign("whsec_new", stamp, body)}
        assert await receiver.post(body, headers) == 200
        assert (await receiver.taken())[0]["late"] is True


async def test_a_known_event_that_is_replayed_late_changes_nothing(connections, clock) -> None:
    """A recorded webhook has no effect when it is sent again."""
    async with Receiver(connections, clock, "whsec_new") as receiver:
        event = receiver.signed()
        assert await receiver.post(*event) == 200
        clock.advance(hours=5)
        assert await receiver.post(*event) == 200
        assert len(await receiver.taken()) == 1


@pytest.mark.parametrize("hours", [-1, 73])
async def test_what_is_beyond_the_schedule_is_refused(connections, clock, hours) -> None:
    """An event from the future, or from before the time in which known ids are kept."""
    async with Receiver(connections, clock, "whsec_new") as receiver:
        event = receiver.signed()
        clock.advance(hours=hours)
        assert await receiver.post(*event) == 401


async def test_a_late_event_needs_the_right_signature(connections, clock) -> None:
    """Age opens nothing."""
    async with Receiver(connections, clock, "whsec_new") as receiver:
        body, headers = receiver.signed(secret="whsec_other")
        clock.advance(hours=1)
        assert await receiver.post(body, headers) == 401
        body, headers = receiver.signed()
        clock.advance(hours=1)
        assert await receiver.post(body.replace(b"op_1", b"op_2"), headers) == 401
