"""What the widget reports to the bank's callbacks: outcomes and ids, with the opening's session."""

import asyncio
import json
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from tests.unit.sandbox.conftest import Receiver
from tests.unit.sandbox.widget.person import DATA

SESSION = "header.payload.signature"
HANDLERS = ("process_cip_success", "process_cip_failure", "process_send_call_back")


@pytest.fixture
def reporting(link, receiver, metadata):
    """Make a link that brings callback addresses and is opened with a session."""

    async def make():
        addresses = {f"callback_{name}": f"{receiver.url}?to={name}" for name in HANDLERS}
        return await link(metadata=metadata | addresses)

    return make


@pytest.fixture
def reports(receiver):
    """Return the next report among the partner's webhooks: its session and its body."""

    async def next_():
        while True:
            headers, raw = await receiver.next()
            if "X-M2M-Event" not in headers:
                return headers["Authorization"], json.loads(raw)

    return next_


async def test_the_road_of_a_transfer_is_reported(reporting, reports, person):
    """The verdict, then the approval with its operation (reference/lola.md 14 and 17)."""
    made = await reporting()
    opened = await person.get(f"{made.url}?session={SESSION}")
    assert opened.url == made.url
    await person.identify(made.url)
    assert await reports() == (f"Bearer {SESSION}", {"ticketId": "tk_1", "verdict": "passed"})
    await person.add_card(made.url)
    page = await person.post(made.url + "/approve")
    session, body = await reports()
    assert session == f"Bearer {SESSION}"
    assert set(body) == {"ticketId", "operationId"}
    assert body["operationId"] in page.text


@pytest.mark.parametrize(
    ("surname", "body"),
    [
        ("Rechazo", {"ticketId": "tk_1"}),
        ("Espera", {"ticketId": "tk_1", "verdict": "pending"}),
    ],
)
async def test_other_verdicts_are_reported(reporting, reports, person, surname, body):
    """A failed check goes to its own callback, a pending one says so."""
    made = await reporting()
    await person.get(f"{made.url}?session={SESSION}")
    await person.identify(made.url, DATA | {"last_name": surname})
    assert (await reports())[1] == body


async def test_without_a_session_nothing_is_reported(reporting, receiver, person):
    """A page that was not opened through the bank's short link has no proof, and keeps still."""
    made = await reporting()
    await person.reach_review(made.url)
    assert (await person.post(made.url + "/approve")).status == 200
    names = [(await receiver.next())[0].get("X-M2M-Event") for _ in range(3)]
    assert None not in names


async def test_a_report_that_does_not_get_through_stops_nobody(reporting, receiver, person):
    """The platform's own webhooks say the same, so the sender goes on."""
    receiver.statuses = [500] * 9
    made = await reporting()
    await person.get(f"{made.url}?session={SESSION}")
    await person.reach_review(made.url)
    assert (await person.post(made.url + "/approve")).place == "done"


@pytest.fixture
async def bank():
    """The bank's callbacks alone, apart from the receiver of the partner's webhooks."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/callbacks", receiver.handle)
    async with TestServer(app) as server:
        receiver.url = str(server.make_url("/callbacks"))
        yield receiver


@pytest.fixture
def approved(bank, link, person, metadata):
    """Approve a transfer whose only callback is the bank's; return the page that is shown."""

    async def run():
        address = {"callback_process_send_call_back": bank.url}
        made = await link(metadata=metadata | address)
        await person.get(f"{made.url}?session={SESSION}")
        await person.reach_review(made.url)
        return await person.post(made.url + "/approve")

    return run


async def finished(sandbox):
    """Let the sandbox's time pass until no report is left to be repeated."""
    async with asyncio.timeout(120):
        while sandbox.widget.reports.pending:
            sandbox.clock.advance(60)
            await asyncio.sleep(0)


async def passing(sandbox, bank):
    """Let the sandbox's time pass until the bank gets a request, and return its content."""
    async with asyncio.timeout(120):
        while not bank.count:
            sandbox.clock.advance(1)
            await asyncio.sleep(0)
    return await bank.next()


@pytest.mark.parametrize("status", [503, 500, 429, 408])
async def test_a_report_that_was_not_stored_is_sent_again(sandbox, bank, approved, status):
    """The same body with the same session, until the bank has it; the sender does not wait."""
    bank.statuses = [status, status]
    assert (await approved()).place == "done"
    first = await bank.next()
    for _ in range(2):
        headers, body = await passing(sandbox, bank)
        assert (headers["Authorization"], body) == (f"Bearer {SESSION}", first[1])
    await finished(sandbox)
    assert bank.count == 0


@pytest.mark.parametrize("status", [200, 302, 400, 401, 404])
async def test_a_final_answer_is_final(sandbox, bank, approved, status):
    """A report that was stored, or refused, is not sent again."""
    bank.statuses = [status]
    await approved()
    await bank.next()
    await finished(sandbox)
    assert bank.count == 0


async def test_the_repetitions_end(sandbox, bank, approved):
    """Five attempts, all within the life of a page's session."""
    bank.statuses = [503] * 9
    begun = sandbox.clock()
    await approved()
    for _ in range(5):
        await passing(sandbox, bank)
    assert sandbox.clock() - begun < timedelta(minutes=15)
    await finished(sandbox)
    assert len(bank.statuses) == 4


async def test_a_session_stays_with_its_link(reporting, link, person, browser):
    """The cookie goes to the pages of its own link and to no script."""
    made, other = await reporting(), await link("user-2")
    async with browser.get(f"{made.url}?session={SESSION}", allow_redirects=False) as response:
        cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    jar = browser.cookie_jar
    assert "session" in jar.filter_cookies(URL(made.url + "/data"))
    assert "session" not in jar.filter_cookies(URL(other.url))
