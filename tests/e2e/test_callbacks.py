"""The secure page's reports: taken once, from the right page, about the right ticket."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from redis.asyncio import Redis

from lola.money.page_sessions import Grant
from lola.sandbox.m2m.transfer_details import TransferDetails
from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.waiting import until
from tests.e2e.pages import RETURNING, Page, opened, session_of
from tests.e2e.process import free_port
from tests.support import ManualClock

pytestmark = [pytest.mark.e2e]

SEND, SEND_FAILED = "process_send_call_back", "process_send_failure"
CIP, CIP_FAILED = "process_cip_success", "process_cip_failure"
NUMBER = "+15550107001"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        yield session


@pytest.fixture
async def harness(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Harness]:
    settings = load_settings(port=0, lola_data=tmp_path, retriever="")
    async with Harness(settings, clock=clock) as running:
        yield running


@pytest.fixture
async def page(harness: Harness, http: aiohttp.ClientSession) -> Page:
    return await opened(harness, http, harness.sender(NUMBER))


async def booked(harness: Harness, page: Page) -> str:
    """Book the transfer at the partner, whose webhook is lost, and return the operation's id."""
    m2m = harness.sandbox.m2m
    m2m.deliveries.drops = True
    link = next(one for one in m2m.links.list.all() if one.metadata["ticketId"] == page.ticket)
    m2m.customer.hurry(link)
    details = TransferDetails.read(link.metadata)
    assert details is not None
    return m2m.customer.approve(link, details.to_amount()).operation_id


async def tickets(harness: Harness, page: Page) -> dict[str, str]:
    """Return the statuses of a sender's tickets as they were last committed."""
    stored = await harness.service.store.read(page.sender.conversation)
    assert stored.state is not None
    return {item["id"]: item["status"] for item in stored.state["tickets"]}


async def test_an_approval_is_told_and_cannot_be_repeated(harness: Harness, page: Page) -> None:
    """One report, one sentence with the reference; the same one again is refused
    (reference/lola.md 17).
    """
    operation = await booked(harness, page)
    status, body, _ = await page.report(SEND, operationId=operation)
    assert (status, body) == (200, b'{"status": "ok"}')
    told = await page.sender.event("callback")
    assert operation in told.replies[-1].text
    assert await tickets(harness, page) == {page.ticket: "approved"}
    assert (await page.report(SEND, operationId=operation))[0] == 401
    assert (await page.report(SEND_FAILED))[0] == 401


async def test_an_operation_that_the_partner_does_not_know_is_never_confirmed(
    harness: Harness, page: Page, clock: ManualClock
) -> None:
    """The page claims an approval: it is not known yet, and at the link's end it is not one."""
    assert (await page.report(SEND, operationId="op_sol_abc123"))[0] == 200
    told = (await page.sender.event("callback")).replies[-1]
    assert "todavía no puedo comprobar" in told.text
    assert "op_sol_abc123" not in told.text
    assert told.options == ()
    assert await tickets(harness, page) == {page.ticket: "unsure"}
    clock.advance(minutes=61)
    truth = (await page.sender.event("check")).replies[-1]
    assert "no se envió nada" in truth.text


async def test_a_verdict_that_no_handler_knows_is_reported_again(
    harness: Harness, page: Page
) -> None:
    """503 uses nothing up: the page repeats it, operators see it, and a known one still counts."""
    assert (await page.report(CIP, verdict="needs_review"))[0] == 503
    (waiting,) = await harness.service.state.kept_events.all()
    assert (waiting.reason, waiting.body["ids"]) == ("unknown verdict", {"value": "needs_review"})
    assert (await page.report(CIP, verdict="verified"))[0] == 200
    assert "verificada" in (await page.sender.event("identity")).replies[-1].text


async def test_identity_and_transfer_are_two_operations(harness: Harness, page: Page) -> None:
    """A verdict does not spend the approval (reference/lola.md 14)."""
    assert (await page.report(CIP, verdict="passed"))[0] == 200
    assert "verificada" in (await page.sender.event("identity")).replies[-1].text
    assert (await page.report(CIP_FAILED))[0] == 401
    await booked(harness, page)
    assert (await page.report(SEND))[0] == 200
    await page.sender.event("send")
    assert await tickets(harness, page) == {page.ticket: "approved"}


async def test_a_failure_is_told_and_the_link_ends(harness: Harness, page: Page) -> None:
    """A failed check says that no money moved; the short link no longer works."""
    assert (await page.report(CIP_FAILED))[0] == 200
    told = await page.sender.event("identity")
    assert "No se movió dinero" in told.replies[-1].text
    assert [title for _, title in told.replies[-1].options] == ["Preparar otra vez"]
    async with page.http.get(page.link, allow_redirects=False) as response:
        assert response.status == 404


async def test_two_hundred_reports_at_once_are_one(harness: Harness, page: Page) -> None:
    """Same address, other sessions of the same ticket, success beside failure: one is taken."""
    others = [await session_of(page.http, page.link) for _ in range(5)]
    reports = [
        (
            SEND if number % 2 else SEND_FAILED,
            {"session": others[number % 5], "operationId": f"op_{number}"},
        )
        for number in range(200)
    ]
    answers = await page.statuses(*reports)
    # A machine that is short of breath may say "later"; a page then asks again, all at once.
    while 503 in answers:
        again = [report for report, status in zip(reports, answers, strict=True) if status == 503]
        retried = iter(await page.statuses(*again))
        answers = [next(retried) if status == 503 else status for status in answers]
    assert set(answers) <= {200, 401}
    assert answers.count(200) <= 1
    await page.sender.event("callback")
    (status,) = (await tickets(harness, page)).values()
    if 200 in answers:
        # The partner has no operation, so an approval is not confirmed.
        assert status == ("unsure" if reports[answers.index(200)][0] == SEND else "failed")
    audit = harness.service.state.audit_trail
    trail = [record for record in await audit.newest() if record.kind == "ticket"]
    assert [record.body["to"] for record in trail] == ["confirmed", "link_sent", status]
    assert {record.body["ticket"] for record in trail} == {page.ticket}
    assert {record.subject for record in trail} == {audit.lines.subject(page.sender.conversation)}


async def test_every_refusal_looks_the_same(harness: Harness, page: Page, clock) -> None:
    """Forged, foreign, without rights, malformed or old: one status, one body, the same headers."""
    other = await opened(harness, page.http, harness.sender("+15550107002"))
    address = page.callbacks[SEND]
    sessions = harness.service.tokens.sessions
    grant = sessions.read(page.session, clock())
    weak = Grant(
        ticket=grant.ticket, subject=grant.subject, conversation=grant.conversation,
        digest=grant.digest, actions=("cip:scan-id",),
    )  # fmt: skip
    strange = Grant(
        ticket=grant.ticket, subject=grant.subject, conversation="whatsapp-other",
        digest=grant.digest, actions=grant.actions,
    )  # fmt: skip
    refused = [
        await page.report(SEND, address=f"{address[:-1]}{'A' if address[-1] != 'A' else 'B'}"),
        await page.report(SEND, address=f"{address}AAAA"),
        await page.report(SEND, address=f"{harness.service.url}/callbacks/{'A' * 2000}"),
        await page.report(SEND, address=other.callbacks[SEND]),
        await page.report(SEND, session=other.session),
        await page.report(SEND, session=""),
        await page.report(SEND, session="not.a.token"),
        await page.report(SEND, session=sessions.issue(weak, clock())),
        await page.report(SEND, session=sessions.issue(strange, clock())),
        await page.report(SEND, ticketId=other.ticket),
        await page.report(SEND, ticketId=7),
        await page.report(SEND, operationId="4111 1111 1111 1111"),
        await page.report(SEND, operationId="4111111111111111"),
        await page.report(SEND, padding="x" * 20_000),
        await page.report(SEND, headers={"Origin": "https://evil.example"}),
        await page.report(CIP, verdict="blocked by me"),
    ]
    assert {status for status, _, _ in refused} == {401}
    assert len({(body, tuple(sorted(headers.items()))) for _, body, headers in refused}) == 1
    # None of it spent anything.
    assert set((await tickets(harness, page)).values()) == {"link_sent"}
    assert (await page.report(SEND))[0] == 200


@pytest.mark.parametrize(("minutes", "renewed", "status"), [(16, False, 401), (119, True, 200),
                                                            (121, True, 401)])  # fmt: skip
async def test_addresses_live_two_hours_and_sessions_less(
    harness: Harness, page: Page, clock, minutes: int, renewed: bool, status: int
) -> None:
    """A stale page cannot be resumed; a fresh session does not revive an old address."""
    grant = harness.service.tokens.sessions.read(page.session, clock())
    clock.advance(minutes=minutes)
    session = harness.service.tokens.sessions.issue(grant, clock()) if renewed else page.session
    assert (await page.report(SEND, session=session))[0] == status


async def test_a_report_that_cannot_be_stored_is_not_spent(harness: Harness, page: Page) -> None:
    """503 while Redis takes no writes; afterwards the same address works, once."""
    redis: Redis = harness.service.store._redis
    await redis.config_set("maxmemory", "1")
    assert (await page.report(SEND))[0] == 503
    await redis.config_set("maxmemory", "0")
    assert await page.statuses((SEND, {}), (SEND, {})) in ([200, 401], [401, 200])
    await page.sender.event("callback")


async def test_any_instance_takes_a_report_after_any_restart(tmp_path: Path, clock, http) -> None:
    """No process keeps state of a callback (reference/lola.md 15)."""
    settings = load_settings(port=free_port(), lola_data=tmp_path, retriever="")
    async with Harness(settings, clock=clock) as first:
        page = await opened(first, http, first.sender(NUMBER))
    async with Harness(settings, clock=clock) as second:
        assert (await page.report(SEND))[0] == 200
        # The sandbox's WhatsApp number is made up at each start: the ticket knows its own.
        _, address = await second.service.tickets.find(ticket_id=page.ticket)

        async def approved() -> bool:
            state = (await second.service.store.read(address.conversation)).state
            # The new process has a new sandbox, which knows nothing of the transfer.
            return state["tickets"][0]["status"] == "unsure"

        await until(approved)


async def test_only_the_widgets_origin_may_report_from_a_browser(
    harness: Harness, page: Page
) -> None:
    """Preflight and answer name that origin and no other; a page's server needs none."""
    address, mine = page.callbacks[SEND], harness.sandbox.url
    asks = {"Access-Control-Request-Method": "POST"}
    async with page.http.options(address, headers={"Origin": mine, **asks}) as allowed:
        assert allowed.status == 204
        assert allowed.headers["Access-Control-Allow-Origin"] == mine
        assert "authorization" in allowed.headers["Access-Control-Allow-Headers"]
        assert allowed.headers["Vary"] == "Origin"
    async with page.http.options(address, headers={"Origin": "https://evil.example"}) as denied:
        assert denied.status == 403
        assert "Access-Control-Allow-Origin" not in denied.headers
    status, _, headers = await page.report(SEND, headers={"Origin": mine})
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, mine)


async def test_who_is_verified_need_not_prove_it_again(harness: Harness, http) -> None:
    """A verified sender's ticket allows no identity action, and has no address for one."""
    page = await opened(harness, http, harness.sender("+15550100001"), RETURNING)
    assert page.actions == ["card:add", "send:approve"]
    assert set(page.callbacks) == {SEND, SEND_FAILED, "process_card_added"}
