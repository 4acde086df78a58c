"""Requests for money in the chat: the sender's yes first, then links, then what became of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from lola.sandbox.server import REQUEST_HOME
from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.text.folding import fold
from tests.support import ManualClock

YES = {"es": "Sí, adelante", "en": "Yes, go ahead"}
NO = {"es": "No, gracias", "en": "No, thanks"}
ASKS = {"es": "pídele 100 dólares a Luis", "en": "ask Luis for 100 dollars"}
LINKS = {"es": "Mándale uno de estos enlaces", "en": "Pass one of these links on to them"}
PAID = {"es": "Luis Ruiz pagó tu solicitud de 100.00 USD", "en": "Luis Ruiz paid your request"}
DECLINED = {"es": "decidió no pagar", "en": "decided not to pay"}
EXPIRED = {"es": "venció sin que la pagaran", "en": "expired and was not paid"}
CANCELLED = {"es": "fue cancelada", "en": "was cancelled"}
REFUSED = {"es": "No pude crear esta solicitud", "en": "I could not make this money request"}
INCOMPLETE = {"es": "al banco le falta un dato tuyo", "en": "the bank lacks one of your details"}
both = pytest.mark.parametrize("language", ["es", "en"])


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def harness(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Harness]:
    settings = load_settings(sms_accents="keep", port=0, lola_data=tmp_path, retriever="")
    async with Harness(settings, clock=clock) as running:
        yield running


def text(report) -> str:
    return "\n".join(reply.text for reply in report.replies)


async def asked(harness: Harness, language: str, *, channel="whatsapp"):
    """Ask as a sender does, approve, and return the sender, their links and the request."""
    sender = harness.sender(harness.new_number("verified"), channel=channel)
    proposed = await sender.say(ASKS[language])
    assert proposed.tools[-1] == "request_money"
    assert harness.sandbox.requests.operations() == []
    done = await sender.choose(YES[language])
    # An SMS leaves accents out where that saves a segment.
    assert fold(LINKS[language]) in fold(text(done))
    (operation,) = harness.sandbox.requests.operations()
    return sender, [url for reply in done.replies for _, url in reply.links], operation


def move(harness: Harness, operation, *statuses: str) -> None:
    platform = harness.sandbox.requests
    for status in statuses:
        platform.move(platform.partner(REQUEST_HOME), operation["referenceId"], status)


@both
@pytest.mark.parametrize("channel", ["whatsapp", "sms"])
async def test_a_request_is_paid(harness, language, channel):
    """The payer opens the link that was passed on and pays; the sender is told."""
    sender, links, operation = await asked(harness, language, channel=channel)
    assert (operation["amount"], operation["currency"]) == (100, "USD")
    assert len(links) == 2
    assert all(url.startswith(harness.service.url) for url in links)
    assert await harness.widget.press(links[0], "pay") == 200
    assert PAID[language] in text(await sender.event())


@both
async def test_a_request_is_declined(harness, language):
    """The sender is told that no money moved."""
    sender, _, operation = await asked(harness, language)
    move(harness, operation, "rejected")
    assert DECLINED[language] in text(await sender.event())


@both
async def test_a_request_is_cancelled_at_the_partner(harness, language):
    """Before its time is over that is no expiry."""
    sender, _, operation = await asked(harness, language)
    move(harness, operation, "cancelled")
    assert CANCELLED[language] in text(await sender.event())


@both
async def test_a_request_expires_and_its_webhook_is_lost(harness, clock, language):
    """The end of the time is enough: the partner is asked, and the sender is told once."""
    harness.sandbox.report_requests_to("")
    sender, _, _ = await asked(harness, language)
    clock.advance(hours=23, minutes=2)
    assert EXPIRED[language] in text(await sender.event())


async def test_nothing_is_asked_without_a_yes(harness):
    """A sender who says no has asked nobody for anything."""
    sender = harness.sender(harness.new_number("verified"))
    await sender.say(ASKS["es"])
    await sender.choose(NO["es"])
    assert harness.sandbox.requests.operations() == []


async def test_what_is_told_is_the_partners_word(harness):
    """A report that the partner does not confirm changes nothing; the true one is told once."""
    sender, _, operation = await asked(harness, "es")
    platform = harness.sandbox.requests
    partner = platform.partner(REQUEST_HOME)
    forged = {"partnerId": REQUEST_HOME, "referenceId": operation["referenceId"]}
    platform.deliveries.add(partner, "operation_updated", {**forged, "status": "completed"})
    move(harness, operation, "rejected")
    assert DECLINED["es"] in text(await sender.event())
    said = await sender.say("hola")
    assert "pagó" not in "\n".join(reply.text for reply in sender.last_seen)
    assert said.replies


@both
async def test_a_refusal_is_told_without_its_reason(harness, language):
    """A screening hit reads like any refusal, and nothing was asked of anybody."""
    harness.sandbox.requests.next_outcomes.append("screened")
    sender = harness.sender(harness.new_number("verified"))
    await sender.say(ASKS[language])
    told = text(await sender.choose(YES[language]))
    assert REFUSED[language] in told
    assert "OFAC" not in told
    assert harness.sandbox.requests.operations() == []


@both
async def test_a_sender_whom_the_bank_knows_too_little_of(harness, language):
    """Without an account, an address or a birthday the partner is not called."""
    for number, change in enumerate(({"sources": []}, {"address1": None}, {"dob": None})):
        phone = harness.new_number("verified")
        senders = harness.sandbox.senders
        senders.save({**senders.find(phone), **change})
        sender = harness.sender(phone)
        await sender.say(ASKS[language])
        assert INCOMPLETE[language] in text(await sender.choose(YES[language])), number
    assert harness.sandbox.requests.operations() == []


async def test_an_outage_and_the_same_yes_again(harness):
    """A creation whose answer is lost is found by its reference: one request, and its links."""
    await harness.fault("request_money", "garbage", 1)
    links, operation = await asked_after_loss(harness)
    assert len(links) == 2
    assert [one["referenceId"] for one in harness.sandbox.requests.operations()] == [
        operation["referenceId"]
    ]


async def asked_after_loss(harness):
    sender = harness.sender(harness.new_number("verified"))
    await sender.say(ASKS["es"])
    first = await sender.choose(YES["es"])
    assert not [link for reply in first.replies for link in reply.links]
    done = await sender.choose(YES["es"])
    (operation,) = harness.sandbox.requests.operations()
    return [url for reply in done.replies for _, url in reply.links], operation


async def test_without_the_partner_requests_go_through_raas(tmp_path, clock):
    """It is off where it is not configured: no webhook route, and the other way to ask."""
    async with Harness(
        load_settings(sms_accents="keep", port=0, lola_data=tmp_path / "first", retriever=""),
        clock=clock,
    ) as partner:
        settings = load_settings(
            port=0,
            lola_data=tmp_path / "second",
            retriever="",
            raas_base_url=f"{partner.sandbox.url}/raas/v1",
            raas_api_key=partner.service.settings.raas_api_key,
            sandbox_url=partner.sandbox.url,
        )
        async with Harness(settings, clock=clock) as harness:
            assert harness.service.services.money_requests is None
            url = f"{harness.service.url}/webhooks/request-money"
            async with aiohttp.ClientSession() as http, http.post(url) as response:
                assert response.status == 404
