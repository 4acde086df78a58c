"""What webhooks lost is found in the partner's lists, and told once, by the running service."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from lola.app.reconciler import Bounds, Reconciler, build_reconciler
from lola.domain.messages import JsonObject
from lola.sandbox.m2m.rows import Link
from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.waiting import until
from tests.e2e.transfer import Transfer, with_link
from tests.support import ManualClock

pytestmark = [pytest.mark.e2e]

RECORDED = {"es": "ya está registrado", "en": "it is on record"}
SETTLED = {"es": "se completó", "en": "is complete"}
FAILED = {"es": "no se pudo completar", "en": "could not be completed"}
CANCELLED = {"es": "Cancelaste el envío", "en": "You cancelled the transfer"}
NOTHING_SENT = {"es": "no se envió nada", "en": "nothing was sent"}
OPENED = {"es": "abriste el enlace", "en": "you opened the secure link"}
AMOUNT: JsonObject = {"send": 200, "receive": 3450, "rate": 17.25, "fee": 3.99,
                      "currency": {"source": "USD", "destination": "MXN"}}  # fmt: skip
FUNDS: JsonObject = {"type": "card"}

in_both_languages = pytest.mark.parametrize("language", ["es", "en"])
Start = Callable[[str], Awaitable[Transfer]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def harness(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Harness]:
    """A service whose partner's webhooks are all lost; its reconciler runs when a test says so."""
    settings = load_settings(
        port=0,
        lola_data=tmp_path,
        retriever="",
        partner_timeout_seconds=3,
        m2m_reconcile_minutes=0,
        fold_courtesy=False,
    )
    async with Harness(settings, clock=clock) as running:
        running.sandbox.m2m.deliveries.drops = True
        yield running


@pytest.fixture
def start(harness: Harness, http: aiohttp.ClientSession) -> Start:
    return partial(with_link, harness, http)


class Watched:
    """The M2M client, with something that happens before each page of operations is read."""

    def __init__(self, harness: Harness, before: Callable[[int], Awaitable[None]]) -> None:
        self._client = harness.service.m2m
        self._before = before

    async def operations_page(self, number: int, **window: Any) -> Any:
        await self._before(number)
        return await self._client.operations_page(number, **window)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def another(
    harness: Harness,
    *,
    before: Callable[[int], Awaitable[None]] | None = None,
    holder: str = "another process",
    bounds: Bounds | None = None,
) -> Reconciler:
    """Return a reconciler as another process has it."""
    service = harness.service
    partners = service.partners
    if before is not None:
        partners = replace(partners, m2m=Watched(harness, before))
    return build_reconciler(
        service.settings, service.clock, service.state, partners, service.metrics,
        holder=holder, bounds=bounds,
    )  # fmt: skip


def operations_of_others(harness: Harness, count: int) -> None:
    """Let the partner have operations of another system on the same account."""
    sandbox = harness.sandbox.m2m
    partner = sandbox.partners.all()[0]
    for number in range(count):
        body = {"referenceId": f"other-{number}", "expiresInMinutes": 60, "flow": "m2m-basic",
                "theme": None, "language": "es", "callbackUrl": None, "metadata": {}}  # fmt: skip
        link = sandbox.links.create(partner, body)
        sandbox.operations.create(link, amount=AMOUNT, funding=FUNDS, payout=FUNDS)


async def told(transfer: Transfer, text: str) -> str:
    """Wait until the sender was told a text, and return everything they were told."""

    async def is_told() -> bool:
        return text in transfer.said()

    await until(is_told)
    return transfer.said()


async def handled(transfer: Transfer, status: str) -> None:
    """Wait until the ticket has a status and all messages are out."""

    async def is_there() -> bool:
        return await transfer.status() == status

    await until(is_there)


@in_both_languages
async def test_an_approval_whose_webhook_was_lost_is_told_once(
    start: Start, harness: Harness, language: str
) -> None:
    """A second run and the webhook itself, which comes late, add nothing."""
    transfer = await start(language)
    operation = await transfer.approve()
    report = await harness.service.reconciler.run()
    assert (report.outcome, dict(report.counts)) == ("complete", {"operation": 1})
    assert operation in await told(transfer, RECORDED[language])
    again = await harness.service.reconciler.run()
    assert (again.outcome, dict(again.counts)) == ("complete", {})
    await transfer.post("operation.created", operationId=operation, linkId=transfer.link,
                        amount=AMOUNT, status="created")  # fmt: skip
    await transfer.sender.say("hola")
    assert transfer.said().count(RECORDED[language]) == 1
    audited = [record.body for record in await harness.service.state.audit_trail.newest()]
    assert [body["found"] for body in audited if body.get("event") == "reconciled"] == ["operation"]


@in_both_languages
@pytest.mark.parametrize(
    ("steps", "text", "status"),
    [
        (("processing", "completed"), SETTLED, "settled"),
        (("processing", "failed"), FAILED, "failed"),
    ],
)
async def test_what_became_of_an_old_operation_is_found(
    start: Start,
    harness: Harness,
    clock: ManualClock,
    language: str,
    steps: tuple[str, ...],
    text: dict[str, str],
    status: str,
) -> None:
    """It was made before the cursor, so it is found because its ticket is still open."""
    transfer = await start(language)
    operation = await transfer.approve()
    await harness.service.reconciler.run()
    await told(transfer, RECORDED[language])
    clock.advance(hours=1)
    await harness.service.reconciler.run()
    clock.advance(hours=7)
    for step in steps:
        url = f"{harness.sandbox.url}/control/m2m/operations/{operation}"
        async with transfer.http.post(url, json={"status": step}) as response:
            assert response.status == 200
    report = await harness.service.reconciler.run()
    assert (report.operations, report.tickets) == (0, 1)
    await told(transfer, text[language])
    await handled(transfer, status)
    clock.advance(hours=7)
    await harness.service.reconciler.run()
    assert await harness.service.state.open_tickets.count() == 0


@in_both_languages
async def test_an_opening_and_a_cancellation_are_found(
    start: Start, harness: Harness, language: str
) -> None:
    """Both in the partner's order."""
    transfer = await start(language)
    await transfer.act("open")
    await harness.service.reconciler.run()
    await told(transfer, OPENED[language])
    await transfer.act("cancel")
    await harness.service.reconciler.run()
    await told(transfer, CANCELLED[language])
    assert transfer.said().count(OPENED[language]) == 1


@in_both_languages
async def test_a_link_that_the_partner_revoked_is_over(
    start: Start, harness: Harness, language: str
) -> None:
    """Nothing can be approved with it any more, so the sender hears that nothing was sent."""
    transfer = await start(language)
    await harness.service.m2m.revoke_link(transfer.link, "a colleague at the partner")
    await harness.service.reconciler.run()
    await told(transfer, NOTHING_SENT[language])
    assert await transfer.status() == "expired"


async def test_a_dry_run_reports_and_changes_nothing(start: Start, harness: Harness) -> None:
    """It needs no lease, moves no cursor and enqueues nothing."""
    transfer = await start("es")
    operation = await transfer.approve()
    reconciler, state = harness.service.reconciler, harness.service.state.reconciler
    assert await state.hold("another process", 60)
    report = await reconciler.run(dry=True)
    finding = report.to_json()["findings"][0]
    assert finding["difference"] == "operation"
    assert (finding["ticket"], finding["operation"]) == (transfer.ticket, operation)
    assert (finding["ticket_status"], finding["partner_status"]) == ("link_sent", "created")
    assert (await state.progress()).cursor is None
    assert (await reconciler.run()).outcome == "held_elsewhere"
    await transfer.sender.say("hola")
    assert RECORDED["es"] not in transfer.said()


async def test_two_processes_compare_one_after_the_other(start: Start, harness: Harness) -> None:
    """One has the lease; the sender is told once."""
    transfer = await start("es")
    await transfer.approve()
    first, second = harness.service.reconciler, another(harness)
    outcomes = {report.outcome for report in await asyncio.gather(first.run(), second.run())}
    assert outcomes == {"complete", "held_elsewhere"}
    await told(transfer, RECORDED["es"])
    assert (await second.run()).outcome == "complete"
    await transfer.sender.say("hola")
    assert transfer.said().count(RECORDED["es"]) == 1


async def test_a_partner_that_fails_in_the_middle_moves_no_cursor(
    start: Start, harness: Harness
) -> None:
    """The second page fails: what was on it is found by the next run."""
    transfer = await start("es")
    await transfer.approve()
    operations_of_others(harness, 120)
    faults = harness.sandbox.faults

    async def fails(number: int) -> None:
        faults.add("m2m", "500", 3 if number == 2 else 0)

    report = await another(harness, before=fails).run()
    assert (report.outcome, report.operations, dict(report.counts)) == ("partner_failed", 100, {})
    progress = await harness.service.state.reconciler.progress()
    assert progress.cursor is None
    assert not progress.is_complete
    report = await harness.service.reconciler.run()
    assert (report.outcome, dict(report.counts)) == ("complete", {"operation": 1})
    await told(transfer, RECORDED["es"])
    assert report.foreign == 120


async def test_a_process_that_dies_in_the_middle_blocks_nothing(
    start: Start, harness: Harness
) -> None:
    """Its lease runs out; another process begins again from the same cursor."""
    transfer = await start("es")
    await transfer.approve()
    state = harness.service.state.reconciler
    assert await state.hold("a process that died", 0.2)
    await state.begin(harness.service.clock())

    async def ran() -> bool:
        return (await harness.service.reconciler.run()).outcome == "complete"

    await until(ran)
    await told(transfer, RECORDED["es"])
    assert not await state.advance("a process that died", harness.service.clock())


async def test_a_run_without_its_lease_stops(harness: Harness) -> None:
    """A process that was paused finds another one at work, and moves no cursor."""
    operations_of_others(harness, 120)
    state = harness.service.state.reconciler

    async def is_paused(_: int) -> None:
        await state.leave("paused")
        assert await state.hold("another", 60)

    report = await another(harness, before=is_paused, holder="paused").run()
    assert report.outcome == "lease_lost"
    assert (await state.progress()).cursor is None


async def test_a_long_time_is_read_in_shorter_windows(
    start: Start, harness: Harness, clock: ManualClock
) -> None:
    """With one page per window and few calls per run, the cursor still reaches the present."""
    transfer = await start("es")
    for _ in range(4):
        operations_of_others(harness, 60)
        clock.advance(minutes=8)
    await transfer.approve()
    reconciler = another(harness, bounds=Bounds(pages=1, calls=8))
    first = await reconciler.run()
    assert first.outcome == "unfinished"
    assert first.calls <= 8
    runs = 1
    while (await reconciler.run()).outcome == "unfinished":
        runs += 1
        assert runs < 20
    await told(transfer, RECORDED["es"])


async def test_a_turn_does_not_wait_for_the_reconciler(start: Start, harness: Harness) -> None:
    """The partner hangs while it is compared; the sender gets their answer meanwhile."""
    transfer = await start("es")
    harness.sandbox.faults.add("m2m", "timeout", 3)
    running = asyncio.create_task(harness.service.reconciler.run())
    try:
        assert (await transfer.sender.say("¿cuánto cuesta enviar 100 dólares?")).replies
        assert not running.done()
    finally:
        assert (await running).outcome == "partner_failed"


async def test_what_no_event_can_repair_is_kept_for_staff(
    start: Start, harness: Harness, http: aiohttp.ClientSession
) -> None:
    """An operation of one of our senders without a ticket; kept once, and counted by doctor."""
    transfer = await start("es")
    await harness.service.m2m.revoke_link(transfer.link)
    partner = harness.sandbox.m2m.partners.all()[0]
    body = {"referenceId": transfer.reference, "expiresInMinutes": 60, "flow": "m2m-basic",
            "theme": None, "language": "es", "callbackUrl": None, "metadata": {}}  # fmt: skip
    link: Link = harness.sandbox.m2m.links.create(partner, body)
    harness.sandbox.m2m.operations.create(link, amount=AMOUNT, funding=FUNDS, payout=FUNDS)
    for expected in (1, 0):
        report = await harness.service.reconciler.run()
        assert report.counts["no_ticket"] == expected
    (kept,) = await harness.service.state.kept_events.all()
    assert kept.body["event"] == "reconciler.no_ticket"
    assert kept.body["ids"]["linkId"] == link.link_id
    assert kept.next_try is None


async def test_the_worker_runs_it_by_itself(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    """Once at the start; a wish after an outage and the interval bring the next runs."""
    clock = ManualClock()
    settings = load_settings(port=0, lola_data=tmp_path, retriever="", m2m_reconcile_minutes=10)
    async with Harness(settings, clock=clock) as harness:
        harness.sandbox.m2m.deliveries.drops = True
        state = harness.service.state.reconciler

        async def complete() -> bool:
            progress = await state.progress()
            return progress.ran_at == clock() and progress.is_complete

        await until(complete)
        transfer = await with_link(harness, http, "es")
        await transfer.approve()
        assert not await harness.service.reconciler.is_due()
        await state.want()
        assert not await harness.service.reconciler.is_due()
        clock.advance(minutes=1)
        await told(transfer, RECORDED["es"])
        await until(complete)
        clock.advance(minutes=9)
        assert not await harness.service.reconciler.is_due()
        clock.advance(minutes=1)
        await until(complete)


async def test_a_turn_that_could_not_ask_the_partner_asks_for_a_run(
    start: Start, harness: Harness, clock: ManualClock
) -> None:
    """After the outage the open question is settled, without waiting for the interval."""
    transfer = await start("es")
    await transfer.approve()
    harness.sandbox.faults.add("m2m", "500", 400)
    clock.advance(minutes=61)
    await transfer.sender.event("expired")
    assert await transfer.status() == "unsure"
    assert (await harness.service.state.reconciler.progress()).is_wanted
    harness.sandbox.faults.clear()
    assert (await harness.service.reconciler.run()).outcome == "complete"
    await told(transfer, RECORDED["es"])
    assert not (await harness.service.state.reconciler.progress()).is_wanted
