"""Files are fetched from the provider's own hosts only, and up to a size (`channels.files`)."""

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.files import download, is_of
from lola.errors import AmbiguousSendError, RejectedError, RetryLaterError

META = is_of("https://graph.facebook.com/v26.0", ".fbsbx.com")


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", True),
        ("https://graph.facebook.com/x", True),
        ("http://lookaside.fbsbx.com/x", False),
        ("https://lookaside.fbsbx.com:8443/x", False),
        ("https://fbsbx.com.example/x", False),
        ("https://notfbsbx.com/x", False),
        ("https://user:pw@lookaside.fbsbx.com/x", False),
        ("https://127.0.0.1/x", False),
        ("file:///etc/passwd", False),
        ("", False),
        ("http://[", False),
    ],
)
async def test_only_the_provider_is_asked(address, allowed):
    """Another host, port or scheme, a look-alike and credentials in the address are refused."""
    trace = aiohttp.TraceConfig()
    asked: list[str] = []

    async def note(_session, _context, parameters):
        asked.append(str(parameters.url))
        raise aiohttp.ClientError

    trace.on_request_start.append(note)
    async with aiohttp.ClientSession(trace_configs=[trace]) as http:
        with pytest.raises(AmbiguousSendError if allowed else RejectedError):
            await download(http, address, channel="X", is_allowed=META, limit=10)
    assert bool(asked) is allowed


@pytest.fixture
async def store():
    """A server with a file, and addresses that lead on or fail."""
    seen: list[str] = []

    async def serve(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization", ""))
        match request.path:
            case "/ok":
                return web.Response(body=b"0123456789")
            case "/on":
                return web.Response(status=307, headers={"Location": "/ok"})
            case "/out":
                return web.Response(status=307, headers={"Location": "http://127.0.0.2:1/ok"})
            case "/busy":
                return web.Response(status=503)
        return web.Response(status=404)

    app = web.Application()
    app.router.add_get("/{path:.*}", serve)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:

        async def get(path: str, limit: int = 10, redirects: int = 1) -> bytes:
            base = str(server.make_url(""))
            return await download(
                http, f"{base.rstrip('/')}{path}", channel="X", is_allowed=is_of(base),
                limit=limit, headers={"Authorization": "secret"}, redirects=redirects,
            )  # fmt: skip

        yield get, seen


async def test_a_file_is_read_up_to_the_limit(store):
    """The limit itself is allowed, one byte more is refused."""
    get, _ = store
    assert await get("/ok") == b"0123456789"
    with pytest.raises(RejectedError):
        await get("/ok", limit=9)


async def test_a_redirect_takes_no_credentials_along(store):
    """The next host sees none, and one that is not the provider's is not asked."""
    get, seen = store
    assert await get("/on") == b"0123456789"
    assert seen == ["secret", ""]
    for path, redirects in (("/out", 1), ("/on", 0)):
        with pytest.raises(RejectedError):
            await get(path, redirects=redirects)


async def test_what_may_come_later_is_told_apart(store):
    """A file that is gone is final, a store that is busy is not."""
    get, _ = store
    with pytest.raises(RejectedError):
        await get("/gone")
    with pytest.raises(RetryLaterError):
        await get("/busy")
