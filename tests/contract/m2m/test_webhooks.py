"""Conformance, items 70 to 82 and 86 to 97: webhooks from both ends, and the control API."""

import hashlib
import hmac
import itertools
import json
from datetime import timedelta
from decimal import Decimal

import pytest

from lola.errors import SignatureError
from lola.partners.m2m import DeliveryStatus, parse, verify
from lola.sandbox.m2m.deliveries import TIMEOUT_SECONDS
from tests.contract.m2m.conftest import collect


@pytest.fixture
def secret(credentials):
    return credentials.m2m_webhook_secret


@pytest.fixture
def control(http, sandbox):
    async def control_(method, path, body=None):
        async with http.request(method, f"{sandbox.url}/control{path}", json=body) as response:
            text = await response.text()
            return response.status, json.loads(text) if text else None

    return control_


@pytest.mark.item(70, 71, 72)
async def test_the_webhook_configuration(m2m, sandbox, receiver, secret, refused):
    """Address and the end of the secret; https only; null switches deliveries off."""
    config = await m2m.get_webhook_config()
    assert config.webhook_url is None
    assert config.secret_preview == f"whsec_****{secret[-4:]}"
    for bad in ("http://bank.example/hook", "ftp://bank.example", "bank.example", ""):
        assert await refused(m2m.update_webhook_url(bad)) == ("INVALID_REQUEST", 400)
    changed = await m2m.update_webhook_url("https://bank.example/hook")
    assert changed.webhook_url == "https://bank.example/hook"
    await m2m.update_webhook_url(receiver.url)
    await m2m.create_link("user-1")
    assert parse((await receiver.next())[1]).name == "link.created"
    await m2m.update_webhook_url(None)
    await m2m.create_link("user-2")
    assert len(await collect(m2m.list_deliveries())) == 1


@pytest.mark.item(73, 74)
async def test_a_new_secret(m2m, call, sandbox, receiver, secret):
    """Returned without envelope, with the documented text; the old one is no longer used."""
    _, body, _ = await call("POST", "/partner/webhooks/config/regenerate-secret")
    assert set(body) == {"webhookSecret", "message"}
    assert body["message"] == "Copy this secret now. You will not be able to see it again."
    fresh = (await m2m.regenerate_secret()).webhook_secret.get_secret_value()
    assert fresh.startswith("whsec_")
    await m2m.create_link("user-1", callback_url=receiver.url)
    headers, raw = await receiver.next()
    verify(fresh, headers, raw, sandbox.clock())
    verify((secret, fresh), headers, raw, sandbox.clock())
    for old in (secret, body["webhookSecret"]):
        with pytest.raises(SignatureError):
            verify(old, headers, raw, sandbox.clock())


@pytest.mark.item(75, 76, 77, 78)
async def test_form_headers_and_signature(m2m, sandbox, receiver, secret):
    """The documented algorithm, computed here over the raw bytes."""
    await m2m.create_link("user-ñ", callback_url=receiver.url)
    headers, raw = await receiver.next()
    body = json.loads(raw)
    assert list(body) == ["event", "timestamp", "data"]
    assert headers["X-M2M-Event"] == body["event"]
    assert headers["Content-Type"] == "application/json"
    stamp = headers["X-M2M-Timestamp"]
    assert int(stamp) == int(sandbox.clock().timestamp())
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
    assert headers["X-M2M-Signature"] == f"sha256={digest}"
    verify(secret, headers, raw, sandbox.clock())
    with pytest.raises(SignatureError):
        verify(secret, headers, json.dumps(body, indent=1).encode(), sandbox.clock())


@pytest.mark.item(79)
@pytest.mark.parametrize("age", [301, -301])
async def test_too_old_or_from_the_future(m2m, sandbox, receiver, secret, age):
    """300 seconds either way by default; another tolerance can be set."""
    await m2m.create_link("user-1", callback_url=receiver.url)
    headers, raw = await receiver.next()
    then = sandbox.clock() + timedelta(seconds=age)
    with pytest.raises(SignatureError):
        verify(secret, headers, raw, then)
    verify(secret, headers, raw, then, tolerance=400)
    verify(secret, headers, raw, sandbox.clock() + timedelta(seconds=age / 301 * 300))


@pytest.mark.item(80)
async def test_what_is_rejected(m2m, sandbox, receiver, secret):
    """A changed body, another secret, a missing header, a missing prefix."""
    await m2m.create_link("user-1", callback_url=receiver.url)
    headers, raw = await receiver.next()
    now, signature = sandbox.clock(), headers["X-M2M-Signature"]
    broken = (
        (secret, headers, raw + b" "),
        ("whsec_other", headers, raw),
        (secret, _without(headers, "X-M2M-Signature"), raw),
        (secret, _without(headers, "X-M2M-Timestamp"), raw),
        (secret, headers | {"X-M2M-Signature": signature.removeprefix("sha256=")}, raw),
    )
    for key, given, body in broken:
        with pytest.raises(SignatureError):
            verify(key, given, body, now)


@pytest.mark.item(81)
async def test_link_created(m2m, receiver, event_named):
    """Every documented field."""
    link = await m2m.create_link("user-1", callback_url=receiver.url)
    _, event = await event_named("link.created")
    assert event.data == {
        "linkId": link.link_id,
        "referenceId": "user-1",
        "url": link.url,
        "status": "created",
        "expiresAt": "2026-02-10T13:00:00.000Z",
        "createdAt": "2026-02-10T12:00:00.000Z",
    }


@pytest.mark.item(82)
async def test_link_opened(m2m, http, receiver, event_named):
    """Once, with the device, however often the page is fetched."""
    link = await m2m.create_link("user-1", callback_url=receiver.url)
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)"
    for _ in range(3):
        device = {"User-Agent": agent, "Accept-Language": "en-US,en;q=0.9"}
        async with http.get(link.url, headers=device) as response:
            assert response.status == 200
    _, event = await event_named("link.opened")
    assert event.data == {
        "linkId": link.link_id,
        "referenceId": "user-1",
        "openedAt": "2026-02-10T12:00:00.000Z",
        "deviceInfo": {"userAgent": agent, "platform": "iOS", "language": "en-US"},
    }
    events = [one.event for one in await collect(m2m.list_deliveries())]
    assert events.count("link.opened") == 1


@pytest.mark.item(86)
async def test_operation_created(m2m, customer, receiver, event_named):
    """Id, reference, amount, status and time; figures stay exact on the way."""
    link = await m2m.create_link("user-1", callback_url=receiver.url)
    operation = customer(link.link_id).approve()
    _, event = await event_named("operation.created")
    assert event.data["operationId"] == operation.operation_id
    assert (event.data["referenceId"], event.data["status"]) == ("user-1", "created")
    assert event.data["createdAt"] == "2026-02-10T12:00:00.000Z"
    amount = event.data["amount"]
    assert Decimal(str(amount["fee"])) == Decimal("3.99")
    assert (amount["send"], amount["receive"]) == (100, 1725)


@pytest.mark.item(87)
async def test_operation_cancelled(m2m, customer, receiver, event_named):
    """The same identifiers, the time and the reason."""
    link = await m2m.create_link("user-1", callback_url=receiver.url)
    operation = customer(link.link_id).cancel()
    _, event = await event_named("operation.cancelled")
    assert event.data["operationId"] == operation.operation_id
    assert (event.data["linkId"], event.data["status"]) == (link.link_id, "cancelled")
    assert event.data["cancelledAt"] == "2026-02-10T12:00:00.000Z"
    assert event.data["reason"] == "changed my mind"


@pytest.mark.item(88)
async def test_the_links_address_beats_the_partners(m2m, receiver):
    """And it is used even where the partner has none."""
    await m2m.create_link("own", callback_url=receiver.url)
    await m2m.update_webhook_url(f"{receiver.url}?partner")
    await m2m.create_link("both", callback_url=receiver.url)
    await m2m.create_link("partner")
    urls = {one.reference_id: one.url for one in await collect(m2m.list_deliveries())}
    assert urls == {
        "own": receiver.url,
        "both": receiver.url,
        "partner": f"{receiver.url}?partner",
    }


@pytest.mark.item(89, 91, 93)
async def test_five_attempts_and_a_replay(m2m, sandbox, receiver, secret, until, control):
    """0, 1, 5, 30 minutes and 2 hours apart, the same body signed anew, then failed, then again."""
    receiver.statuses = [500, 404, 302, 199 + 200, 503]
    await m2m.create_link("user-1", callback_url=receiver.url)
    (delivery,) = await collect(m2m.list_deliveries())

    def attempts():
        (found,) = sandbox.m2m.deliveries.list.all()
        return found.attempts

    bodies, stamps = set(), []
    for number, pause in enumerate((0, 60, 300, 1800, 7200), start=1):
        if pause:
            sandbox.clock.advance(pause - 1)
            assert receiver.count == 0
            sandbox.clock.advance(1)
        headers, raw = await receiver.next()
        verify(secret, headers, raw, sandbox.clock())
        bodies.add(raw)
        stamps.append(int(headers["X-M2M-Timestamp"]))
        await until(lambda number=number: attempts() == number)
    assert len(bodies) == 1
    assert [later - earlier for earlier, later in itertools.pairwise(stamps)] == [
        60,
        300,
        1800,
        7200,
    ]
    failed = await m2m.get_delivery(delivery.delivery_id)
    assert (failed.status, failed.attempts) == (DeliveryStatus.FAILED, 5)
    assert failed.next_attempt_at is None
    assert (await control("POST", f"/m2m/deliveries/{delivery.delivery_id}/replay"))[0] == 204
    assert (await receiver.next())[1] in bodies
    await until(lambda: sandbox.m2m.deliveries.list.all()[0].status == "delivered")


@pytest.mark.item(90)
async def test_what_counts_as_delivered(m2m, sandbox, receiver, until):
    """200 to 299 within the limit (30 s by default, short here); silence is a failure."""
    assert TIMEOUT_SECONDS == 30
    for number, (answer, status, response) in enumerate(
        ((299, "delivered", 299), (300, "pending", 300), (None, "pending", None))
    ):
        receiver.statuses = [answer]
        await m2m.create_link(f"user-{number}", callback_url=receiver.url)
        await receiver.next()
        await until(lambda: sandbox.m2m.deliveries.list.all()[0].attempts == 1)
        newest = (await collect(m2m.list_deliveries()))[0]
        assert (newest.status, newest.response_status) == (status, response)


@pytest.mark.item(92)
async def test_a_duplicate_can_be_told(m2m, sandbox, receiver, until):
    """Both deliveries of one event have one id; another event has another."""
    receiver.statuses = [500]
    await m2m.create_link("user-1", callback_url=receiver.url)
    first = parse((await receiver.next())[1])
    await until(lambda: sandbox.m2m.deliveries.list.all()[0].attempts == 1)
    sandbox.clock.advance(60)
    again = parse((await receiver.next())[1])
    await m2m.create_link("user-2", callback_url=receiver.url)
    other = parse((await receiver.next())[1])
    assert first.id == again.id
    assert other.id != first.id


@pytest.mark.item(94)
async def test_the_delivery_log_and_its_filters(m2m, sandbox, customer, receiver, until, refused):
    """Event, status, link, reference, user and dates."""
    first = await m2m.create_link("a", callback_url=receiver.url)
    await until(lambda: sandbox.m2m.deliveries.list.all()[0].status == "delivered")
    sandbox.clock.advance(60)
    second = await m2m.create_link("b", callback_url="http://127.0.0.1:1/nobody")
    customer(first.link_id).open()
    user_id = (await m2m.get_link(first.link_id)).user.user_id

    async def events(**filters):
        return [(one.event, one.link_id) for one in await collect(m2m.list_deliveries(**filters))]

    created, other = ("link.created", first.link_id), ("link.created", second.link_id)
    opened, asked = ("link.opened", first.link_id), ("user.data_request", first.link_id)
    assert await events() == [asked, opened, other, created]
    assert await events(event="link.opened") == [opened]
    assert await events(link_id=second.link_id) == [other]
    assert await events(reference_id="a", event="link.created") == [created]
    assert await events(user_id=user_id) == [asked, opened, created]
    assert created in await events(status=DeliveryStatus.DELIVERED)
    assert await events(status=DeliveryStatus.PENDING, link_id=second.link_id) == [other]
    assert await events(created_to=first.created_at) == [created]
    assert created not in await events(created_from=second.created_at)
    assert await refused(anext(m2m.list_deliveries(status="lost"))) == ("INVALID_REQUEST", 400)


@pytest.mark.item(95)
async def test_a_deliverys_details(m2m, sandbox, receiver, until):
    """Payload, response and error."""
    link = await m2m.create_link("user-1", callback_url="http://127.0.0.1:1/nobody")
    await until(lambda: sandbox.m2m.deliveries.list.all()[0].attempts == 1)
    (listed,) = await collect(m2m.list_deliveries())
    delivery = await m2m.get_delivery(listed.delivery_id)
    assert delivery.payload["event"] == "link.created"
    assert delivery.payload["data"]["linkId"] == link.link_id
    assert (delivery.response_status, delivery.error) == (None, "ClientConnectorError")
    assert delivery.next_attempt_at == sandbox.clock() + timedelta(minutes=1)


@pytest.mark.item(96)
async def test_the_remote_control_acts_as_the_user(m2m, control, sandbox, metadata):
    """Open, type, be scanned, fail, pass, choose, approve, move on, cancel; and the clock moves."""
    link = await m2m.create_link("user-1", metadata)
    here = f"/m2m/links/{link.link_id}"
    _, state = await control("POST", f"{here}/open")
    assert (state["step"], state["userState"]) == ("data", "data_incomplete")
    status, problem = await control("POST", f"{here}/submit", {"fields": {"dob": "x"}})
    assert (status, problem["fields"]["dob"]) == (400, "invalid")
    fields = {
        "name.firstName": "Ana",
        "name.lastName": "Ruiz",
        "idNumber": "GAPA900515HDFRRL09",
        "idType": "CURP",
        "dob": "1990-05-15",
    }
    assert (await control("POST", f"{here}/submit", {"fields": fields}))[1]["step"] == "identity"
    await control("PUT", "/m2m/users/user-1/verdict", {"verdict": "failed"})
    await control("POST", f"{here}/scan")
    assert (await control("POST", f"{here}/liveness"))[1]["status"] == "failed"
    assert (await control("POST", f"{here}/verdict", {"verdict": "verified"}))[1]["status"] == (
        "verified"
    )
    assert (await control("POST", f"{here}/approve"))[0] == 409
    method = {"type": "cash", "cash": {"provider": "oxxo", "reference": "1"}}
    await control("POST", f"{here}/payout", {"method": method})
    card = {"token": "tok_sandbox_a8Kq2Lw91tZ", "brand": "Visa", "lastFour": "4242"}
    assert (await control("POST", f"{here}/card", card))[1]["step"] == "review"
    _, operation = await control("POST", f"{here}/approve")
    assert operation["amount"]["receive"] == 1725
    where = f"/m2m/operations/{operation['operationId']}"
    assert (await control("POST", where, {"status": "completed"}))[0] == 409
    for step in ("processing", "completed"):
        assert (await control("POST", where, {"status": step}))[1]["status"] == step
    other = await m2m.create_link("user-2", metadata)
    _, cancelled = await control("POST", f"/m2m/links/{other.link_id}/cancel")
    assert cancelled["status"] == "cancelled"
    third = await m2m.create_link("user-3", metadata)
    assert (await control("POST", f"/m2m/links/{third.link_id}/hurry"))[1]["step"] == "review"
    before = sandbox.clock()
    await control("POST", "/clock", {"seconds": 90})
    assert sandbox.clock() - before == timedelta(seconds=90)


@pytest.mark.item(97)
@pytest.mark.parametrize("told", [False, True])
async def test_ends_are_told_only_on_demand(m2m, customer, receiver, control, told):
    """No catalogue lists `operation.completed` and `.failed`: a switch, off by default."""
    if told:
        await control("PUT", "/m2m/switches", {"tellEnds": True})
    for reference, end in (("a", "completed"), ("b", "failed")):
        link = await m2m.create_link(reference, callback_url=receiver.url)
        customer(link.link_id).approve()
        customer(link.link_id).advance("processing")
        customer(link.link_id).advance(end, "Insufficient funds")
    events = {one.event for one in await collect(m2m.list_deliveries())}
    assert ({"operation.completed", "operation.failed"} <= events) == told
    assert "operation.processing" not in events


def _without(headers, name):
    return {key: value for key, value in headers.items() if key != name}
