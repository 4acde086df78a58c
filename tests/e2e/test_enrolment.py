"""Registration, identity check and new card: one open link each, and only what is known is said."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from lola.app.partner_desk import build_partner_desk
from lola.escalation.partner_actions import PartnerActions
from lola.money.reference import sender_reference
from lola.partners.m2m import M2MEvent
from lola.partners.m2m.model import CipTicket
from lola.sandbox.m2m.rows import Verdict
from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.simulated_sender import SimulatedSender, TurnReport
from lola.testing.waiting import until
from lola.text.folding import unaccented
from tests.e2e.pages import SECONDS, Page, linked, session_of
from tests.support import ManualClock
from tests.unit.sandbox.widget.person import DATA, Person

pytestmark = [pytest.mark.e2e]

ASKS = {"es": "mándame el enlace para verificarme", "en": "please send me the link to verify me"}
EXPIRED = {"es": "ya venció", "en": "has expired"}
REVIEW = {"es": "está en revisión", "en": "is being reviewed"}
VERIFIED = {"es": "Tu identidad quedó verificada", "en": "Your identity is verified"}
REJECTED = {"es": "No pudimos verificar", "en": "We could not verify"}
UNSURE = {"es": "Todavía no puedo ver el resultado", "en": "I cannot see the result"}
DOWN = {"es": "No se inició nada", "en": "Nothing was started"}
REFUSED = {"es": "No me es posible", "en": "I am not able"}
both = pytest.mark.parametrize("language", ["es", "en"])


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def harness(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Harness]:
    settings = load_settings(port=0, lola_data=tmp_path, retriever="", fold_courtesy=False)
    async with Harness(settings, clock=clock) as running:
        yield running


@pytest.fixture
async def person() -> AsyncIterator[Person]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield Person(http)


@pytest.fixture
def sender(harness: Harness) -> SimulatedSender:
    """A sender whom the bank knows and has not verified."""
    return harness.sender(harness.new_number("pending"))


def link_in(report: TurnReport) -> str:
    ((_, url),) = report.replies[-1].links
    return url


def reference_of(harness: Harness, sender: SimulatedSender) -> str:
    key = harness.service.settings.sender_reference_key.get_secret_value()
    return sender_reference(str(sender.address.phone), key)


async def hears(sender: SimulatedSender, text: str) -> TurnReport:
    """Wait for the event that says this; no other event may come in between but the opening."""
    while True:
        report = await sender.event()
        # An SMS leaves accents out where they cost a segment.
        if any(unaccented(text) in unaccented(reply.text) for reply in report.replies):
            return report


def active_links(harness: Harness) -> list[Any]:
    links = harness.sandbox.m2m.links
    return [one for one in links.list.all() if links.state(one) == "open"]


def will_be(harness: Harness, verdict: Verdict) -> None:
    """Set the verdict of the one sender's next identity check at the partner."""
    (link,) = active_links(harness)
    harness.sandbox.m2m.users.set_next_verdict(link.user_id, verdict)


def partner_actions(harness: Harness) -> PartnerActions:
    service = harness.service
    desk = build_partner_desk(service.settings, service.m2m, service.state, service.partner_events)
    return desk.actions


def said(report: TurnReport) -> str:
    return "\n".join(reply.text for reply in report.replies)


@both
async def test_asking_again_gives_the_open_link_and_a_new_one_when_it_is_over(
    harness: Harness, sender: SimulatedSender, clock: ManualClock, language: str
) -> None:
    """One ticket while it is open; after its time the sender is told, and gets another."""
    first = link_in(await sender.say(ASKS[language]))
    assert link_in(await sender.say(ASKS[language])) == first
    assert len(active_links(harness)) == 1
    clock.advance(minutes=61)
    assert EXPIRED[language] in said(await sender.event("expired"))
    second = link_in(await sender.say(ASKS[language]))
    assert second != first
    assert len(active_links(harness)) == 1
    assert await harness.widget.open(first) == 404


async def give_data(harness: Harness, person: Person, link: str) -> str:
    """Give the partner the data on the page; return the id of the link at the partner."""
    await person.post((await person.get(link)).url + "/data", DATA)
    (made,) = active_links(harness)
    return made.link_id


async def test_a_check_that_staff_begin_reaches_the_sender_with_the_open_link(
    harness: Harness, sender: SimulatedSender, person: Person
) -> None:
    """The sentence that the team asks for it, then the link."""
    link = link_in(await sender.say(ASKS["es"]))
    link_id = await give_data(harness, person, link)
    actions = partner_actions(harness)
    _, is_told = await actions.request_verification("ana", link_id, "documents are unclear")
    told = await hears(sender, "necesita verificar tu identidad")
    assert (is_told, link_in(told), len(told.replies)) == (True, link, 2)


async def test_a_check_on_a_transfers_link_is_told_with_that_link(
    harness: Harness, person: Person
) -> None:
    """Its page verifies the identity before the transfer is approved, so no other link is made."""
    sender = harness.sender(harness.new_number())
    link = await linked(sender)
    link_id = await give_data(harness, person, link)
    await partner_actions(harness).request_verification("ana", link_id, "a large amount")
    told = await hears(sender, "necesita verificar tu identidad")
    assert link_in(told) == link
    assert [one.link_id for one in active_links(harness)] == [link_id]


async def test_staff_hear_that_a_link_of_no_conversation_reaches_nobody(harness: Harness) -> None:
    """The check is begun at the partner and the answer says that the sender is not told."""
    events = harness.service.partner_events
    assert not await events.tell_of_check("lnk_elsewhere", CipTicket(ticket_id="cip_1"))


async def test_a_check_begins_at_once_when_the_partner_has_the_data(
    harness: Harness, sender: SimulatedSender, person: Person, clock: ManualClock
) -> None:
    """`cip_readiness` decides: with the data a CIP ticket is made (reference/m2m.md 5.16, 5.17)."""
    before = await sender.say(ASKS["es"])
    assert "La página te va a pedir" in said(before)
    url = (await person.get(link_in(before))).url
    await person.post(url + "/data", DATA)
    await hears(sender, "abriste el enlace")
    clock.advance(minutes=61)
    await sender.event("expired")
    ready = await sender.say(ASKS["es"])
    assert "La página te va a pedir" not in said(ready)
    (link,) = active_links(harness)
    steps = [step.type for step in harness.sandbox.m2m.activity.of(link.link_id)]
    assert steps == ["link.created", "cip.ticket_created"]
    assert (await person.get(link_in(ready))).status == 200
    assert ready.state["enrolments"][-1]["check_id"].startswith("cip_")


async def test_the_bank_answers_the_data_request_of_an_identity_check(
    harness: Harness, sender: SimulatedSender, person: Person
) -> None:
    """What the bank knows is not asked of the sender (reference/m2m.md 5.15, 6.1)."""
    link = link_in(await sender.say(ASKS["es"]))
    await person.get(link)
    (made,) = active_links(harness)
    users = harness.sandbox.m2m.users

    async def is_answered() -> bool:
        return "partner_webhook" in users.sources(made.user_id).values()

    assert await until(is_answered)
    assert users.missing(users.get(made.user_id)) == ("idNumber", "idType")


@both
async def test_a_failed_check_is_told_and_can_be_repeated(
    harness: Harness, sender: SimulatedSender, person: Person, language: str
) -> None:
    """Nothing is unlocked, and the next link is a new one whose check begins again."""
    first = link_in(await sender.say(ASKS[language]))
    will_be(harness, "failed")
    await harness.widget.finish(first)
    assert "✅" not in said(await hears(sender, REJECTED[language]))
    again = await sender.say(ASKS[language])
    assert again.route == "pending_cip"
    assert link_in(again) != first
    assert (await person.get(link_in(again))).status == 200


@both
async def test_a_review_is_waited_for_and_its_end_is_told(
    harness: Harness, sender: SimulatedSender, clock: ManualClock, language: str
) -> None:
    """No second link during a review; when the bank has decided, the sender hears it."""
    link = link_in(await sender.say(ASKS[language]))
    will_be(harness, "pending")
    await harness.widget.finish(link)
    assert "✅" not in said(await hears(sender, REVIEW[language]))
    again = await sender.say(ASKS[language])
    assert (REVIEW[language] in said(again), again.replies[-1].links) == (True, ())
    harness.sandbox.senders.set_verdict(str(sender.address.phone), "passed")
    clock.advance(minutes=2)
    assert VERIFIED[language] in said(await sender.event("check"))
    home = await sender.say("gracias" if language == "es" else "thanks")
    assert home.route == "sender_home"


@both
async def test_a_partner_that_is_down_or_refuses_is_admitted(
    harness: Harness, sender: SimulatedSender, language: str
) -> None:
    """No link, no ticket, and no word of a verification; afterwards everything works."""
    await sender.say("hola" if language == "es" else "hello there")
    await harness.fault("m2m", "500", times=30)
    down = await sender.say(ASKS[language])
    assert (DOWN[language] in said(down), down.replies[-1].links) == (True, ())
    assert down.state["enrolments"] == []
    harness.sandbox.faults.clear()
    platform = harness.sandbox.m2m
    (home,) = platform.partners.all()
    user = platform.users.ensure(home, reference_of(harness, sender))
    platform.users.block(user, "test")
    refused = await sender.say(ASKS[language])
    assert (REFUSED[language] in said(refused), refused.replies[-1].links) == (True, ())
    platform.users.unblock(user)
    assert link_in(await sender.say(ASKS[language]))


@both
async def test_a_report_that_nobody_else_confirms_unlocks_nothing(
    harness: Harness, sender: SimulatedSender, person: Person, language: str
) -> None:
    """The page says passed; bank and partner do not: the sender hears that it is not known yet."""
    url = link_in(await sender.say(ASKS[language]))
    (link,) = active_links(harness)
    metadata = link.metadata
    assert metadata["allowedActions"] == "cip:scan-id cip:pol-token cip:pol-validate"
    page = Page(
        http=person.http,
        sender=sender,
        link=url,
        ticket=metadata["ticketId"],
        actions=metadata["allowedActions"].split(),
        callbacks={
            name.removeprefix("callback_"): value
            for name, value in metadata.items()
            if name.startswith("callback_")
        },
        session=await session_of(person.http, url),
    )
    assert sorted(page.callbacks) == ["process_cip_failure", "process_cip_success"]
    assert (await page.report("process_cip_success", verdict="passed"))[0] == 200
    told = await hears(sender, UNSURE[language])
    assert "✅" not in said(told)
    assert (await page.report("process_cip_success", verdict="passed"))[0] == 401
    assert (await sender.say("hola" if language == "es" else "hello")).route == "pending_cip"
    assert link_in(await sender.say(ASKS[language])) != url


async def test_a_lost_report_is_made_good_by_the_partners_event(
    harness: Harness, sender: SimulatedSender, person: Person
) -> None:
    """Opened without a session, the page cannot report; the partner's signed event does."""
    harness.sandbox.m2m.cip.announces = True
    await sender.say(ASKS["es"])
    (link,) = active_links(harness)
    url = harness.sandbox.m2m.links.url(link)
    assert (await person.identify(url)).place == "done"
    await hears(sender, VERIFIED["es"])


async def test_a_lost_report_is_made_good_when_the_link_ends(
    harness: Harness, sender: SimulatedSender, person: Person, clock: ManualClock
) -> None:
    """Without any report, bank and partner are asked before the link is said to be over."""
    await sender.say(ASKS["es"])
    (link,) = active_links(harness)
    await person.identify(harness.sandbox.m2m.links.url(link))
    await hears(sender, "abriste el enlace")
    clock.advance(minutes=61)
    assert VERIFIED["es"] in said(await sender.event("expired"))


@both
async def test_a_new_sender_registers_by_sms(harness: Harness, language: str) -> None:
    """The link goes out as an address; afterwards the same chat sends money."""
    sender = harness.sender(harness.new_number(), channel="sms")
    asked = await sender.say({"es": "quiero registrarme", "en": "I want to sign up"}[language])
    assert (asked.route, asked.tools) == ("onboarding", ("start_registration",))
    await harness.widget.finish(asked.replies[-1].links[-1][1])
    await hears(sender, {"es": "tu registro quedó hecho", "en": "you are signed up"}[language])
    home = await sender.say({"es": "quiero enviar dinero", "en": "I want to send money"}[language])
    assert home.route == "sender_home"


@both
async def test_a_card_typed_in_the_chat_is_removed_and_answered_with_the_link(
    harness: Harness, language: str
) -> None:
    """The number reaches nothing; a verified sender gets the page where it belongs."""
    sender = harness.sender(harness.new_number("verified"))
    await sender.say({"es": "hola", "en": "hello there"}[language])
    words = {"es": "mi tarjeta es 4111 1111 1111 1111", "en": "my card is 4111 1111 1111 1111"}
    report = await sender.say(words[language])
    assert report.route == "notice"
    assert "4111" not in str(report.record)
    link = link_in(report)
    asked = {"es": "quiero agregar una tarjeta", "en": "add a card"}[language]
    assert link_in(await sender.say(asked)) == link
    await harness.widget.finish(link)
    await hears(sender, {"es": "quedó guardada", "en": "is saved"}[language])
    methods = {"es": "¿con qué tarjetas puedo pagar?", "en": "which cards can I pay with?"}
    assert "1111" in said(await sender.say(methods[language]))


async def test_a_card_that_the_bank_does_not_have_is_not_claimed(
    harness: Harness, clock: ManualClock
) -> None:
    """The page reports; while the bank cannot be asked nothing is said to be saved."""
    sender = harness.sender(harness.new_number("verified"))
    link = link_in(await sender.say("quiero agregar una tarjeta"))
    await harness.widget.open(link)
    await hears(sender, "abriste el enlace")
    await harness.fault("payhub", "500", times=40)
    await harness.widget.finish(link)
    await hears(sender, "Todavía no veo la tarjeta nueva")
    harness.sandbox.faults.clear()
    clock.advance(minutes=2)
    assert "quedó guardada" in said(await sender.event("check"))


async def test_the_link_of_a_transfer_serves_for_registration_too(harness: Harness) -> None:
    """A second link would end the transfer's own: the sender gets that one again."""
    sender = harness.sender(harness.new_number())
    transfer = await linked(sender)
    again = await sender.say("quiero registrarme")
    assert link_in(again) == transfer
    assert len(active_links(harness)) == 1


async def test_the_link_of_a_transfer_replaces_an_open_registration(
    harness: Harness, person: Person
) -> None:
    """The partner keeps one link per sender, so the older one ends here too, without a word."""
    sender = harness.sender(harness.new_number())
    older = link_in(await sender.say("quiero registrarme"))
    await linked(sender)
    async with person.http.get(older, allow_redirects=False, timeout=SECONDS) as response:
        assert response.status == 404
    assert len(active_links(harness)) == 1


@pytest.mark.parametrize(
    ("kind", "words", "route"),
    [
        ("verified", ASKS["es"], "sender_home"),
        ("verified", "I want to sign up", "sender_home"),
        ("blocked", ASKS["es"], "blocked"),
        ("blocked", "add a card", "blocked"),
        ("pending", "add a card", "pending_cip"),
        ("new", "quiero agregar una tarjeta", "onboarding"),
    ],
)
async def test_who_cannot_have_a_link_gets_none(
    harness: Harness, kind: str, words: str, route: str
) -> None:
    """The bank's verdict decides which link exists for whom."""
    sender = harness.sender(harness.new_number(kind))
    report = await sender.say(words)
    assert report.route == route
    assert not any(reply.links for reply in report.replies)
    assert active_links(harness) == []


async def test_a_transfer_that_was_booked_on_such_a_link_is_told(
    harness: Harness, sender: SimulatedSender, clock: ManualClock
) -> None:
    """The partner's page may offer one (reference/m2m.md 1): the sender hears that it exists."""
    await sender.say(ASKS["es"])
    (link,) = active_links(harness)
    event = M2MEvent(
        name="operation.created",
        timestamp=clock(),
        data={"operationId": "op_sol_abc123", "linkId": link.link_id, "status": "created"},
    )
    assert await harness.service.partner_events.accept(event) == "accepted"
    assert "op_sol_abc123" in said(await sender.event())
