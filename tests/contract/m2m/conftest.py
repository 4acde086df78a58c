"""The sandbox's fixtures, and a stub that speaks only the documented examples."""

import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from lola.partners.m2m import M2MClient
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

KEY = "m2m_test_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6"


class Examples:
    """Answers each documented request, byte for byte, with its documented answer.

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
