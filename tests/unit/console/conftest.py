"""The console on a real socket over a real store, and people who sign in to it."""

import pytest
from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer

from lola.console import StaffDirectory, build_console
from lola.state import connect
from lola.state.daily_statistics import DailyStatistics
from tests.unit.escalation.support import Bank

PASSWORD = "correct horse battery"
CHEAP = 2**4


@pytest.fixture
async def bank(valkey_url):
    connections = connect(valkey_url)
    yield Bank(connections)
    await connections.close()


@pytest.fixture
async def staff(bank):
    directory = StaffDirectory(bank.store, bank.clock, cost=CHEAP)
    await directory.add("ana", PASSWORD)
    await directory.add("luis", PASSWORD)
    await directory.add("eva", PASSWORD, "supervisor")
    return directory


@pytest.fixture
async def server(bank, staff):
    root = web.Application()
    console = build_console(
        inbox=bank.inbox,
        owners=bank.owners,
        store=bank.store,
        index=bank.index,
        rates=bank.rates,
        is_opted_out=bank.consent.is_opted_out,
        clock=bank.clock,
        channel_titles={"whatsapp": "WhatsApp", "pager": ""},
        secure=False,
        poll_seconds=0.01,
        trail=bank.trail,
        statistics=DailyStatistics(bank.connections, bank.keys),
    )
    root.add_subapp("/console/", console)
    async with TestServer(root) as running:
        yield running


class Person:
    """One browser or script: its own cookies, and the token once it is signed in."""

    def __init__(self, server, session):
        self.url = server.make_url("/console/")
        self.session = session
        self.csrf = ""

    def get(self, path, **options):
        return self.session.get(self.url.join(_relative(path)), allow_redirects=False, **options)

    def post(self, path, **options):
        return self.session.post(self.url.join(_relative(path)), allow_redirects=False, **options)

    def call(self, path, body=None):
        """Post to the API with the token."""
        return self.post(f"api/{path}", json=body or {}, headers={"X-CSRF-Token": self.csrf})

    async def sign_in(self, name, password=PASSWORD):
        async with self.post("api/login", json={"name": name, "password": password}) as answer:
            body = await answer.json()
            self.csrf = body.get("csrf", "")
            return answer.status, body


def _relative(path):
    from yarl import URL

    return URL(path)


@pytest.fixture
async def open_browser(server):
    sessions = []

    def browser(**headers):
        session = ClientSession(cookie_jar=CookieJar(unsafe=True), headers=headers)
        sessions.append(session)
        return Person(server, session)

    yield browser
    for session in sessions:
        await session.close()


@pytest.fixture
async def ana(open_browser):
    person = open_browser(**{"Accept-Language": "en-US,en;q=0.9,es;q=0.5"})
    assert (await person.sign_in("ana"))[0] == 200
    return person


@pytest.fixture
async def luis(open_browser):
    person = open_browser()
    assert (await person.sign_in("luis"))[0] == 200
    return person


@pytest.fixture
async def eva(open_browser):
    person = open_browser()
    assert (await person.sign_in("eva"))[0] == 200
    return person
