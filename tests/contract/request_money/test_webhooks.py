"""Conformance, items 33 to 53: webhooks from both ends."""

import hashlib
import hmac
import json
from datetime import timedelta
from uuid import UUID

import pytest

from lola.errors import MalformedPayloadError, SignatureError
from lola.partners.request_money import RequestMoneyEvent, parse, sign, verify
from lola.partners.request_money.webhooks import IDENTITY
from lola.sandbox.request_money.deliveries import PAUSES
from lola.sandbox.server import REQUEST_HOME
from tests.contract.request_money.conftest import wanted
from tests.unit.sandbox.conftest import NOW

SECRET = "wh-secret-of-the-partner"
BODY = (
    b'{"event":"operation_updated","data":{"referenceId":"OpBnK001"},'
    b'"timestamp":"2026-02-10T12:00:00.000Z"}'
)
SECONDS = int(NOW.timestamp())


@pytest.fixture
def reporting(change_partner, receiver):
    """The partner record names a receiver and a secret."""
    return change_partner(webhookUrl=receiver.url, webhookSecret=SECRET)


@pytest.mark.item(33, 35, 36, 37, 38, 39, 41)
async def test_a_created_request(reporting, create, next_event, described):
    """Envelope, headers, signature over `t.body`, and the whole operation."""
    await create(wanted())
    headers, raw, _ = await next_event("operation_created")
    body = json.loads(raw)
    described.check_event(raw)
    assert set(body) == {"event", "data", "timestamp"}
    assert headers["X-Webhook-Event"] == body["event"] == "operation_created"
    assert headers["Content-Type"] == "application/json"
    assert UUID(headers["X-Webhook-Delivery-Id"]).version == 4
    digest = hmac.new(SECRET.encode(), f"{SECONDS}.".encode() + raw, hashlib.sha256).hexdigest()
    assert (
        headers["X-Webhook-Signature"] == f"t={SECONDS},v1={digest}" == sign(SECRET, SECONDS, raw)
    )
    data = body["data"]
    assert (data["partnerId"], data["status"]) == (REQUEST_HOME, "pending")
    assert (data["amount"], data["currency"], data["expiresInMinutes"]) == (150.5, "GTQ", 120)
    assert (data["userReferenceId"], data["id"]) == ("user-8842", "OpBnK001")
    assert data["requestData"] == wanted()["requestData"]
    assert {"createdAt", "updatedAt", "waLink", "landingLink"} <= set(data)


@pytest.mark.item(42)
async def test_an_updated_request(reporting, create, set_status, next_event, described, sandbox):
    """The same shape with the new status, its text and its time."""
    await create(wanted())
    sandbox.clock.advance(60)
    body = {
        "partnerId": REQUEST_HOME,
        "referenceId": "OpBnK001",
        "status": "processing",
        "statusDetails": "The payer confirmed.",
    }
    await set_status(body)
    created = json.loads((await next_event("operation_created"))[1])["data"]
    _, raw, event = await next_event("operation_updated")
    described.check_event(raw)
    data = json.loads(raw)["data"]
    assert set(data) == set(created)
    assert (data["status"], data["statusDetails"]) == ("processing", "The payer confirmed.")
    assert data["updatedAt"] > created["updatedAt"] == data["createdAt"]
    assert event.reference == "OpBnK001"


@pytest.mark.item(43, 44, 45)
@pytest.mark.parametrize(
    ("body", "status", "name"),
    [
        (wanted(last_name="OFAC"), 403, "OFAC_HIT"),
        (wanted(last_name="OUTAGE"), 503, "ServiceUnavailableException"),
        (wanted(last_name="BROKEN"), 500, "Error"),
        (wanted(currency="gtq"), 422, "UnprocessableEntityException"),
        (None, 400, "BadRequestException"),
    ],
)
async def test_errors_of_a_creation(reporting, create, next_event, described, body, status, name):
    """Each failure is also an event with its class and status; 500 for one that is no HTTP one."""
    found, _ = await (create(body) if body else create(None, raw=b"[]"))
    _, raw, event = await next_event("operation_error")
    described.check_event(raw)
    assert found == status == event.data["statusCode"]
    assert (event.text("errorCode"), event.text("method")) == (name, "POST")
    assert event.text("path") == "/v1/request-money"
    assert event.reference == ("OpBnK001" if body else "")


@pytest.mark.item(43, 44)
async def test_an_error_of_an_update(reporting, set_status, next_event):
    """A missing remittance is reported; a wrong key or secret is not, the partner is unknown."""
    body = {"partnerId": REQUEST_HOME, "referenceId": "Unknown1", "status": "completed"}
    await set_status(body, secret="wrong")
    await set_status(body)
    _, _, event = await next_event("operation_error")
    assert (event.text("errorCode"), event.data["statusCode"]) == ("NotFoundException", 404)
    assert event.text("path") == "/v1/internal/remittances/status"


@pytest.mark.item(34, 36, 50)
async def test_retries(reporting, create, receiver, sandbox, until):
    """Body, delivery id and time stay, the signature is new; after six attempts it has failed."""
    receiver.statuses = [500] * 6
    await create(wanted())
    seen = [await receiver.next()]
    for number, pause in enumerate(PAUSES, start=1):
        await until(lambda n=number: sandbox.requests.deliveries.all()[0]["attempts"] == n)
        sandbox.clock.advance(pause.total_seconds())
        seen.append(await receiver.next())
    await until(lambda: sandbox.requests.deliveries.all()[0]["status"] == "failed")
    assert len({raw for _, raw in seen}) == 1
    assert len({headers["X-Webhook-Delivery-Id"] for headers, _ in seen}) == 1
    assert len({headers["X-Webhook-Signature"] for headers, _ in seen}) == 6
    await create(wanted("Ab3xY9mK"))
    headers, _ = await receiver.next()
    assert headers["X-Webhook-Delivery-Id"] != seen[0][0]["X-Webhook-Delivery-Id"]


@pytest.mark.item(37, 47)
async def test_without_a_secret_nothing_is_signed(reporting, control, create, receiver):
    """A cleared secret ends signing; one of seven characters is refused; one can be overwritten."""
    path = "/request-money/partner"
    assert (await control("PATCH", path, {"webhookSecret": "1234567"}))[0] == 400
    assert (await control("PATCH", path, {"webhookSecret": ""}))[0] == 204
    await create(wanted())
    headers, raw = await receiver.next()
    assert "X-Webhook-Signature" not in headers
    with pytest.raises(SignatureError):
        verify((), headers, raw, NOW)
    assert (await control("PATCH", path, {"webhookSecret": "another-secret"}))[0] == 204
    await create(wanted("Ab3xY9mK"))
    headers, raw = await receiver.next()
    verify(("another-secret",), headers, raw, NOW)


@pytest.mark.item(46, 48)
async def test_addresses(control, create, sandbox):
    """Only https, or http on loopback in this sandbox; without an address nothing is queued."""
    for url in ("http://bank.example/hook", "ftp://bank.example", "bank.example"):
        assert (await control("PATCH", "/request-money/partner", {"webhookUrl": url}))[0] == 400
    assert (await control("PATCH", "/request-money/partner", {"webhookUrl": ""}))[0] == 204
    await create(wanted())
    assert sandbox.requests.deliveries.all() == []


@pytest.mark.item(49)
async def test_a_queued_event_keeps_its_address(
    reporting, create, receiver, change_partner, sandbox, until
):
    """A new address is for new events only."""
    receiver.statuses = [503]
    await create(wanted())
    await receiver.next()
    await until(lambda: sandbox.requests.deliveries.all()[0]["attempts"] == 1)
    change_partner(webhookUrl=f"{receiver.url}/elsewhere")
    sandbox.clock.advance(PAUSES[0].total_seconds())
    headers, _ = await receiver.next()
    assert headers["X-Webhook-Event"] == "operation_created"


def signed(body=BODY, seconds=SECONDS, secret=SECRET):
    return {"X-Webhook-Signature": sign(secret, seconds, body)}


@pytest.mark.item(38, 39, 40)
def test_what_is_accepted():
    """Raw bytes and 300 seconds both ways; header names in any case; one match of several parts."""
    for offset in (-300, 0, 300):
        verify((SECRET,), signed(seconds=SECONDS + offset), BODY, NOW)
    verify(("old", SECRET), {"x-webhook-signature": sign(SECRET, SECONDS, BODY)}, BODY, NOW)
    several = f"t={SECONDS}, v1={'0' * 64}, {sign(SECRET, SECONDS, BODY).split(',')[1]}"
    verify((SECRET,), {"X-Webhook-Signature": several}, BODY, NOW)


@pytest.mark.item(40)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Webhook-Signature": ""},
        {"X-Webhook-Signature": f"t={SECONDS}"},
        {"X-Webhook-Signature": f"v1={sign(SECRET, SECONDS, BODY).split('=')[-1]}"},
        {"X-Webhook-Signature": f"t={SECONDS},v1=\udcff"},
        {"X-Webhook-Signature": f"t=١٢٣,v1={'0' * 64}"},
        {"X-Webhook-Signature": sign(SECRET, SECONDS, BODY).upper()},
        {
            "X-Webhook-Signature": sign(SECRET, SECONDS, BODY).replace(
                str(SECONDS), str(SECONDS + 1)
            )
        },
        signed(seconds=SECONDS - 301),
        signed(seconds=SECONDS + 301),
        signed(secret="another"),
        signed(secret=""),
        signed(body=BODY + b" "),
        signed(body=json.dumps(json.loads(BODY), indent=1).encode()),
    ],
)
def test_what_is_refused(headers):
    """A missing, wrong, old or early signature, one of other bytes, and one of no secret."""
    for secrets in ((SECRET,), ("", SECRET)):
        with pytest.raises(SignatureError):
            verify(secrets, headers, BODY, NOW)
    with pytest.raises(SignatureError):
        verify(("",), headers, BODY, NOW)


@pytest.mark.item(51)
def test_an_id_per_event():
    """Every retry has the same id, another header cannot change it, and each fact has its own."""
    event = parse(BODY)
    assert event.id == parse(json.dumps(json.loads(BODY), indent=2).encode()).id
    others = [
        RequestMoneyEvent(name=event.name, timestamp=event.timestamp, data={name: "x"})
        for name in IDENTITY
    ]
    later = RequestMoneyEvent(
        name=event.name, timestamp=event.timestamp + timedelta(seconds=1), data=event.data
    )
    assert len({event.id, later.id, *(other.id for other in others)}) == len(IDENTITY) + 2


@pytest.mark.item(52)
def test_the_header_must_name_the_event():
    """A body whose event is not the header's is not read any further."""
    assert parse(BODY, "operation_updated").name == "operation_updated"
    with pytest.raises(MalformedPayloadError):
        parse(BODY, "operation_created")


@pytest.mark.item(53)
async def test_private_data_is_dropped(reporting, create, next_event):
    """Nothing of `requestData` is left after reading, so that no log can have it."""
    await create(wanted())
    _, raw, event = await next_event("operation_created")
    assert b"0123456789012" in raw
    assert "requestData" not in event.data
    assert "0123456789012" not in repr(event)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"event": "operation_updated"}',
        BODY.replace(b"2026-02-10T12:00:00.000Z", b"yesterday"),
        b'{"event": 1, "data": {}, "timestamp": "2026-02-10T12:00:00.000Z"}',
        b'{"event": "x", "data": [], "timestamp": "2026-02-10T12:00:00.000Z"}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_unreadable_bodies(body):
    """A signed body of another form is a typed error and no other one."""
    with pytest.raises(MalformedPayloadError):
        parse(body)
