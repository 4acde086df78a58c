"""The M2M account over the console's API: who may do what, what works, and what each fault says."""

from uuid import uuid4

import pytest
from aiohttp import ClientSession, TraceConfig, web
from aiohttp.test_utils import TestServer

from lola.console import PartnerDesk, build_console
from lola.console.partner_api import ROUTES
from lola.console.roles import LEAST, NEEDS
from lola.domain.session import Session
from lola.escalation.partner_actions import PartnerActions
from lola.gateway.partner_events import PartnerEvents
from lola.money.links import TicketIndex
from lola.partners.m2m import M2MClient
from lola.sandbox import SandboxCredentials
from lola.sandbox.m2m.request_schemas import read_create
from lola.sandbox.server import Sandbox
from lola.state import Keys
from lola.state.audit import AuditLines, AuditTrail
from lola.state.kept_events import KeptEvents
from lola.state.staff_audit import StaffAudit
from tests.support import ticket
from tests.unit.cli.m2m.conftest import operation
from tests.unit.cli.m2m.documented import TABLE
from tests.unit.escalation.support import address
from tests.unit.sandbox.m2m.conftest import AMOUNT, BANK, DEVICE, WHOLE

REASON = {"reason": "case 4711"}
OPEN, USED = "reference-open", "reference-used"
WRITING = [route.name for route in ROUTES if route.method == "POST"]


def needs(route):
    """Return the role that a route needs at least."""
    return LEAST[NEEDS[f"api_m2m_{route.name}"]]


SUPERVISORS = [route.name for route in ROUTES if needs(route) == "supervisor"]


@pytest.fixture
async def sandbox(bank):
    credentials = SandboxCredentials()
    sandbox = Sandbox(credentials, bank.clock)
    await sandbox.start()
    sandbox.key = credentials.m2m_api_key
    yield sandbox
    await sandbox.stop()


@pytest.fixture
def asked():
    """Names of the operations that the partner was asked for."""
    return []


async def at_once(_seconds):
    """Wait for nothing between two attempts."""


@pytest.fixture
async def client(sandbox, asked):
    async def note(_session, _context, sent):
        asked.append(operation(sent.method, sent.url.path))

    trace = TraceConfig()
    trace.on_request_start.append(note)
    async with ClientSession(trace_configs=[trace]) as http:
        yield M2MClient(
            http,
            base_url=f"{sandbox.url}/m2m",
            api_key=sandbox.key,
            timeout=2,
            environment="sandbox",
            sleep=at_once,
        )


@pytest.fixture
def audit(bank, connections):
    keys = Keys(f"a{uuid4().hex[:12]}")
    return StaffAudit(AuditTrail(connections, keys, bank.clock, AuditLines("")))


@pytest.fixture
async def server(bank, staff, client, audit, connections):
    kept = KeptEvents(connections.commands, Keys(f"k{uuid4().hex[:12]}"), bank.clock)
    events = PartnerEvents(
        inbox=bank.inbox,
        tickets=TicketIndex(bank.store),
        kept=kept,
        client=client,
        new_trace_id=lambda: "trace",
    )
    root = web.Application()
    console = build_console(
        inbox=bank.inbox,
        owners=bank.owners,
        store=bank.store,
        index=bank.index,
        is_opted_out=bank.consent.is_opted_out,
        clock=bank.clock,
        rates=bank.rates,
        secure=False,
        partner=PartnerDesk(
            client=client,
            actions=PartnerActions(client=client, audit=audit, events=events, kept=kept),
            reference_of=lambda sender: f"reference-of-{sender.sender}",
        ),
    )
    root.add_subapp("/console/", console)
    async with TestServer(root) as running:
        yield running


@pytest.fixture
async def ids(bank, sandbox):
    """A conversation with an open link, and what the partner has besides."""
    platform = sandbox.m2m
    home = platform.partners.find("sol")
    data = {"userData": {**WHOLE, "paymentMethod": BANK}, "metadata": {"recipient": "Rosa"}}
    hook = {"callbackUrl": "http://127.0.0.1:9/hook"}
    platform.deliveries.drops = True
    opened = platform.create_link(home, read_create({"referenceId": OPEN, **data, **hook}))
    used = platform.create_link(home, read_create({"referenceId": USED, **data, **hook}))
    platform.customer.open(used, DEVICE)
    platform.customer.hurry(used)
    done = platform.customer.approve(used, AMOUNT)
    known = ticket(sender=OPEN, link_id=opened.link_id)
    conversation = await bank.turn(session=_session(bank, known))
    await TicketIndex(bank.store).remember(
        ticket(sender=USED, link_id=used.link_id), address(), now=bank.clock()
    )
    log = platform.deliveries.list.all(link=used.link_id, event="link.opened")
    return {
        "conversation": conversation,
        "link": opened.link_id,
        "used": used.link_id,
        "operation": done.operation_id,
        "delivery": next(iter(log)).delivery_id,
    }


def _session(bank, *tickets):
    return Session(address=address(), started_at=bank.clock(), language="es", tickets=tickets)


def path_of(name, ids):
    route = next(route for route in ROUTES if route.name == name)
    given = ids["delivery"] if "deliveries" in route.path else ids["link"]
    path = route.path.split("/")
    filled = [
        ids["conversation"] if part.startswith("{conversation") else given
        if part.startswith("{id") else part
        for part in path
    ]  # fmt: skip
    return route.method, f"m2m/{'/'.join(filled)}"


async def call(person, name, ids, body=REASON):
    """Ask one route; return the status and the JSON."""
    method, path = path_of(name, ids)
    asked = person.get(f"api/{path}") if method == "GET" else person.call(path, body)
    async with asked as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
async def test_every_route_works_for_its_role(ana, eva, ids, route):
    """Staff up to what the table says, supervisors everywhere; every answer is JSON."""
    status, body = await call(eva, route.name, ids)
    assert status in {200, 201}, body
    status, body = await call(ana, route.name, ids)
    if needs(route) == "supervisor":
        assert (status, body) == (403, {"error": "role", "needs": "supervisor"})
    else:
        assert status in {200, 201, 409}, body


@pytest.mark.parametrize(
    "row", [row for row in TABLE.values() if row.console != "-"], ids=lambda row: row.operation
)
async def test_the_documented_route_asks_the_partner(eva, ids, asked, row):
    """The table of docs/m2m.md says which operation each route is for."""
    await call(eva, row.console, ids)
    assert row.operation in asked


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
async def test_no_route_is_open_and_none_changes_without_the_token(open_browser, eva, ids, route):
    """The same sign-in and token as for the rest of the console."""
    status, body = await call(open_browser(), route.name, ids)
    assert (status, body) == (401, {"error": "signed_out"})
    if route.method == "POST":
        eva.csrf = "guess"
        assert await call(eva, route.name, ids) == (403, {"error": "csrf"})


@pytest.mark.parametrize("name", SUPERVISORS)
async def test_who_may_not_is_refused_before_anything_happens(ana, ids, audit, sandbox, name):
    """No record, no call: only the log names who tried."""
    sandbox.faults.add("m2m", "500")
    assert (await call(ana, name, ids))[0] == 403
    assert sandbox.faults.pending()["m2m"] == ["500"]
    assert await audit.newest() == ()


@pytest.mark.parametrize("name", WRITING)
async def test_a_change_needs_a_reason(eva, ids, audit, name):
    """Missing, empty, too long, malformed: 422 with a stable word, and no record."""
    for body, word in (
        ({}, "malformed"),
        ({"reason": 1}, "malformed"),
        ({**REASON, "more": 1}, "malformed"),
        ({"reason": " "}, "reason_missing"),
        ({"reason": "x" * 501}, "reason_too_long"),
    ):
        assert await call(eva, name, ids, body) == (422, {"error": word})
    assert await audit.newest() == ()


@pytest.mark.parametrize("name", WRITING)
async def test_a_change_is_recorded_with_who_and_why(eva, ids, audit, name):
    """Before the partner is asked, and with what came of it."""
    assert (await call(eva, name, ids))[0] in {200, 201}
    asked, done = await audit.newest()
    assert (asked.who, asked.reason, asked.outcome) == ("eva", "case 4711", "asked")
    assert done.outcome.startswith("done")


@pytest.mark.parametrize("name", [route.name for route in ROUTES])
async def test_an_outage_of_the_partner_is_503(eva, ids, sandbox, name):
    """It says nothing about the sender."""
    sandbox.faults.add("m2m", "500", 3)
    assert await call(eva, name, ids) == (
        503,
        {"error": "partner_unavailable", "code": "LOLA-501"},
    )


@pytest.mark.parametrize("name", [route.name for route in ROUTES])
async def test_a_refused_key_is_not_the_staffs_fault(eva, ids, sandbox, name):
    """502: neither 401 nor 403, which would look like a sign-in that ended."""
    platform = sandbox.m2m
    platform.partners.set_status(platform.partners.find("sol"), "suspended")
    status, body = await call(eva, name, ids)
    assert (status, body["error"]) == (502, "partner_refused")
    assert body["partner_code"] == "PARTNER_SUSPENDED"


@pytest.mark.parametrize("name", ["activity", "revoke", "readiness", "verify", "redeliver"])
async def test_an_id_that_the_partner_does_not_know_is_404(eva, ids, name):
    """With the partner's own code."""
    unknown = ids | {"link": "link_sol_unknown", "delivery": "whd_unknown"}
    status, body = await call(eva, name, unknown)
    assert (status, body["error"]) == (404, "unknown")
    assert body["partner_code"] == "RESOURCE_NOT_FOUND"


@pytest.mark.parametrize("name", ["operations", "links", "user", "block", "unblock"])
async def test_a_sender_who_is_not_there_is_404_or_an_empty_list(eva, bank, ids, name):
    """An unknown conversation, and a sender whom the partner never saw."""
    unknown = ids | {"conversation": f"whatsapp-{'0' * 24}"}
    assert await call(eva, name, unknown) == (404, {"error": "no_conversation"})
    stranger = ids | {"conversation": await bank.turn(address("0777"))}
    found = await call(eva, name, stranger)
    is_list = name in {"operations", "links"}
    assert found == (
        (200, {"items": [], "more": False}) if is_list else (404, {"error": "no_user"})
    )


async def test_a_sender_is_the_one_of_the_conversations_newest_ticket(ana, ids):
    """The partner's reference of a ticket never changes, unlike a number."""
    _, body = await call(ana, "links", ids)
    assert [item["linkId"] for item in body["items"]] == [ids["link"]]
    _, body = await call(ana, "user", ids)
    assert body["referenceId"] == OPEN


async def test_a_used_link_is_not_revoked_and_a_revoked_one_is_a_conflict(ana, ids):
    """409 in both cases; the words tell them apart."""
    assert await call(ana, "revoke", ids | {"link": ids["used"]}) == (409, {"error": "used"})
    assert (await call(ana, "revoke", ids))[0] == 200
    status, body = await call(ana, "revoke", ids)
    assert (status, body["error"]) == (409, "conflict")


async def test_what_the_partner_finds_wrong_is_422(ana, ids):
    """A verification for a link that was revoked (reference/m2m.md 5.17)."""
    await call(ana, "revoke", ids)
    status, body = await call(ana, "verify", ids)
    assert (status, body["error"], body["partner_code"]) == (
        422,
        "partner_refused",
        "INVALID_REQUEST",
    )


async def test_no_answer_opens_a_link_or_names_a_person(eva, ids, sandbox):
    """Neither the address of a link nor that of an identity check, and no personal data."""
    for route in ROUTES:
        method, path = path_of(route.name, ids)
        asked = eva.get(f"api/{path}") if method == "GET" else eva.call(path, REASON)
        async with asked as answer:
            text = await answer.text()
        for private in (f"{sandbox.url}/widget", "Rosa", "Ruiz", "GAPA900515", "5558"):
            assert private not in text, route.name


async def test_a_webhook_is_taken_again_and_counts_once(eva, ids, bank):
    """It reaches the sender's conversation as a late event."""
    assert await call(eva, "redeliver", ids) == (200, {"outcome": "accepted"})
    assert await call(eva, "redeliver", ids) == (200, {"outcome": "duplicate"})
    (envelope,) = (await bank.next_work()).envelopes
    assert envelope.inbound.content.data["late"] is True


async def test_deliveries_are_narrowed(ana, ids):
    """By link and by status; an unknown status is refused here."""
    async with ana.get(f"api/m2m/deliveries?link={ids['used']}&status=failed") as answer:
        assert (await answer.json())["items"] == []
    async with ana.get(f"api/m2m/deliveries?link={ids['link']}") as answer:
        assert {item["linkId"] for item in (await answer.json())["items"]} == {ids["link"]}
    async with ana.get("api/m2m/deliveries?status=odd") as answer:
        assert (answer.status, await answer.json()) == (422, {"error": "malformed"})


async def test_staff_ask_the_partner_what_happened_to_a_link(ana, ids, bank, sandbox):
    """The steps are in words; a foreign ticket is unknown, and an outage is said as one."""
    page = f"conversations/{ids['conversation']}"
    async with ana.get(page) as answer:
        assert f'href="/console/{page}/links/tk_1"' in await answer.text()
    for path in (f"{page}/links/tk_1", f"{page}/links/tk_1?part"):
        async with ana.get(path) as answer:
            assert (answer.status, "The link was made" in await answer.text()) == (200, True)
    other = await bank.turn(address("0199"))
    async with ana.get(f"conversations/{other}/links/tk_1") as answer:
        assert answer.status == 404
    await sandbox.stop()
    async with ana.get(f"{page}/links/tk_1") as answer:
        assert "The partner does not answer now." in await answer.text()
