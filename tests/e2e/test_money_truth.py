"""What the chat says about money is what the partner has, whatever is lost on the way."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from lola.money.reference import sender_reference
from lola.partners.m2m import CIP_FIELDS
from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.waiting import until
from tests.e2e.transfer import Transfer, linked, with_link
from tests.support import ManualClock

pytestmark = [pytest.mark.e2e]

OUTAGE = 400
RENEW = {"es": "Preparar otra vez", "en": "Prepare it again"}
RECORDED = {"es": "ya está registrado", "en": "it is on record"}
CORRECTION = {"es": "mejor que sean 300 dólares", "en": "make it 300 dollars instead"}
NOT_CORRECTED = {"es": "no puedo cambiarlo desde aquí", "en": "I cannot change it from here"}
NOT_KNOWN = {"es": "Todavía no sé qué pasó", "en": "I do not know yet what happened"}
NOTHING_SENT = {"es": "no se envió nada", "en": "nothing was sent"}
CHANGED = {"es": "El monto cambió en la página segura", "en": "The amount changed on the secure"}
ON_HOLD = {"es": "quedó retenido para una revisión", "en": "was put on hold for a review"}

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
    """A service whose partner's webhooks are all lost, and that has no reconciler."""
    settings = load_settings(
        port=0,
        lola_data=tmp_path,
        retriever="",
        partner_timeout_seconds=3,
        m2m_reconcile_minutes=0,
    )
    async with Harness(settings, clock=clock) as running:
        running.sandbox.m2m.deliveries.drops = True
        yield running


@pytest.fixture
def start(harness: Harness, http: aiohttp.ClientSession) -> Start:
    return partial(with_link, harness, http)


@in_both_languages
async def test_a_transfer_that_was_approved_is_not_corrected(start: Start, language: str) -> None:
    """The partner has its operation, though no webhook came: no new summary, and a way to staff."""
    transfer = await start(language)
    operation = await transfer.approve()
    told = await transfer.sender.say(CORRECTION[language])
    said = "\n".join(reply.text for reply in told.replies)
    assert NOT_CORRECTED[language] in said
    assert operation in said
    assert told.state["draft"] is None
    assert await transfer.status() == "approved"


@in_both_languages
async def test_a_link_that_was_used_is_not_called_unused_when_webhooks_are_lost(
    start: Start, clock: ManualClock, language: str
) -> None:
    """At the end of the link the partner is asked, and the sender is told of the operation."""
    transfer = await start(language)
    operation = await transfer.approve()
    clock.advance(minutes=61)
    told = (await transfer.sender.event("expired")).replies[-1]
    assert RECORDED[language] in told.text
    assert operation in told.text
    assert told.options == ()
    assert NOTHING_SENT[language] not in transfer.said()
    assert await transfer.status() == "approved"


@in_both_languages
async def test_while_the_partner_cannot_be_asked_nothing_is_claimed_or_offered(
    start: Start, harness: Harness, clock: ManualClock, language: str
) -> None:
    """The sender reads that it is not known yet; later the truth, once, without having asked."""
    transfer = await start(language)
    operation = await transfer.approve()
    harness.sandbox.faults.add("m2m", "500", OUTAGE)
    clock.advance(minutes=61)
    told = (await transfer.sender.event("expired")).replies[-1]
    assert NOT_KNOWN[language] in told.text
    assert told.options == ()
    assert await transfer.status() == "unsure"
    harness.sandbox.faults.clear()
    clock.advance(minutes=1)
    truth = (await transfer.sender.event("check")).replies[-1]
    assert RECORDED[language] in truth.text
    assert operation in truth.text
    assert NOTHING_SENT[language] not in transfer.said()


@in_both_languages
async def test_an_unused_link_is_offered_again_only_when_the_partner_has_no_operation(
    start: Start, harness: Harness, clock: ManualClock, language: str
) -> None:
    """After the outage the partner says that there is none: then, and only then, the offer."""
    transfer = await start(language)
    harness.sandbox.faults.add("m2m", "500", OUTAGE)
    clock.advance(minutes=61)
    assert NOT_KNOWN[language] in (await transfer.sender.event("expired")).replies[-1].text
    clock.advance(minutes=1)
    checks = harness.service.state.timers
    harness.sandbox.faults.clear()
    await checks.fire_due()
    clock.advance(minutes=2)
    truth = (await transfer.sender.event("check")).replies[-1]
    assert NOTHING_SENT[language] in truth.text
    assert [title for _, title in truth.options] == [RENEW[language]]
    assert await transfer.status() == "expired"


@in_both_languages
async def test_the_old_offer_does_not_lead_to_a_second_payment(
    start: Start, harness: Harness, clock: ManualClock, language: str
) -> None:
    """A tap on an offer of yesterday asks the partner again before anything is prepared."""
    transfer = await start(language)
    clock.advance(minutes=61)
    await transfer.sender.event("expired")
    harness.sandbox.faults.add("m2m", "500", OUTAGE)
    answer = (await transfer.sender.choose(RENEW[language])).replies[-1]
    assert answer.options == ()
    assert NOT_KNOWN[language] in answer.text


@in_both_languages
async def test_an_event_with_only_the_documented_fields_finds_its_ticket(
    start: Start, language: str
) -> None:
    """Neither link nor metadata: the sender's reference is enough (reference/m2m.md 7.5)."""
    transfer = await start(language)
    operation = await transfer.approve()
    amount = {"send": 200, "receive": 3450, "fee": 3.99}
    status = await transfer.post(
        "operation.created",
        operationId=operation,
        referenceId=transfer.reference,
        amount=amount,
        status="created",
        createdAt=transfer.harness.sandbox.clock().isoformat(),
    )
    assert status == 200
    told = (await transfer.sender.event("m2m")).replies[-1].text
    assert RECORDED[language] in told
    assert "200.00 USD" in told


async def test_an_event_without_a_ticket_is_kept_and_used_when_its_ticket_is_known(
    start: Start, clock: ManualClock, harness: Harness
) -> None:
    """It is answered 200 only because it is stored; operators can count what waits."""
    transfer = await start("es")
    operation = await transfer.approve()
    kept = harness.service.state.kept_events
    data = {"operationId": operation, "status": "created", "amount": {"send": 200}}
    assert await transfer.post("operation.created", **data) == 200
    (waiting,) = await kept.all()
    assert waiting.reason == "no ticket"
    assert waiting.body["fields"] == ["amount", "operationId", "status"]
    assert "200" not in json.dumps(waiting.body)
    clock.advance(seconds=3)
    told = (await transfer.sender.event("m2m")).replies[-1].text
    assert operation in told

    async def used() -> bool:
        return await kept.all() == ()

    await until(used)


@in_both_languages
async def test_an_event_that_went_to_the_senders_other_chat_finds_its_own(
    start: Start, harness: Harness, clock: ManualClock, language: str
) -> None:
    """A reference means the sender's newest ticket; the operation's link leads to the right one."""
    transfer = await start(language)
    operation = await transfer.approve()
    clock.advance(minutes=5)
    other = await linked(
        harness.sender(transfer.sender.address.phone or "", channel="sms"), language
    )
    status = await transfer.post(
        "operation.created", operationId=operation, referenceId=transfer.reference, status="created"
    )
    assert status == 200
    kept = harness.service.state.kept_events

    async def misrouted() -> bool:
        return [event.reason for event in await kept.all()] == ["ticket not in the conversation"]

    await until(misrouted)
    before = len(other.last_seen)
    clock.advance(seconds=3)
    told = (await transfer.sender.event("m2m")).replies[-1].text
    assert RECORDED[language] in told
    assert operation in told
    assert len(other.last_seen) == before

    async def used() -> bool:
        return await kept.all() == ()

    await until(used)


async def test_a_data_request_that_came_before_its_ticket_is_acted_on(
    harness: Harness, http: aiohttp.ClientSession, clock: ManualClock
) -> None:
    """It is answered 200 and never sent again, so it is kept and tried again here."""
    phone, settings = harness.new_number(), harness.service.settings
    eva = harness.sandbox.senders.register(phone=phone, first_name="Eva", last_name="Lima")
    harness.sandbox.senders.save({**eva, "dob": "1990-05-15"})
    reference = sender_reference(phone, settings.sender_reference_key.get_secret_value())
    link = await harness.service.m2m.create_link(reference, callback_url=settings.m2m_callback_url)
    sender = harness.sender(phone)
    transfer = Transfer(
        harness=harness, http=http, sender=sender, link=link.link_id, ticket="", reference=reference
    )
    await transfer.act("open")
    request = harness.sandbox.m2m.deliveries.list.all(event="user.data_request")[0].payload
    data = json.loads(request)["data"]
    assert await transfer.post("user.data_request", **data) == 200
    (waiting,) = await harness.service.state.kept_events.all()
    assert waiting.body["request"]["fields"] == list(CIP_FIELDS)
    await linked(sender, "es")
    clock.advance(seconds=3)

    async def told() -> bool:
        return (await transfer.shown())["sources"].get("dob") == "partner_webhook"

    await until(told)
    assert await harness.service.state.kept_events.all() == ()


@in_both_languages
async def test_the_booked_amount_is_told_and_its_difference_is_recorded(
    start: Start, harness: Harness, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Confirmed 200, booked 500: the real amount, one sentence of explanation, audit and alarm."""
    transfer = await start(language)
    amount = {
        "send": 500, "receive": 8625, "rate": 17.25, "fee": 3.99,
        "currency": {"source": "USD", "destination": "MXN"},
    }  # fmt: skip
    operation = await transfer.approve(amount=amount)
    await transfer.post(
        "operation.created",
        operationId=operation,
        linkId=transfer.link,
        amount=amount,
        status="created",
    )
    told = (await transfer.sender.event("m2m")).replies[-1].text
    sends = {"es": "Envías: 500.00 USD", "en": "You send: 500.00 USD"}
    assert sends[language] in told
    assert "8,625.00 MXN" in told
    assert CHANGED[language] in told
    assert "200.00 USD" in told
    newest = (await harness.service.state.audit_trail.newest())[-1].body
    assert newest["difference"]["send"] == {"confirmed": "200.00 USD", "booked": "500.00 USD"}
    assert "ticket.amount_differs" in capsys.readouterr().out


@in_both_languages
async def test_a_transfer_on_hold_is_called_on_hold(start: Start, language: str) -> None:
    """Registered and stopped for a review; repeated events repeat nothing."""
    transfer = await start(language)
    operation = await transfer.approve()
    data = {"operationId": operation, "linkId": transfer.link, "status": "on_hold"}
    assert await transfer.post("operation.on_hold", **data) == 200
    await transfer.sender.event("m2m")
    assert ON_HOLD[language] in transfer.said()
    assert await transfer.post("operation.on_hold", **data) == 200
    assert transfer.said().count(ON_HOLD[language]) == 1


async def test_an_unknown_event_about_a_transfer_is_kept_and_the_partner_is_asked(
    start: Start, harness: Harness
) -> None:
    """Staff see the event; the sender hears what the partner's record says."""
    transfer = await start("es")
    operation = await transfer.approve()
    assert await transfer.post("operation.teleported", operationId=operation, linkId=transfer.link)
    told = (await transfer.sender.event("m2m")).replies[-1].text
    assert RECORDED["es"] in told
    (waiting,) = await harness.service.state.kept_events.all()
    assert (waiting.reason, waiting.body["event"]) == ("unknown kind", "operation.teleported")


async def test_a_reminder_is_not_sent_for_a_link_that_was_used(
    start: Start, clock: ManualClock
) -> None:
    """The partner has an operation: the sender is told of it instead of being asked to pay."""
    transfer = await start("es")
    operation = await transfer.approve()
    clock.advance(minutes=50)
    told = (await transfer.sender.event("nudge")).replies[-1]
    assert operation in told.text
    assert told.links == ()
