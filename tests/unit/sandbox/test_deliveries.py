"""The stand-in's webhooks: signed anew each time, on the documented schedule, five at most."""

import json
from datetime import timedelta

import pytest

from lola.errors import SignatureError
from lola.partners.m2m import parse, verify
from lola.sandbox import Sandbox
from lola.sandbox.m2m.wire import read_create


async def test_a_webhook_has_the_documented_form(m2m, receiver, sandbox, credentials):
    """Body, headers and data of `link.created` (reference/m2m.md 10.75-77, 10.81)."""
    link = await m2m.create_link("user-1", {"orderId": "7"}, callback_url=receiver.url)
    headers, body = await receiver.next()
    assert headers["Content-Type"] == "application/json"
    assert headers["X-M2M-Event"] == "link.created"
    assert headers["X-M2M-Timestamp"] == str(int(sandbox.clock().timestamp()))
    verify(credentials.m2m_webhook_secret, headers, body, sandbox.clock())
    event = parse(body)
    assert (event.name, event.timestamp) == ("link.created", sandbox.clock())
    assert event.data == {
        "linkId": link.link_id,
        "referenceId": "user-1",
        "url": link.url,
        "status": "created",
        "expiresAt": "2026-02-10T13:00:00.000Z",
        "createdAt": "2026-02-10T12:00:00.000Z",
        "metadata": {"orderId": "7"},
    }


async def test_another_secret_does_not_verify(m2m, receiver, sandbox):
    """The signature depends on the secret (10.80)."""
    await m2m.create_link("user-1", callback_url=receiver.url)
    headers, body = await receiver.next()
    with pytest.raises(SignatureError):
        verify("whsec_other", headers, body, sandbox.clock())


async def test_the_links_own_address_beats_the_partners(m2m, receiver, sandbox):
    """`callbackUrl` overrides the partner's address for that link (10.88)."""
    partners = sandbox.m2m.partners
    partners.set_webhook_url(partners.find("sol"), receiver.url + "?default")
    await m2m.create_link("user-1", callback_url=receiver.url)
    await m2m.create_link("user-2")
    urls = {item.reference_id: item.url for item in sandbox.m2m.deliveries.list.all()}
    assert urls == {"user-1": receiver.url, "user-2": receiver.url + "?default"}


async def test_without_an_address_nothing_is_sent(m2m, sandbox):
    """No webhook address, no delivery."""
    await m2m.create_link("user-1")
    assert sandbox.m2m.deliveries.list.all() == []


async def test_five_attempts_on_the_documented_schedule(m2m, receiver, sandbox, credentials, until):
    """0, 1, 5, 30 and 120 minutes; same body, fresh signature; then failed (10.89, 91, 93)."""
    receiver.statuses = [500, 404, 302, 399, 503]
    await m2m.create_link("user-1", callback_url=receiver.url)
    began, bodies = sandbox.clock(), set()
    for number, minutes in enumerate((0, 1, 6, 36, 156), start=1):
        due = began + timedelta(minutes=minutes)
        if minutes:
            sandbox.clock.advance((due - sandbox.clock()).total_seconds() - 1)
            await _settle(until, sandbox)
            assert receiver.count == 0
            sandbox.clock.advance(1)
        headers, body = await receiver.next()
        verify(credentials.m2m_webhook_secret, headers, body, due)
        bodies.add(body)
        await until(lambda number=number: _only(sandbox).attempts == number)
    assert len(bodies) == 1
    assert _only(sandbox).status == "failed"
    sandbox.clock.advance(86_400)
    await _settle(until, sandbox)
    assert receiver.count == 0


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


async def _settle(until, sandbox):
    """Give everything that is due a few turns of the loop to happen."""
    turns = iter(range(20))
    await until(lambda: next(turns, None) is None)
