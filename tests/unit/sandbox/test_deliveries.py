"""Edge cases of the stand-in's webhooks; the documented rules are in tests/contract/m2m."""

import json

import pytest

from lola.sandbox import Sandbox
from lola.sandbox.m2m.request_schemas import read_create


async def test_without_an_address_nothing_is_sent(m2m, sandbox):
    """No webhook address, no delivery."""
    await m2m.create_link("user-1")
    assert sandbox.m2m.deliveries.list.all() == []


@pytest.mark.parametrize("status", [200, 204, 299])
async def test_any_2xx_ends_the_delivery(m2m, receiver, sandbox, until, status):
    """200 to 299 is success (10.90)."""
    receiver.statuses = [status]
    await m2m.create_link("user-1", callback_url=receiver.url)
    await until(lambda: _only(sandbox).status == "delivered")
    assert (_only(sandbox).attempts, _only(sandbox).response_status) == (1, status)


async def test_a_receiver_that_does_not_answer_has_failed(m2m, receiver, sandbox, until):
    """A time-out counts as a failure (10.90); the limit is short here and 30 seconds by default."""
    receiver.statuses = [None]
    await m2m.create_link("user-1", callback_url=receiver.url)
    await until(lambda: _only(sandbox).attempts == 1)
    assert (_only(sandbox).response_status, _only(sandbox).error) == (None, "TimeoutError")
    assert _only(sandbox).status == "pending"


async def test_a_receiver_that_is_not_there_has_failed(m2m, sandbox, until):
    """A refused connection counts as a failure and is tried again later."""
    await m2m.create_link("user-1", callback_url="http://127.0.0.1:1/hook")
    await until(lambda: _only(sandbox).attempts == 1)
    assert _only(sandbox).next_attempt_at == "2026-02-10T12:01:00.000Z"


async def test_pending_deliveries_survive_a_restart(credentials, receiver, tmp_path, until, clock):
    """With a file behind it, the sandbox takes up where it stopped."""
    path = str(tmp_path / "sandbox.db")
    receiver.statuses = [500]
    first = Sandbox(credentials, clock, store_path=path)
    await first.start()
    partner = first.m2m.partners.find("sol")
    first.m2m.create_link(partner, read_create({"referenceId": "u", "callbackUrl": receiver.url}))
    await receiver.next()
    await until(lambda: _only(first).attempts == 1)
    await first.stop()
    second = Sandbox(credentials, clock, store_path=path)
    await second.start()
    second.clock.advance(60)
    _, body = await receiver.next()
    assert json.loads(body)["event"] == "link.created"
    await until(lambda: _only(second).status == "delivered")
    await second.stop()


@pytest.fixture
def clock(sandbox):
    return sandbox.clock


def _only(sandbox):
    (delivery,) = sandbox.m2m.deliveries.list.all()
    return delivery
