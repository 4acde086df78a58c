"""Every route of a running service against hostile requests: no 5xx, no words of a library.

The routes are those of the application's own router, so a route that is added later is tried too.
"""

import asyncio
import gzip
import json
import re
from itertools import product

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given, settings
from hypothesis import strategies as st

from lola.console import StaffDirectory
from lola.console.openapi import document
from lola.gateway.hardening import HEADERS, TEXTS, add_headers, hardened
from lola.settings import load_settings
from lola.testing.harness import Harness

DOCUMENT = document()
PASSWORD = "correct horse battery"
LIBRARY = re.compile(
    r"aiohttp|traceback|\bFile \"|python|pydantic|json\.|exception|codec can|line \d+ column",
    re.IGNORECASE,
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
DEEP = b"[" * 100_000
BODIES = {
    "nothing": b"",
    "not utf-8": b"\xff\xfe{\x80",
    "not json": b"{'a': 1",
    "deep": DEEP,
    "deep object": b'{"a":' * 50_000,
    "huge number": b'{"ticketId": 1' + b"0" * 5_000 + b"}",
    "NaN": b'{"ticketId": NaN, "amount": Infinity, "name": -Infinity}',
    "lone surrogate": b'{"name": "\\ud800", "password": "\\udfff", "text": "\\ud800"}',
    "nul": b'{"name": "a\\u0000b", "password": "\\u0000"}',
    "array": b"[1, 2, 3]",
    "form": b"name=%ff%fe&password=%00&csrf=%F0%28&text=%ed%a0%80",
    "too many fields": b"&".join(b"a%d=1" % n for n in range(2_000)),
}
TYPES = (
    "application/json",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-7",
    "application/json; charset=klingon",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "text/\x7fplain;;",
)
ODD = ("%00", "..%2f..%2fetc%2fpasswd", "%ff%fe", "{}", "a" * 3_000, "%ED%A0%80")

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory):
    """A service in this process."""
    chosen = load_settings(port=0, lola_data=tmp_path_factory.mktemp("hostile"), retriever="")
    async with Harness(chosen) as harness:
        staff = StaffDirectory(harness.service.store, harness.service.clock, cost=2**4)
        await staff.add("ana", PASSWORD)
        yield harness


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def signed_in(running):
    """A client that is signed in to the console, so that requests get past its sign-in."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(
        cookie_jar=jar, connector=aiohttp.TCPConnector(force_close=True)
    ) as http:
        body = {"name": "ana", "password": PASSWORD}
        async with http.post(f"{running.service.url}/console/api/login", json=body) as answer:
            http.headers["X-CSRF-Token"] = (await answer.json())["csrf"]
        yield http


def routes_of(app: web.Application) -> dict[str, set[str]]:
    """Return every path with its methods; streams are left out, because they do not end."""
    found: dict[str, set[str]] = {}
    for route in app.router.routes():
        path = route.resource.canonical if route.resource else "/"
        if "/live/" not in path or path.startswith("/health"):
            found.setdefault(path, set()).add(route.method)
    return found


def filled(path: str, value: str) -> str:
    return re.sub(r"\{[a-z]+\}", value, path)


def documented(path: str, method: str) -> set[int]:
    """Return the statuses that the console's document has for a request; empty for other paths."""
    operations = DOCUMENT["paths"].get(path, {})
    return {int(status) for status in operations.get(method.lower(), {}).get("responses", ())}


async def tried(http: aiohttp.ClientSession, method: str, url: str, **options) -> int:
    """Send one request; return its status after looking at the response."""
    async with http.request(method, url, allow_redirects=False, **options) as answer:
        body = (await answer.read())[:100_000].decode(errors="replace")
        wrong = (method, url[:120], answer.status, body[:200])
        assert answer.status < 500, wrong
        if answer.status >= 400:
            assert not LIBRARY.search(body), wrong
        assert "aiohttp" not in answer.headers["Server"], wrong
        for name in HEADERS:
            assert name in answer.headers, (name, wrong)
        return answer.status


async def test_every_route_with_every_method_and_hostile_bodies(running, signed_in) -> None:
    """No combination of route, method, body and content type ends in a fault of ours."""
    routes = routes_of(running.service.gateway)
    assert len(routes) >= 20
    statuses = set()
    for path, registered in routes.items():
        url = running.service.url + filled(path, "x")
        for method in registered - {"*"}:
            for (name, body), kind in product(BODIES.items(), TYPES[:2]):
                if method in {"GET", "HEAD"} and name != "deep":
                    continue
                headers = {"Content-Type": kind}
                status = await tried(signed_in, method, url, data=body, headers=headers)
                assert status in (documented(path, method) or {status}), (path, method, status)
                statuses.add(status)
            for kind in TYPES[2:]:
                headers = {"Content-Type": kind.replace("\x7f", "")}
                await tried(signed_in, method, url, data=b"a=1", headers=headers)
        for method in set(METHODS) - registered:
            statuses.add(await tried(signed_in, method, url))
    assert {200, 400, 401, 404, 405} <= statuses


async def test_odd_paths_and_queries_are_no_fault_of_ours(running, signed_in) -> None:
    """What a path or a query holds is judged and never trusted."""
    for path, odd in product(routes_of(running.service.gateway), ODD):
        url = running.service.url + filled(path, odd)
        await tried(signed_in, "GET", f"{url}?conversation={odd}&hub.mode={odd}&since={odd}")


async def test_an_encoded_body_is_refused_on_every_route(running, signed_in) -> None:
    """No partner encodes, and a small body may unpack to a very large one."""
    bomb = gzip.compress(b"0" * 10_000_000)
    for path in routes_of(running.service.gateway):
        url = running.service.url + filled(path, "x")
        for encoding in ("gzip", "deflate", "br", "zstd", "nonsense"):
            options = {"data": bomb, "headers": {"Content-Encoding": encoding}}
            assert await tried(signed_in, "POST", url, **options) in {400, 415}


READING = (
    "/webhooks/sms", "/webhooks/telegram", "/webhooks/m2m",
    "/console/sign-in", "/console/api/login",
)  # fmt: skip


async def test_bodies_over_the_limit_are_refused(running, signed_in) -> None:
    """256 KiB everywhere but on webhooks of channels that take more; a byte less is read."""
    assert set(READING) < set(routes_of(running.service.gateway))
    for path in READING:
        is_form = "/sign-in" in path
        kind = "application/x-www-form-urlencoded" if is_form else "application/json"
        for size, is_large in ((256 * 1024, False), (256 * 1024 + 1, True)):
            options = {"data": b"x" * size, "headers": {"Content-Type": kind}}
            status = await tried(signed_in, "POST", running.service.url + path, **options)
            assert (status == 413) is is_large, (path, size, status)


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), max_size=40)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
NAMED = st.dictionaries(
    st.sampled_from(("name", "password", "text", "once", "ticketId", "operationId", "event", "id")),
    ANYTHING,
)


def generated() -> list[tuple[dict[str, str], object]]:
    """Return queries and JSON values that Hypothesis made up."""
    made: list[tuple[dict[str, str], object]] = []

    @settings(max_examples=150, database=None)
    @given(st.dictionaries(TEXT, TEXT, max_size=3), ANYTHING | NAMED)
    def collect(query: dict[str, str], value: object) -> None:
        made.append((query, value))

    collect()
    return made


async def test_generated_requests_end_in_no_fault(running, signed_in) -> None:
    """Generated queries and JSON values on every route that takes a body."""
    paths = [p for p, methods in routes_of(running.service.gateway).items() if "POST" in methods]
    for number, (query, value) in enumerate(generated()):
        url = running.service.url + filled(paths[number % len(paths)], "x")
        body = json.dumps(value).encode()
        headers = {"Content-Type": "application/json"}
        await tried(signed_in, "POST", url, params=query, data=body, headers=headers)


MALFORMED = {
    "no http": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "bad line": b"GET\r\n\r\n",
    "bad version": b"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
    "long line": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "long header": b"GET / HTTP/1.1\r\nHost: a\r\nX-A: " + b"a" * 20_000 + b"\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\nHost: a\r\n"
    + b"".join(b"X-%d: 1\r\n" % n for n in range(500))
    + b"\r\n",
    "bad length": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1e3\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
    b"Content-Length: 2\r\n\r\nab",
    "smuggled": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "bad chunk": b"POST /webhooks/m2m HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"zz\r\n",
    "nul header": b"GET / HTTP/1.1\r\nHost: a\r\nX-A: a\x00b\r\n\r\n",
}


@pytest.mark.parametrize("kind", MALFORMED)
async def test_what_is_no_request_is_answered_in_our_own_words(running, kind) -> None:
    """400, nothing of the library or of what was sent, and the connection is closed."""
    port = running.service.settings.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(MALFORMED[kind])
    answer = await reader.read()
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split(b" ")[1] == b"400", answer[:300]
    assert body.decode() == TEXTS[400]
    assert b"Server: lola" in head
    assert b"aiohttp" not in head


async def test_a_fault_of_ours_says_nothing_of_it() -> None:
    """A handler that raises is logged; the client reads one sentence."""

    async def broken(_: web.Request) -> web.Response:
        raise KeyError("4111111111111111")

    app = web.Application(middlewares=[hardened(1024)])
    app.on_response_prepare.append(add_headers)
    app.router.add_get("/", broken)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/", headers={"Accept": "text/html"})
        assert (answer.status, await answer.text()) == (500, TEXTS[500])
        with pytest.raises(AssertionError):
            await tried(client.session, "GET", str(client.make_url("/")))


async def test_pages_for_people_cannot_be_framed_or_sniffed(running, signed_in) -> None:
    """The console and the short link's page (docs/safety.md 3.1)."""
    for path in ("/console/", "/console/sign-in", "/l/none"):
        async with signed_in.get(running.service.url + path) as answer:
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cache-Control"] == "no-store"
