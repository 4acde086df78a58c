"""Conformance, items 56 to 64: the webhooks, signed and delivered (reference/raas.md 9)."""

import base64
import hashlib
import hmac
import json

import pytest
import structlog

from lola.errors import MalformedPayloadError, SignatureError
from lola.partners.payhub.bodies import FullRequest
from lola.partners.payhub.webhooks import PHASES, parse, sign, verify
from lola.sandbox.payhub.hooks import Hooks
from tests.contract.raas.conftest import ANA, FULL, registration

SECRET = "a-shared-secret"
BODY = b'{"correlationId": "c-1", "status": "Sent"}'
QUICK = b"The quick brown fox jumps over the lazy dog"
"""The text of the well-known vector of HMAC-SHA256 with the key `key`."""
OUTCOME = {
    "eventType": "request_money_full_outcome",
    "correlationId": "550e8400-e29b-41d4-a716-446655440000",
    "status": "Failed",
    "date": "2026-04-24T12:35:10.000Z",
    "errorCode": "ERROR_CIP_NOT_COMPLETED",
    "reason": "x",
    "phase": "cip",
}


def signed(body, secret=SECRET):
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {"X-RaaS-Signature": base64.b64encode(digest).decode()}


@pytest.fixture
def hooked(sandbox, receiver):
    sandbox.payhub.hooks.urls = (receiver.url,)
    return sandbox.payhub.hooks


@pytest.mark.raas(56)
def test_the_signature_is_over_the_raw_bytes():
    """One flipped byte or another spelling of the same JSON is refused."""
    assert sign("key", QUICK) == "97yD9DBThCSxMpjmqm+xQ+9NWaFJRhdZl0edvC0aPNg="
    verify((SECRET,), signed(BODY), BODY)
    verify(("old", SECRET), signed(BODY), BODY)
    for other in (BODY.replace(b"1", b"2"), json.dumps(json.loads(BODY)).encode() + b" "):
        with pytest.raises(SignatureError):
            verify((SECRET,), signed(BODY), other)


@pytest.mark.raas(57)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-raas-signature": ""},
        {"x-raas-signature": "no base64!"},
        {"x-raas-signature": "\udcff"},
        {"x-raas-signature": signed(BODY)["X-RaaS-Signature"][:-1]},
        signed(BODY, "another"),
    ],
)
def test_a_bad_signature_is_a_clean_refusal(headers):
    """Missing, malformed and wrong ones have one text; without a secret nothing is accepted."""
    with pytest.raises(SignatureError, match="missing or wrong"):
        verify((SECRET,), headers, BODY)
    with pytest.raises(SignatureError):
        verify(("",), signed(BODY, ""), BODY)


@pytest.mark.raas(58)
def test_events_are_told_apart_by_their_kind():
    """A status update has no `eventType`; one that we do not know is neither."""
    kinds = [
        parse(json.dumps(body).encode()).kind
        for body in (
            {"correlationId": "c", "status": "Sent"},
            OUTCOME,
            {"eventType": "something_new", "correlationId": "c", "status": "x"},
        )
    ]
    assert kinds == ["status", "outcome", "other"]
    for broken in (b"", b"[]", b"{}", b'{"status": "Sent"}', b'{"correlationId": 7}', b"\xff"):
        with pytest.raises(MalformedPayloadError):
            parse(broken)


@pytest.mark.raas(59)
@pytest.mark.parametrize(
    ("code", "phase"),
    [
        ("ERROR_CIP_NOT_COMPLETED", "cip"),
        ("ERROR_CONTACT_NOT_FOUND", "contact"),
        ("CARD_VERIFICATION_ERROR", "payment_method"),
        ("ERROR_INVALID_OPERATION", "request_money"),
        ("ERROR_INTERNAL_SERVER_ERROR", "unknown"),
    ],
)
async def test_the_fields_of_an_outcome(api, sandbox, hooked, receiver, code, phase):
    """A failure has a code, a reason and one of five phases; an acceptance has none of them."""
    request = FullRequest.model_validate(FULL | {"reason": f"sandbox:{code}"})
    await api.request_money_full(registration(), request)
    sandbox.clock.advance(1)
    _, raw = await receiver.next()
    failed = parse(raw)
    assert (failed.status, failed.error_code, failed.phase) == ("Failed", code, phase)
    assert phase in PHASES
    accepted = FullRequest.model_validate(FULL | {"correlationId": "c-2"})
    await api.request_money_full(registration(), accepted)
    sandbox.clock.advance(1)
    _, raw = await receiver.next()
    assert set(json.loads(raw)) == {"eventType", "correlationId", "status", "date"}
    unknown = json.dumps(OUTCOME | {"phase": "a new one"}).encode()
    assert parse(unknown).phase == ""


@pytest.mark.raas(60, 61)
async def test_every_address_is_called_again(sandbox, hooked, receiver, until):
    """After a second, five times, five seconds apart, all addresses while one of them fails."""
    hooked.urls = (receiver.url, receiver.url)
    receiver.statuses = [200, 500] * 5
    hooked.send(OUTCOME, "US")
    sandbox.clock.advance(0.9)
    assert receiver.count == 0
    for attempt in range(5):
        sandbox.clock.advance(0.1 if attempt == 0 else 5)
        _, first = await receiver.next()
        _, second = await receiver.next()
        assert first == second
    await until(lambda: hooked.failed == [OUTCOME])
    assert hooked.timeout == 30


@pytest.mark.raas(62)
async def test_nowhere_to_send(sandbox):
    """Without an address or a secret nothing is sent, and a warning says so."""
    hooks = Hooks(sandbox.clock, secret="")
    hooks.start()
    try:
        hooks.urls = ("http://127.0.0.1:9/",)
        with structlog.testing.capture_logs() as logs:
            assert hooks.send(OUTCOME, "US") is False
            hooks.secret, hooks.urls = SECRET, ()
            assert hooks.send(OUTCOME, "US") is False
        assert [entry["log_level"] for entry in logs] == ["warning", "warning"]
    finally:
        await hooks.stop()


@pytest.mark.raas(63)
def test_a_duplicate_has_the_same_id():
    """Two deliveries of one event are one; another status or kind is another event."""
    body = json.dumps(OUTCOME).encode()
    again = parse(body + b"\n")
    assert parse(body).id == again.id
    others = [{"status": "Accepted"}, {"correlationId": "c"}, {"date": "later"}]
    ids = {parse(json.dumps(OUTCOME | change).encode()).id for change in others}
    assert len(ids | {again.id}) == 4


@pytest.mark.raas(64)
async def test_the_country_of_the_tenant(sandbox, hooked, receiver):
    """The header goes along and may be empty: it is no part of the check."""
    for country in ("MX", ""):
        hooked.send({"correlationId": "c", "status": "Sent"}, country)
        sandbox.clock.advance(1)
        headers, raw = await receiver.next()
        assert headers["x-raas-op-country"] == country
        verify((hooked.secret,), headers, raw)


async def test_a_status_update_of_the_sandbox(api, sandbox, hooked, receiver):
    """A tester moves an operation on, and its webhook says so (reference/raas.md 9.2)."""
    ana = sandbox.senders.find(ANA)
    moved = sandbox.payhub.operations.advance(ana["operations"][1]["correlationId"], "Completed")
    sandbox.clock.advance(1)
    _, raw = await receiver.next()
    event = parse(raw)
    assert (event.kind, event.status) == ("status", "Completed")
    assert (await api.operation(moved["correlationId"])).status == "Completed"
    with pytest.raises(ValueError):
        sandbox.payhub.operations.advance(moved["correlationId"], "Sent")
