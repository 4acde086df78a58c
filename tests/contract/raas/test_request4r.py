"""Conformance, items 65 to 70 of reference/raas.md 16: bodies encrypted both ways.

Two key pairs, as a tenant and the partner have them; the stand-in is a gateway of its own.
"""

import base64
import json
import re
from functools import cache

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc import jwe
from joserfc.jwk import RSAKey

from lola.app.partners import payhub_transport
from lola.errors import ConfigurationError, PartnerUnavailableError
from lola.partners.customer_records import Person
from lola.partners.payhub import PayhubClient, PayhubRecords, PayhubRequests
from lola.partners.payhub.request4r import (
    BODY_LIMIT,
    PREFIX,
    JweError,
    JweKeys,
    Request4RTransport,
    SkippedTransport,
)
from lola.partners.payhub.routes import ROUTES
from lola.sandbox.payhub.request4r import COMPACT, document
from lola.settings import load_settings
from tests.unit.sandbox.conftest import (  # noqa: F401 - fixtures
    credentials,
    http,
    sandbox,
    sleep,
    until_fixture,
)

VERIFIED = "+15550100001"
TEXT = b'{"amount":100}'
HEADER = {"alg": "RSA-OAEP-256", "enc": "A256GCM"}


@cache
def pair(name, bits=2048):
    """Return a private and a public key as PEM, the same ones for the same name."""
    key = generate_private_key(65537, bits)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


OURS, THEIRS = "ours-2026", "theirs-2026"


def keys(own=OURS, other=THEIRS, **options):
    return JweKeys(private={own: pair(own)[0]}, public={other: pair(other)[1]}, **options)


@pytest.fixture
def us():
    return keys()


@pytest.fixture
def them():
    return keys(THEIRS, OURS)


@pytest.fixture
def secured(sandbox, us):  # noqa: F811 - the fixture above
    """A sandbox with the other pair of keys, and our transport for it."""
    sandbox.request4r.enable(private={THEIRS: pair(THEIRS)[0]}, public={OURS: pair(OURS)[1]})
    return Request4RTransport(us)


@pytest.fixture
def client_with(sandbox, credentials, http, sleep):  # noqa: F811 - the fixtures above
    """Return the identity client and the records client on a transport."""

    def build(transport):
        options = {
            "base_url": f"{sandbox.url}/raas/v1",
            "api_key": credentials.raas_api_key,
            "timeout": 5,
            "transport": transport,
            "sleep": sleep,
        }
        requests = PayhubRequests(http, **options)
        return PayhubClient(requests, clock=sandbox.clock), PayhubRecords(requests)

    return build


@pytest.fixture
def post(sandbox, credentials, http):  # noqa: F811 - the fixtures above
    """Call the gateway with a plain HTTP client."""

    async def post_(path, body, **headers):
        url = f"{sandbox.url}/raas/v1{PREFIX}{path}"
        sent = {"api_key": credentials.raas_api_key, "Content-Type": "text/plain", **headers}
        async with http.post(url, data=body, headers=sent) as response:
            return response.status, response.headers, await response.read()

    return post_


@pytest.mark.raas(65)
@pytest.mark.parametrize("name", sorted(ROUTES))
async def test_every_route_has_its_place_below_the_prefix(http, sleep, us, them, name):  # noqa: F811
    """The method stays, the path follows the prefix; bodies are JWE, and no route knows of it."""
    seen = []

    async def handle(request):
        raw = await request.read()
        seen.append((request.method, request.path, request.content_type, raw))
        sealed = them.encrypt(b'{"ok": true}')
        return web.Response(body=sealed, content_type="application/jose")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    route = ROUTES[name]
    values = dict.fromkeys(re.findall(r"\{(\w+)\}", route.path), "x")
    body = None if route.method == "GET" else {"amount": 100}
    async with TestServer(app) as server:
        requests = PayhubRequests(
            http,
            base_url=f"http://127.0.0.1:{server.port}/v1",
            api_key="k",
            timeout=5,
            transport=Request4RTransport(us),
            sleep=sleep,
        )
        answer = await requests._http.call(route, path=values, body=body)
    assert answer == {"ok": True}
    method, path, kind, raw = seen[0]
    assert (method, path) == (route.method, f"/v1{PREFIX}{route.path.format(**values)}")
    operation = document()["paths"][PREFIX + route.path][method.lower()]
    assert ("requestBody" in operation) is (body is not None)
    if body is not None:
        assert kind == "text/plain"
        assert re.fullmatch(COMPACT, raw.decode())
        assert them.decrypt(raw) == TEXT


@pytest.mark.raas(66)
async def test_a_round_trip(secured, client_with):
    """Reads, writes and refusals work as they do in the clear."""
    client, records = client_with(secured)
    ana = await client.find_sender(VERIFIED)
    assert (ana.first_name, ana.verdict) == ("Ana", "passed")
    assert await client.find_sender("+15559999999") is None
    son = Person(first_name="José", last_name="Ruiz", phone="+15550100777", country="US")
    await records.save_recipient(ana.user_id, son, is_new=True)
    assert "José" in {row.first_name for row in await client.recipients(ana.user_id)}
    assert await client.validate_account("MX", "014027000005555558")


@pytest.mark.raas(66)
async def test_another_key(client_with, sandbox, us):  # noqa: F811
    """A request for another receiver is refused, an answer for another receiver is an outage."""
    stranger = pair("stranger")
    sandbox.request4r.enable(private={"k": stranger[0]}, public={OURS: pair(OURS)[1]})
    _, records = client_with(Request4RTransport(us))
    client, _ = client_with(Request4RTransport(us))
    with pytest.raises(Exception, match="ERROR_INVALID_JWE_PAYLOAD"):
        await records.limits("x")
    sandbox.request4r.enable(private={"k": pair(THEIRS)[0]}, public={"k": stranger[1]})
    with pytest.raises(PartnerUnavailableError):
        await client.find_sender(VERIFIED)


def test_the_kid_chooses_the_key(them):
    """Two private keys in a rotation; a known name means one key, an unknown one any of them."""
    both = JweKeys(
        private={"old": pair("old")[0], OURS: pair(OURS)[0]}, public={THEIRS: pair(THEIRS)[1]}
    )
    for kid, name in (("old", "old"), (OURS, OURS), ("their-own-name", "old"), (None, OURS)):
        header = HEADER | ({"kid": kid} if kid else {})
        text = jwe.encrypt_compact(
            header, TEXT, RSAKey.import_key(pair(name)[1]), list(HEADER.values())
        )
        assert both.decrypt(text.encode()) == TEXT
    crossed = jwe.encrypt_compact(
        HEADER | {"kid": "old"}, TEXT, RSAKey.import_key(pair(OURS)[1]), list(HEADER.values())
    )
    with pytest.raises(JweError):
        both.decrypt(crossed.encode())


def header_of(text):
    part = text.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_what_the_header_says(us):
    """Only `alg` and `enc`, and the key's name where the operator wants it."""
    assert header_of(us.encrypt(TEXT)) == HEADER
    assert header_of(keys(send_kid=True).encrypt(TEXT)) == HEADER | {"kid": THEIRS}


@pytest.mark.raas(67)
@pytest.mark.parametrize(
    "header",
    [
        {"alg": "RSA-OAEP"},
        {"alg": "RSA1_5"},
        {"enc": "A128GCM"},
        {"enc": "A256CBC-HS512"},
        {"zip": "DEF"},
        {"crit": ["exp"], "exp": 1},
        {"jku": "https://keys.example"},
        {"jwk": {"kty": "oct", "k": "AA"}},
    ],
)
def test_other_algorithms_and_headers(us, header):
    """Nothing but RSA-OAEP-256 with A256GCM, no compression, and no key from outside."""
    registry = jwe.JWERegistry(
        algorithms=[
            "RSA-OAEP",
            "RSA1_5",
            "RSA-OAEP-256",
            "A128GCM",
            "A256GCM",
            "A256CBC-HS512",
            "DEF",
        ],
        header_registry={},
        strict_check_header=False,
    )
    key = RSAKey.import_key(pair(OURS)[1])
    if "crit" in header or header.get("alg") == "RSA1_5":
        text = forged(HEADER | header)
    else:
        text = jwe.encrypt_compact(HEADER | header, TEXT, key, registry=registry)
    with pytest.raises(JweError):
        us.decrypt(text.encode())


def forged(header):
    """Return a text with this header and parts that are not checked before it."""
    part = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    return f"{part}.AA.AA.AA.AA"


def test_other_headers_are_tolerated(us):
    """What the partner may add to its answers changes nothing (reference/raas.md 15)."""
    registry = jwe.JWERegistry(algorithms=["RSA-OAEP-256", "A256GCM"], strict_check_header=False)
    header = HEADER | {"typ": "JWE", "cty": "application/json", "iat": 1, "own": True}
    text = jwe.encrypt_compact(header, TEXT, RSAKey.import_key(pair(OURS)[1]), registry=registry)
    assert us.decrypt(text.encode()) == TEXT


@pytest.mark.parametrize("part", range(5))
def test_a_changed_text(us, part):
    """One changed letter in any part is refused."""
    parts = keys(THEIRS, OURS).encrypt(TEXT).split(".")
    middle = len(parts[part]) // 2
    letter = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + letter + parts[part][middle + 1 :]
    with pytest.raises(JweError):
        us.decrypt(".".join(parts).encode())


def test_a_replayed_text(us, them):
    """The same text opens once, also when its last letter is written in another way."""
    text = them.encrypt(TEXT)
    assert us.decrypt(text.encode()) == TEXT
    last = chr(ord(text[-1]) + 1)
    for again in (text, f" {text}\n", text[:-1] + last):
        with pytest.raises(JweError):
            us.decrypt(again.encode())
    assert us.decrypt(them.encrypt(TEXT).encode()) == TEXT


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"a.b.c",
        b"a.b.c.d.e",
        b"....",
        b"\xff" * 50,
        b"e30.AA.AA.AA.AA",
        b"W10.A.A.A.A",
        b"." * 9,
    ],
)
def test_a_text_of_another_form(us, text):
    """A typed error and no other one."""
    with pytest.raises(JweError):
        us.decrypt(text)


def test_a_long_answer(us, them):
    """A list of branches may be longer than joserfc's own limit of 64 KiB."""
    text = b"[" + b'"x",' * (BODY_LIMIT // 6) + b"1]"
    assert us.decrypt(them.encrypt(text).encode()) == text


@pytest.mark.raas(68)
@pytest.mark.parametrize("body", [b"garbage", b'{"amount": 1}', b"a.b.c.d.e"])
async def test_garbage_is_refused(secured, post, body):
    """400 with the documented code and a short reason."""
    status, headers, raw = await post("/user/operations/operation-quote-lite", body)
    assert (status, json.loads(raw)["code"]) == (400, "ERROR_INVALID_JWE_PAYLOAD")
    assert headers["Content-Type"].startswith("application/json")
    assert json.loads(raw)["reason"]


async def test_a_replayed_request_is_refused(secured, post, us):
    """The stand-in opens each text once."""
    sealed = us.encrypt(b"{}")
    first, _, _ = await post("/cip/can-operate/x", sealed)
    status, _, raw = await post("/cip/can-operate/x", sealed)
    assert first == 404
    assert (status, json.loads(raw)["code"]) == (400, "ERROR_INVALID_JWE_PAYLOAD")


async def test_a_tenant_without_keys(sandbox, post, us):  # noqa: F811
    """Request4R is off until it is enabled; the control API enables it and shows no key."""
    status, _, raw = await post("/cip/can-operate/x", us.encrypt(b"{}"))
    assert (status, b"enabled" in raw) == (400, True)
    url = f"{sandbox.url}/control/request4r"
    wish = {"private": {"k": pair(THEIRS)[0]}, "public": {"k": pair(OURS)[1]}}
    async with aiohttp.ClientSession() as session:
        async with session.put(url, json={**wish, "public": {"k": "no key"}}) as response:
            assert response.status == 400
        async with session.put(url, json=wish) as response:
            assert response.status == 204
    assert (await post("/cip/can-operate/x", us.encrypt(b"{}")))[0] == 404


@pytest.mark.raas(69)
async def test_the_skip_header(client_with, post, sandbox):  # noqa: F811
    """It works in the sandbox, without keys; the client refuses it for production."""
    client, _ = client_with(SkippedTransport(is_production=False))
    assert (await client.find_sender(VERIFIED)).first_name == "Ana"
    status, headers, _ = await post("/cip/can-operate/x", b"{}", **{"X-Skip-Encryption": "1"})
    assert (status, headers["Content-Type"]) == (404, "application/json")
    with pytest.raises(ConfigurationError):
        SkippedTransport(is_production=True)
    settings = load_settings().model_copy(update={"request4r": "skip", "lola_env": "production"})
    assert "REQUEST4R" in {problem.setting for problem in settings._problems()}
    with pytest.raises(ConfigurationError):
        payhub_transport(settings)


@pytest.mark.raas(70)
async def test_the_tracing_id(secured, post, us):
    """`reference_id` is echoed as a header, and the route below does not see it."""
    body = us.encrypt(b'{"reference_id": "trace-1"}')
    status, headers, raw = await post("/cip/can-operate/x", body)
    assert (status, headers["X-Reference-ID"]) == (404, "trace-1")
    assert headers["Content-Type"] == "application/jose"
    assert json.loads(us.decrypt(raw))["code"] == "ERROR_USER_NOT_FOUND"


@pytest.mark.parametrize(
    ("body", "is_taken"),
    [
        (b'{"reason": "x", "code": "ERROR_INVALID_JWE_PAYLOAD"}', True),
        (b'{"reason": "Missing or invalid API key"}', True),
        (b'{"reason": "Contact created", "code": "OK"}', False),
        (b'{"id": "x", "firstName": "Ana"}', False),
        (b'{"reason": "x", "code": "y", "id": "x"}', False),
        (b"[]", False),
        (b"<html>", False),
        (b"", False),
    ],
)
def test_an_answer_in_the_clear(us, body, is_taken):
    """Only an error: the gateway cannot encrypt what it could not read."""
    transport = Request4RTransport(us)
    if is_taken:
        assert transport.receive("application/json", body) == body
    else:
        with pytest.raises(JweError):
            transport.receive("application/json", body)


@pytest.mark.parametrize(
    ("private", "public", "setting"),
    [
        ("", "their public", "REQUEST4R_PRIVATE_KEYS"),
        ("our private", "", "REQUEST4R_PUBLIC_KEYS"),
        ("their public", "their public", "REQUEST4R_PRIVATE_KEYS"),
        ("our private", "our private", "REQUEST4R_PUBLIC_KEYS"),
        ("no key", "their public", "REQUEST4R_PRIVATE_KEYS"),
        ("a short one", "their public", "REQUEST4R_PRIVATE_KEYS"),
    ],
)
def test_unusable_keys(private, public, setting):
    """An error names the setting and the key's name, and shows nothing of a key."""
    texts = {
        "our private": pair(OURS)[0],
        "their public": pair(THEIRS)[1],
        "no key": "no key",
        "a short one": pair("short", 1024)[0],
    }
    with pytest.raises(ConfigurationError) as caught:
        JweKeys(
            private={"k": texts[private]} if private else {},
            public={"k": texts[public]} if public else {},
        )
    assert caught.value.setting == setting
    assert "BEGIN" not in str(caught.value)


def test_the_settings(monkeypatch):
    """Keys are tables by name; `on` without keys is refused, and no error shows a key."""
    with pytest.raises(ConfigurationError) as caught:
        load_settings(request4r="on")
    assert "REQUEST4R_PRIVATE_KEYS" in str(caught.value)
    one_line = pair(OURS)[0].replace("\n", "\\n")
    monkeypatch.setenv("REQUEST4R_PRIVATE_KEYS", json.dumps({OURS: pair(OURS)[0]}))
    monkeypatch.setenv("REQUEST4R_PUBLIC_KEYS", json.dumps({THEIRS: pair(THEIRS)[1]}))
    settings = load_settings(request4r="on")
    assert isinstance(payhub_transport(settings), Request4RTransport)
    assert "PRIVATE KEY" not in repr(settings)
    assert JweKeys(private={OURS: one_line}, public={THEIRS: pair(THEIRS)[1]})
