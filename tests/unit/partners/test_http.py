"""One call to a partner, one clear outcome: repeated, refused, unavailable, and kept quiet."""

from contextlib import suppress
from decimal import Decimal

import pytest

from lola.errors import (
    PartnerAccessError,
    PartnerError,
    PartnerRefusedError,
    PartnerUnavailableError,
)
from lola.partners.http import BODY_LIMIT, JsonClient, Outgoing, Route, decode, encode

GET = Route(method="GET", path="/people/{phone}")
POST = Route(method="POST", path="/things")
PHONE = "+15550100001"


@pytest.fixture
def client(http, partner, sleep):
    return JsonClient(
        http,
        partner="bank",
        base_url=partner.url + "/v1/",
        headers={"api_key": "secret"},
        timeout=5,
        error_code=lambda body: body.get("code") if isinstance(body, dict) else None,
        sleep=sleep,
    )


async def test_a_path_value_is_percent_encoded(client, partner):
    """A plus in a path is sent as %2B, as reference/raas.md 5.3 asks."""
    partner.answer({})
    await client.call(GET, path={"phone": PHONE}, query={"a": "b c"})
    assert partner.requests[0][1] == "/v1/people/%2B15550100001?a=b+c"


async def test_a_value_cannot_leave_its_path_segment(client, partner):
    """Slashes and dots in a value do not reach another route."""
    partner.answer({})
    await client.call(GET, path={"phone": "../admin?x=1#y"})
    assert partner.requests[0][1] == "/v1/people/..%2Fadmin%3Fx%3D1%23y"


async def test_bodies_and_headers(client, partner):
    """A body is JSON with its content type; the key header goes with every call."""
    partner.answer({})
    await client.call(POST, body={"amount": Decimal("10.50")})
    _, _, raw, headers = partner.requests[0]
    assert raw == b'{"amount":10.5}'
    assert headers["Content-Type"] == "application/json"
    assert headers["api_key"] == "secret"


async def test_fractions_arrive_as_decimals(client, partner):
    """No figure of a partner ever becomes a float."""
    partner.answer({"rate": 17.1, "count": 2})
    answer = await client.call(POST, body={})
    assert answer == {"rate": Decimal("17.1"), "count": 2}
    assert isinstance(answer["rate"], Decimal)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_get_is_repeated_after_a_server_error(client, partner, pauses, status):
    """A GET may be repeated, after a growing pause."""
    partner.answer({"code": "X"}, status).answer("<h1>down</h1>", status).answer({"ok": True})
    assert await client.call(GET, path={"phone": PHONE}) == {"ok": True}
    assert pauses == [0.1, 0.2]


async def test_a_get_is_given_up_after_three_attempts(client, partner):
    """Repeats are bounded."""
    for _ in range(5):
        partner.answer({}, 500)
    with pytest.raises(PartnerUnavailableError):
        await client.call(GET, path={"phone": PHONE})
    assert len(partner.requests) == 3


async def test_a_post_is_never_repeated_after_a_server_error(client, partner):
    """Nobody knows whether a POST that met a 500 was carried out."""
    partner.answer({}, 500).answer({"ok": True})
    with pytest.raises(PartnerUnavailableError):
        await client.call(POST, body={})
    assert len(partner.requests) == 1


async def test_429_is_waited_out_as_the_partner_asks(client, partner, pauses):
    """A 429 did nothing, so even a POST is repeated, after Retry-After (reference/m2m.md 9.3)."""
    partner.answer({}, 429, {"Retry-After": "2"}).answer({"ok": True})
    assert await client.call(POST, body={}) == {"ok": True}
    assert pauses == [2.0]


async def test_429_with_a_long_wait_is_an_outage(client, partner, pauses):
    """A wait beyond the call's own time is not begun."""
    partner.answer({}, 429, {"Retry-After": "60"})
    with pytest.raises(PartnerUnavailableError):
        await client.call(GET, path={"phone": PHONE})
    assert pauses == []


@pytest.mark.parametrize("route", [GET, POST])
async def test_no_answer_in_time_is_an_outage(http, partner, sleep, route):
    """The time-out covers the whole call, and a hanging POST is not sent again."""
    client = JsonClient(
        http,
        partner="bank",
        base_url=partner.url,
        headers={},
        timeout=0.05,
        error_code=lambda _: None,
        sleep=sleep,
    )
    partner.hang()
    with pytest.raises(PartnerUnavailableError, match=r"no answer within 0\.05 s"):
        await client.call(route, path={"phone": PHONE})
    assert len(partner.requests) == 1


async def test_no_connection_is_an_outage_even_for_a_post(http, unused_tcp_port, sleep, pauses):
    """A refused connection is tried again, because certainly nothing was done."""
    client = JsonClient(
        http,
        partner="bank",
        base_url=f"http://127.0.0.1:{unused_tcp_port}",
        headers={},
        timeout=5,
        error_code=lambda _: None,
        sleep=sleep,
    )
    with pytest.raises(PartnerUnavailableError, match="no connection"):
        await client.call(POST, body={})
    assert len(pauses) == 2


@pytest.fixture
def unused_tcp_port():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


@pytest.mark.parametrize("code", ["ERROR_ANYTHING", "Brand-new.Code"])
async def test_a_definite_no_keeps_its_code(client, partner, code):
    """Unknown codes are kept as they came (reference/m2m.md 2.6)."""
    partner.answer({"code": code, "reason": "no"}, 409)
    with pytest.raises(PartnerRefusedError) as caught:
        await client.call(POST, body={})
    assert (caught.value.partner_code, caught.value.status) == (code, 409)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"reason": "no code"}),
        (404, {"code": 404}),
        (404, {"code": f"user {PHONE} not found"}),
        (404, ["x"]),
        (404, "<h1>Not Found</h1>"),
        (200, "<h1>Welcome</h1>"),
        (200, ""),
        (301, {"code": "MOVED"}),
    ],
)
async def test_anything_else_is_an_outage(client, partner, status, body):
    """Pages, redirects and errors without a usable code come from something in between."""
    partner.answer(body, status, {"Location": "/elsewhere"})
    with pytest.raises(PartnerUnavailableError):
        await client.call(POST, body={})
    assert len(partner.requests) == 1


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, {}, "ok"),
        (409, {"code": "NO"}, "refused"),
        (401, {"code": "NO"}, "denied"),
        (500, {}, "unavailable"),
        (200, "<h1>", "unavailable"),
    ],
)
async def test_each_call_is_observed_once(http, partner, sleep, status, body, outcome):
    """With the route's template, the outcome and a duration, repeats included."""
    seen = []
    client = JsonClient(
        http,
        partner="bank",
        base_url=partner.url,
        headers={},
        timeout=5,
        error_code=lambda body: body.get("code"),
        problem=lambda _route, status, _: (
            PartnerAccessError("bank", "no", status=status, is_scope=False)
            if status == 401
            else None
        ),
        observe=lambda *call: seen.append(call),
        sleep=sleep,
    )
    for _ in range(3):
        partner.answer(body, status)
    with suppress(PartnerError):
        await client.call(GET, path={"phone": PHONE})
    ((name, route, ended, seconds),) = seen
    assert (name, route, ended) == ("bank", "GET /people/{phone}", outcome)
    assert seconds >= 0


async def test_a_transport_sees_both_ways(http, partner, sleep):
    """What is sent and what comes back pass through it; what it cannot read is an outage."""

    class Reversed:
        def send(self, path, body):
            return Outgoing(path=f"/sealed{path}", headers={"X-Sealed": "1"}, body=body[::-1])

        def receive(self, content_type, body):
            if content_type != "application/json":
                raise ValueError(content_type)
            return b'{"opened": true}'

    client = JsonClient(
        http,
        partner="bank",
        base_url=partner.url,
        headers={"api_key": "k"},
        timeout=5,
        error_code=lambda _: None,
        transport=Reversed(),
        sleep=sleep,
    )
    partner.answer({}).answer("<h1>")
    assert await client.call(POST, body={"a": 1}) == {"opened": True}
    _, path, raw, headers = partner.requests[0]
    assert (path, raw, headers["X-Sealed"], headers["api_key"]) == (
        "/sealed/things",
        b'{"a":1}'[::-1],
        "1",
        "k",
    )
    with pytest.raises(PartnerUnavailableError, match="without JSON"):
        await client.call(POST, body={"a": 1})


async def test_an_endless_body_is_an_outage(client, partner):
    """A body beyond the limit is not read to its end."""
    partner.answer({"long": "x" * BODY_LIMIT})
    with pytest.raises(PartnerUnavailableError):
        await client.call(POST, body={})


async def test_error_texts_hold_no_number_and_no_body(client, partner):
    """A telephone number in the path or the response never reaches an exception's text."""
    partner.answer({"code": "NO", "reason": f"no user {PHONE}"}, 404)
    with pytest.raises(PartnerRefusedError) as caught:
        await client.call(GET, path={"phone": PHONE})
    assert "5550100001" not in str(caught.value)
    assert "{phone}" in str(caught.value)


@pytest.mark.parametrize("raw", [b"NaN", b'{"a": Infinity}', b"\xff", b"[" * 100_000, None, b""])
def test_decode_refuses_what_is_not_json(raw):
    """Not-a-number figures, broken text and endless nesting are ValueError, never a crash."""
    with pytest.raises(ValueError):
        decode(raw)


def test_encode_refuses_what_it_does_not_know():
    """Only decimals are converted."""
    with pytest.raises(TypeError):
        encode({"a": object()})
