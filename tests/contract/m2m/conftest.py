"""The sandbox's fixtures, and a stub that speaks only the documented examples."""

import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from lola.errors import PartnerRefusedError
from lola.partners.m2m import M2MClient, parse
from tests.unit.sandbox.conftest import (  # noqa: F401 - fixtures
    call,
    credentials,
    http,
    m2m,
    metadata,
    receiver,
    sandbox,
    sleep,
    until_fixture,
)

DEVICE = {"userAgent": "Mozilla/5.0 (iPhone)", "platform": "iOS", "language": "en-US"}
AMOUNT = {
    "send": 100,
    "receive": 1725,
    "rate": 17.25,
    "fee": 3.99,
    "currency": {"source": "USD", "destination": "MXN"},
}
KEY = "m2m_test_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6"


class Examples:
    """Return each documented request, byte for byte, with its documented answer.

    A request that differs in method, path, key, content type or any byte of its body is answered
    599 with what was wrong, which no client takes for an answer.
    """

    def __init__(self):
        self.url = ""
        self._expected = []

    def expect(self, method, path, body=None, *, answer, status=200):
        """Expect one exact request; `body` and `answer` are the literal bytes on the wire."""
        self._expected.append((method, path, body, answer, status))

    async def handle(self, request):
        raw = await request.read()
        method, path, body, answer, status = self._expected.pop(0)
        seen = (request.method, request.raw_path, raw, request.headers.get("X-API-Key"))
        is_json = request.headers.get("Content-Type") == "application/json"
        wanted = (method, path, body or b"", KEY)
        if seen != wanted or (body is not None and not is_json):
            return web.Response(status=599, text=f"{seen} is not {wanted}")
        return web.Response(body=answer, status=status, content_type="application/json")

    def check(self):
        """Every expected request came."""
        assert self._expected == []


@pytest.fixture
async def examples():
    stub = Examples()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", stub.handle)
    server = TestServer(app)
    await server.start_server()
    stub.url = f"http://127.0.0.1:{server.port}"
    yield stub
    stub.check()
    await server.close()


@pytest.fixture
def documented(examples, http, sleep):  # noqa: F811 - the fixtures above
    """Our client, pointed at the documented examples."""
    return M2MClient(
        http, base_url=examples.url, api_key=KEY, timeout=5, environment="sandbox", sleep=sleep
    )


def compact(text):
    """Write a documented body as it goes over the wire: no blanks between its parts."""
    return json.dumps(json.loads(text), separators=(",", ":")).encode()


@pytest.fixture
def customer(sandbox):  # noqa: F811 - the fixture above
    """Act as the person in front of a link: `customer(link_id).open()` and so on."""

    class Acting:
        def __init__(self, link_id):
            self.platform = sandbox.m2m
            self.link_id = link_id

        @property
        def link(self):
            return self.platform.links.get(self.link_id)

        def open(self):
            return self.platform.customer.open(self.link, DEVICE)

        def hurry(self):
            self.platform.customer.hurry(self.link)

        def approve(self):
            self.hurry()
            return self.platform.customer.approve(self.link, AMOUNT)

        def cancel(self):
            return self.platform.customer.cancel(self.link, AMOUNT, "changed my mind")

        def advance(self, status, reason=None):
            operation = self.platform.operations.get(self.link.operation_id)
            return self.platform.operations.advance(operation, status, reason)

    return Acting


@pytest.fixture
def refused():
    """Return the code and status with which the partner refuses a call of ours."""

    async def refused_(awaitable):
        with pytest.raises(PartnerRefusedError) as caught:
            await awaitable
        return caught.value.partner_code, caught.value.status

    return refused_


@pytest.fixture
def event_named(receiver):  # noqa: F811 - the fixture above
    """Return headers and parsed event of the next webhook of a kind."""

    async def event_named_(name):
        while True:
            headers, raw = await receiver.next()
            event = parse(raw)
            if event.name == name:
                return headers, event

    return event_named_


async def collect(pages):
    """Return everything an iterator over pages gives."""
    return [item async for item in pages]
