"""M2M webhooks: only theirs, only fresh, read without a loss, one id per event."""

import hashlib
import hmac
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.errors import MalformedPayloadError, SignatureError
from lola.partners.m2m import M2MEvent, parse, sign, verify

SECRET = "whsec_abc123def456ghi789"
BODY = '{"event":"link.opened","timestamp":"2026-02-10T12:00:00.000Z","data":{"ñ":1}}'.encode()


@pytest.fixture
def now(clock):
    return clock()


@pytest.fixture
def headers(now):
    stamp = str(int(now.timestamp()))
    return {"X-M2M-Timestamp": stamp, "X-M2M-Signature": sign(SECRET, stamp, BODY)}


def test_the_documented_recipe(now):
    """The signature is HMAC-SHA256 over `timestamp.body` in lower-case hex
    (reference/m2m.md 7.3).
    """
    stamp = str(int(now.timestamp()))
    digest = hmac.new(SECRET.encode(), f"{stamp}.".encode() + BODY, hashlib.sha256).hexdigest()
    headers = {"X-M2M-Timestamp": stamp, "X-M2M-Signature": f"sha256={digest}"}
    assert sign(SECRET, stamp, BODY) == headers["X-M2M-Signature"]
    verify(SECRET, headers, BODY, now)


def test_header_names_are_read_in_any_case(headers, now):
    """HTTP header names have no case."""
    verify(SECRET, {name.lower(): value for name, value in headers.items()}, BODY, now)


@pytest.mark.parametrize("secrets", [("old", SECRET), (SECRET, "new"), ("", SECRET)])
def test_two_secrets_during_a_rotation(headers, now, secrets):
    """Any of the given secrets may have signed."""
    verify(secrets, headers, BODY, now)


@pytest.mark.parametrize("secrets", ["", (), ("",), "whsec_other", ("a", "b")])
def test_a_wrong_or_empty_secret_is_refused(headers, now, secrets):
    """Without a configured secret nothing is accepted, not even a body signed with nothing."""
    stamp = headers["X-M2M-Timestamp"]
    for signature in (headers["X-M2M-Signature"], sign("", stamp, BODY)):
        with pytest.raises(SignatureError):
            verify(secrets, headers | {"X-M2M-Signature": signature}, BODY, now)


@pytest.mark.parametrize("age", [-300, 0, 300])
def test_a_timestamp_at_the_edge_is_accepted(age, now):
    """300 seconds either way are tolerated (reference/m2m.md 9.3)."""
    stamp = str(int(now.timestamp()) - age)
    verify(SECRET, _signed(stamp), BODY, now)


@pytest.mark.parametrize("age", [-301, 301, 86_400])
def test_an_old_or_future_timestamp_is_refused(age, now):
    """A well-signed but stale webhook is a replay."""
    stamp = str(int(now.timestamp()) - age)
    with pytest.raises(SignatureError):
        verify(SECRET, _signed(stamp), BODY, now)


def test_the_tolerance_can_be_set(now):
    """The tolerance is configurable (reference/m2m.md 10.79)."""
    verify(SECRET, _signed(str(int(now.timestamp()) - 900)), BODY, now, tolerance=900)


@pytest.mark.parametrize(
    "change",
    [
        {"X-M2M-Signature": None},
        {"X-M2M-Timestamp": None},
        {"X-M2M-Timestamp": ""},
        {"X-M2M-Timestamp": "soon"},
        {"X-M2M-Timestamp": "-1"},
        {"X-M2M-Timestamp": "١٧"},
        {"X-M2M-Timestamp": "9" * 5000},
        {"X-M2M-Signature": ""},
        {"X-M2M-Signature": "sha256="},
        {"X-M2M-Signature": "sha256=ñandú"},
        {"X-M2M-Signature": "sha256=\udcff\udcfe"},
        {"X-M2M-Signature": "sha1=" + "0" * 64},
    ],
)
def test_missing_and_odd_headers_are_refused(headers, now, change):
    """A header that is missing, empty, not ASCII or of another form is a refusal, never a crash."""
    broken = {name: value for name, value in (headers | change).items() if value is not None}
    with pytest.raises(SignatureError):
        verify(SECRET, broken, BODY, now)


def test_the_prefix_is_required(headers, now):
    """The bare digest is refused (reference/m2m.md 10.80)."""
    bare = headers["X-M2M-Signature"].removeprefix("sha256=")
    with pytest.raises(SignatureError):
        verify(SECRET, headers | {"X-M2M-Signature": bare}, BODY, now)


@given(position=st.integers(0, len(BODY) - 1), flip=st.integers(1, 255))
def test_any_changed_byte_is_found(position, flip):
    """A body that differs in one byte is refused."""
    from datetime import UTC, datetime

    now = datetime(2026, 2, 10, 12, tzinfo=UTC)
    tampered = bytearray(BODY)
    tampered[position] ^= flip
    with pytest.raises(SignatureError):
        verify(SECRET, _signed(str(int(now.timestamp()))), bytes(tampered), now)


def test_the_timestamp_is_signed_too(headers, now):
    """A fresh timestamp on an old signature is refused."""
    later = str(int((now + timedelta(seconds=1)).timestamp()))
    with pytest.raises(SignatureError):
        verify(SECRET, headers | {"X-M2M-Timestamp": later}, BODY, now)


def test_an_event_is_read(now):
    """Name, instant and data come out; unknown members are ignored (reference/m2m.md 7.2)."""
    body = {
        "event": "operation.created",
        "timestamp": "2026-02-10T12:00:00.000Z",
        "data": {"operationId": "op_1", "amount": {"send": 100, "rate": 17.25}},
        "extra": True,
    }
    event = parse(json.dumps(body).encode())
    assert (event.name, event.timestamp) == ("operation.created", now)
    assert Decimal(str(event.data["amount"]["rate"])) == Decimal("17.25")
    assert event.data["amount"] == {"send": 100, "rate": "17.25"}


def test_unknown_events_are_read_too():
    """The catalogue may grow (reference/m2m.md 10.100)."""
    body = b'{"event":"operation.completed","timestamp":"2026-02-10T12:00:00Z","data":{}}'
    assert parse(body).name == "operation.completed"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"event":"","timestamp":"2026-02-10T12:00:00Z","data":{}}',
        b'{"event":5,"timestamp":"2026-02-10T12:00:00Z","data":{}}',
        b'{"event":"a","timestamp":"2026-02-10T12:00:00","data":{}}',
        b'{"event":"a","timestamp":"yesterday","data":{}}',
        b'{"event":"a","timestamp":"2026-02-10T12:00:00Z","data":[]}',
        b'{"event":"a","timestamp":"2026-02-10T12:00:00Z"}',
    ],
)
def test_a_body_that_is_no_event_is_malformed(body):
    """Broken bodies are MalformedPayloadError whatever is wrong with them."""
    with pytest.raises(MalformedPayloadError):
        parse(body)


def test_a_repeat_has_the_same_id_and_another_event_another(now):
    """There is no delivery id, so the id follows from event, link, operation and status."""
    first = _event("operation.created", now, linkId="l1", operationId="o1", status="created")
    repeat = _event(
        "operation.created",
        now + timedelta(hours=2),
        linkId="l1",
        operationId="o1",
        status="created",
        note="x",
    )
    others = [
        _event("operation.cancelled", now, linkId="l1", operationId="o1", status="created"),
        _event("operation.created", now, linkId="l2", operationId="o1", status="created"),
        _event("operation.created", now, linkId="l1", operationId="o2", status="created"),
        _event("operation.created", now, linkId="l1", operationId="o1", status="failed"),
        _event("operation.created", now, linkId="l1o1", status="created"),
    ]
    assert first.id == repeat.id
    assert len({event.id for event in [first, *others]}) == 6


def _event(name, at, **data):
    return M2MEvent(name=name, timestamp=at, data=data)


def _signed(stamp):
    return {"X-M2M-Timestamp": stamp, "X-M2M-Signature": sign(SECRET, stamp, BODY)}
