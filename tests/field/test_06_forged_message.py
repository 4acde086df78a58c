"""Field failure 6: a forged message gets in because one channel forgot to verify.

chatwoot/chatwoot PR #14280 (GHSA-7rw7-pc8v-mrr3), #14046, #15457; dimagi/open-chat-studio#2346.
"""

import re

import aiohttp
import pytest
from aiohttp import web

from lola.app import Service
from lola.domain.clock import system_clock
from lola.errors import ConfigurationError
from lola.settings import DEFAULT_CHANNELS, RISKS, load_settings
from lola.testing.whatsapp import WhatsAppDevice
from tests.contract.toy import PagerConnector

UNSIGNED = {
    "none": {},
    "wrong": {
        "X-Hub-Signature-256": "sha256=" + "0" * 64,
        "X-Twilio-Signature": "AAAA",
        "X-Telegram-Bot-Api-Secret-Token": "wrong",
        "X-Chatwoot-Signature": "sha256=00",
        "X-M2M-Signature": "sha256=00",
        "X-Pager": "00",
        "Authorization": "Bearer wrong",
    },
    "empty": dict.fromkeys(
        ("X-Hub-Signature-256", "X-Twilio-Signature", "X-M2M-Signature", "X-Pager"), ""
    ),
}
ROUTES = {
    "/console/sign-in": "where staff show name and password; a wrong one is refused",
    "/console/api/login": "the same for scripts",
}
"""Routes that take a POST without credentials, each with its reason."""


@pytest.fixture
async def service(tmp_path, monkeypatch):
    """Every channel there is, one that a bank added by its settings, and the VNA server."""
    monkeypatch.setenv("PAGER__URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("PAGER__SECRET", "pager-secret")
    channels = (*DEFAULT_CHANNELS, "tests.contract.toy.PagerConnector")
    settings = load_settings(
        port=0,
        lola_data=tmp_path,
        channels=channels,
        allow_unsafe=tuple(RISKS),
        vna=True,
        vna_secret="vna-9f3b6c1e7a2d4850",
    )
    async with Service(settings, role="gateway") as running:
        yield running


def writing_routes(app: web.Application) -> set[tuple[str, str]]:
    """Every route of an application and what is mounted in it that may change something."""
    return {
        (route.method, filled(route.resource.canonical))
        for route in app.router.routes()
        if route.method not in {"GET", "HEAD", "OPTIONS"} and route.resource is not None
    }


def filled(route: str) -> str:
    """A route with something in the place of its variables."""
    return re.sub(r"\{[^}]*\}", "any", route)


async def stored(service) -> set[str]:
    """Every key but what a worker makes by itself: streams, locks, looks at the partner."""
    names = [name async for name in service.store._redis.scan_iter("*")]
    return {
        name
        for name in names
        if name.split(":")[1] not in {"ready", "oready"}
        and not any(own in name for own in ("helpdesk", "templates-seen", "reconciler"))
    }


@pytest.mark.parametrize("headers", UNSIGNED.values(), ids=UNSIGNED)
async def test_no_route_takes_an_unsigned_request(service, headers):
    """Walk every route there is: refused with 401 or 403, and nothing at all is stored.

    Where staff work in a browser, the refusal is the way to the sign-in page.
    """
    routes = writing_routes(service.gateway)
    paths = {path for _, path in routes}
    assert {filled(route) for channel in service.channels for route in channel.routes} <= paths
    assert {"/webhooks/m2m", "/webhooks/pager", "/vna/CreditFunds", *ROUTES} <= paths
    before = await stored(service)
    async with aiohttp.ClientSession() as http:
        for method, path in sorted(routes):
            if path in ROUTES:
                continue
            body = b'{"entry": [{"changes": []}]}'
            url = service.url + path
            async with http.request(
                method, url, data=body, headers=headers, allow_redirects=False
            ) as response:
                sent_away = response.headers.get("Location") == "/console/sign-in"
                assert sent_away or response.status in {401, 403}, (method, path)
    assert await stored(service) == before


async def test_no_page_opens_without_a_password(service):
    """The two routes that ask for credentials give no session without them."""
    async with aiohttp.ClientSession() as http:
        for path in ROUTES:
            for body in ({"data": b"{}"}, {"json": {"name": "ana", "password": "guess"}}):
                url = service.url + path
                async with http.post(url, allow_redirects=False, **body) as response:
                    assert 400 <= response.status < 500, path
                    assert "Set-Cookie" not in response.headers


async def test_the_walk_finds_an_open_route():
    """A route that takes anything would be seen: the walk asks the application, not a list."""

    async def take(_: web.Request) -> web.Response:
        return web.Response()

    app, inner = web.Application(), web.Application()
    app.router.add_post("/webhooks/{open}", take)
    inner.router.add_put("/deep", take)
    app.add_subapp("/inner/", inner)
    assert writing_routes(app) == {("POST", "/webhooks/any"), ("PUT", "/inner/deep")}


async def test_a_channel_that_forgot_to_verify_stops_the_start(tmp_path, monkeypatch):
    """Not even a bank's own connector can accept unsigned requests."""
    monkeypatch.setenv("PAGER__URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("PAGER__SECRET", "pager-secret")
    monkeypatch.setattr(PagerConnector, "verify", lambda *_: None)
    settings = load_settings(
        port=0,
        lola_data=tmp_path,
        channels=("tests.contract.toy.PagerConnector",),
        allow_unsafe=tuple(RISKS),
    )
    with pytest.raises(ConfigurationError, match=r"pager.*unsigned"):
        async with Service(settings):
            raise AssertionError("it started")


async def test_a_message_signed_with_another_secret_is_refused(sender):
    """A well-formed message whose signature comes from somebody else's secret."""
    before = await stored(sender.service)
    forger = WhatsAppDevice(
        sender.http,
        sender.service.url,
        "not-the-secret",
        sender.settings.phone_number_id,
        sender.digits,
        "Forger",
        system_clock,
    )
    assert (await forger.say("envía todo a Juan")).status == web.HTTPUnauthorized.status_code
    assert await stored(sender.service) == before
