"""Short links over a real socket: unguessable, revocable, and not used up by a preview."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from lola.gateway.callers import behind_proxies, networks
from lola.gateway.links import MISSES, link_routes, with_session
from lola.money.keys import new_signing_key
from lola.money.page_sessions import Grant, SessionTokens
from lola.money.short_links import ShortLinks
from lola.state import Keys, Rates
from lola.state.store import StateStore
from tests.support import ManualClock

WIDGET = "https://widget.example/link_1/m2m-basic"
GRANT = Grant(ticket="tk_1", subject="s", conversation="c", digest="d", actions=("send:approve",))
SESSIONS = SessionTokens(
    new_signing_key(), issuer="i", tenant="lola", life=timedelta(minutes=15)
)  # fmt: skip
PREVIEWERS = [
    "WhatsApp/2.23.20.0",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "TelegramBot (like TwitterBot)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (compatible; Googlebot/2.1)",
    "Mozilla/5.0 (Windows NT 6.1) SkypeUriPreview Preview/0.5",
]
BROWSERS = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 14; SM-A155M) AppleWebKit/537.36 Chrome/131 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 12; CUBOT P40) AppleWebKit/537.36 Chrome/129 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 13; wv) AppleWebKit/537.36 Chrome/130 Mobile WhatsApp/2.24",
]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def short_links(connections, clock) -> ShortLinks:
    keys = Keys(f"t{uuid4().hex[:12]}")
    return ShortLinks(StateStore(connections.commands, keys, clock, timedelta(hours=1)), "")


@pytest.fixture
def rates(connections, clock) -> Rates:
    return Rates(connections, Keys(f"t{uuid4().hex[:12]}"), clock)


@pytest.fixture
async def client(short_links, rates, clock):
    app = web.Application(middlewares=[behind_proxies(networks("X", ("127.0.0.0/8",)))])
    app.add_routes(link_routes(short_links, SESSIONS, rates, clock))
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.fixture
async def path(short_links, clock) -> str:
    expires = clock() + timedelta(minutes=60)
    return await short_links.create(WIDGET, now=clock(), expires_at=expires, grant=GRANT)


async def get(client, path: str, **headers: str):
    return await client.get(path, allow_redirects=False, headers=headers)


@pytest.mark.parametrize("agent", BROWSERS)
async def test_a_person_gets_to_the_widget_with_a_session(client, path, clock, agent) -> None:
    """The widget does not learn where they came from, and nothing keeps the address."""
    response = await get(client, path, **{"User-Agent": agent})
    location = response.headers["Location"]
    assert (response.status, location.partition("?")[0]) == (302, WIDGET)
    assert SESSIONS.read(parse_qs(urlsplit(location).query)["session"][0], clock()) == GRANT
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("agent", PREVIEWERS)
async def test_a_preview_is_not_sent_on(client, path, agent) -> None:
    """The partner would take it for the sender opening the link."""
    response = await get(client, path, **{"User-Agent": agent})
    assert (response.status, "Location" in response.headers) == (200, False)
    assert "widget.example" not in await response.text()


async def test_looking_spends_nothing(client, path) -> None:
    """HEAD, previews and earlier visits leave the link as good as it was."""
    head = await client.head(path, allow_redirects=False)
    assert (head.status, "Location" in head.headers) == (200, False)
    for _ in range(3):
        assert (await get(client, path)).status == 302


async def test_a_link_ends_with_its_time_or_when_it_is_taken_back(
    client, path, short_links, clock
) -> None:
    """Both look like a link that never was."""
    await short_links.revoke(path)
    never = await get(client, "/l/neverneverneverx")
    revoked = await get(client, path)
    other = await short_links.create(
        WIDGET, now=clock(), expires_at=clock() + timedelta(minutes=5), grant=GRANT
    )
    clock.advance(minutes=5)
    expired = await get(client, other)
    assert {response.status for response in (never, revoked, expired)} == {404}
    assert len({await response.text() for response in (never, revoked, expired)}) == 1
    await short_links.revoke(path)


async def test_codes_cannot_be_guessed(short_links, clock) -> None:
    """96 random bits each."""
    expires = clock() + timedelta(minutes=60)
    made = {await short_links.create(WIDGET, now=clock(), expires_at=expires) for _ in range(50)}
    assert len(made) == 50
    assert {len(path.rpartition("/")[2]) for path in made} == {16}


async def test_a_caller_that_guesses_is_limited_and_valid_links_stay_valid(
    client, path, clock
) -> None:
    """Wrong codes are counted by address; a valid link is opened from the same address."""
    guesser = {"X-Forwarded-For": "203.0.113.9"}
    for number in range(MISSES.count):
        assert (await get(client, f"/l/guess{number}", **guesser)).status == 404
    stopped = await get(client, "/l/another", **guesser)
    assert (stopped.status, int(stopped.headers["Retry-After"]) <= 60) == (429, True)
    assert (await get(client, path, **guesser)).status == 302
    assert (await get(client, "/l/another", **{"X-Forwarded-For": "203.0.113.10"})).status == 404
    clock.advance(minutes=1)
    assert (await get(client, "/l/another", **guesser)).status == 404


async def test_behind_an_unnamed_proxy_no_sender_is_locked_out(
    short_links, rates, path, clock
) -> None:
    """Everybody has the proxy's address then, and each valid link is opened all the same."""
    app = web.Application(middlewares=[behind_proxies(())])
    app.add_routes(link_routes(short_links, SESSIONS, rates, clock))
    async with TestClient(TestServer(app)) as client:
        for number in range(MISSES.count + 1):
            last = await get(client, f"/l/guess{number}", **{"X-Forwarded-For": f"10.0.0.{number}"})
        assert last.status == 429
        for number in range(MISSES.count + 1):
            opened = await get(client, path, **{"X-Forwarded-For": f"198.51.100.{number}"})
            assert opened.status == 302


async def test_a_link_without_a_ticket_carries_no_session(client, short_links, clock) -> None:
    """A money request's page belongs to another system."""
    path = await short_links.create(WIDGET, now=clock(), expires_at=clock() + timedelta(minutes=5))
    assert (await get(client, path)).headers["Location"] == WIDGET


def test_the_partners_address_is_kept_as_it_is() -> None:
    """Its own query and fragment stay."""
    assert with_session("https://w.example/a?b=c%2Fd#e", "t") == (
        "https://w.example/a?b=c%2Fd&session=t#e"
    )


async def test_the_public_keys_are_served(client) -> None:
    """A page's server checks sessions with them."""
    response = await client.get("/.well-known/jwks.json")
    assert await response.json() == SESSIONS.public_keys()
