"""News for a sender who has been silent for more than a day: by template, once, in their language.

The real service on loopback with a clock that the test moves, on WhatsApp at Meta and through
Twilio (reference/channels.md 1.7, 1.14, 2.10).
"""

import hashlib
import hmac
import json
from datetime import timedelta
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio

from lola.app.template_watch import managing
from lola.delivery.templates import check, submit_missing
from lola.domain.events import CONSOLE_REPLY
from lola.domain.messages import EventContent, Inbound
from lola.sandbox.payhub.sample_data import VERIFIED
from lola.sandbox.twilio.stub import TwilioStub
from lola.sandbox.whatsapp.stub import GraphStub
from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.waiting import until
from tests.contract.template_benches import WORDS
from tests.e2e.transfer import Transfer, linked
from tests.support import ShiftedClock

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHANNELS = ("whatsapp", "twilio_whatsapp")
LANGUAGES = ("es", "en")
APPROVED = {
    "es": "✅ Aprobaste tu envío de 200.00 USD y ya está registrado. Rosa recibe ",
    "en": "✅ You approved your transfer of 200.00 USD and it is on record. Rosa receives ",
}
COMPLETED = {
    "es": "🎉 Tu envío a Rosa se completó: ",
    "en": "🎉 Your transfer to Rosa is complete: ",
}
FAILED = {"es": "Tu envío a Rosa no se pudo completar", "en": "could not be completed"}
ANSWERED = {
    "es": "Una persona de nuestro equipo contestó",
    "en": "A person on our team has answered",
}
EXPIRING = {"es": "El enlace seguro de tu envío a Rosa", "en": "The secure link of your transfer"}
ASKS = {"es": "mándame el enlace para verificarme", "en": "please send me the link to verify me"}
CHECKED = {"es": "✅ Tu identidad quedó verificada.", "en": "✅ Your identity is verified."}
REPLY = "Ya lo revisé: todo está en orden."


class Late:
    """A sender with a link out who has not written for a day, and their provider."""

    def __init__(self, harness, clock, channel, language, transfer, number):
        self.number = number
        self.harness, self.clock, self.language, self.transfer = harness, clock, language, transfer
        self.service, self.sender = harness.service, transfer.sender
        self.channel = channel
        self.stub = harness.sandbox.channel(GraphStub if channel == "whatsapp" else TwilioStub)
        self.since = len(self.sender.last_seen)

    @property
    def told(self):
        """What arrived since the sender fell silent."""
        return [received.text for received in self.sender.last_seen[self.since :]]

    @property
    def sent(self):
        return self.stub.messages_to(self.sender.address.sender)

    def failing(self):
        """The codes with which Twilio fails what it accepted for this sender."""
        codes = getattr(self.stub, "failing", {})
        return [codes[one.id] for one in self.sent if one.id in codes]

    async def arrives(self, count):
        async def there():
            return self.told if len(self.told) >= count else None

        return await until(there)

    async def deferred(self, count=1):
        """Wait until so many replies wait for the sender."""

        async def waits():
            stored = await self.service.store.read(self.sender.conversation, limit=1)
            return len(stored.state["deferred"]) == count

        await until(waits)

    async def writes(self, text="hola"):
        """The sender writes again, which opens the window."""
        if self.channel == "whatsapp":
            self.stub.note_inbound(self.sender.address.sender)
        await self.sender.say(text)

    async def staff_reply(self):
        event = EventContent(name=CONSOLE_REPLY, data={"text": REPLY, "staff": "ana"})
        inbound = Inbound(id=uuid4().hex, address=self.sender.address, content=event)
        await self.service.inbox.enqueue(inbound, "trace")

    async def ends(self, operation, status):
        """The partner ends an operation and reports it."""
        await self._control("put", "switches", tellEnds=True)
        await self._control("post", f"operations/{operation}", status="processing")
        await self._control("post", f"operations/{operation}", status=status, reason="x")

    async def _control(self, method, path, **body):
        url = f"{self.harness.sandbox.url}/control/m2m/{path}"
        async with self.transfer.http.request(method, url, json=body) as response:
            assert response.status < 300, await response.text()


async def approve_all(service, stub, channel):
    (connector,) = [one for one in managing(service.channels) if one.name == channel]
    await submit_missing(connector, service.template_book)
    stub.shelf.review(WORDS[channel]["approve"])
    await check(connector, service.template_book)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bank(tmp_path_factory):
    """One service for all tests; each has a sender of its own."""
    clock, folder = ShiftedClock(), tmp_path_factory.mktemp("news")
    settings = load_settings(port=0, lola_data=folder, retriever="", m2m_link_minutes=2880)
    async with Harness(settings, clock=clock) as harness, aiohttp.ClientSession() as http:
        yield harness, clock, http


@pytest_asyncio.fixture(loop_scope="module")
async def make_late(bank):
    """Make a sender of a channel and language, silent for 25 hours, with or without templates."""
    harness, clock, http = bank

    async def make(channel, language, *, approved=True, start=linked, kind="new"):
        number = harness.new_number(kind)
        sender = harness.sender(number, channel=channel)
        stub = harness.sandbox.channel(GraphStub if channel == "whatsapp" else TwilioStub)
        stub.shelf.clear()
        await harness.service.template_book.replace(channel, ())
        if channel == "whatsapp":
            stub.note_inbound(sender.address.sender)
        await start(sender, language)
        link = harness.sandbox.m2m.links.list.all()[0]
        transfer = Transfer(
            harness=harness,
            http=http,
            sender=sender,
            link=link.link_id,
            ticket=str(link.metadata["ticketId"]),
            reference=link.reference_id,
        )
        if approved:
            await approve_all(harness.service, stub, channel)
        clock.added += timedelta(hours=25)
        return Late(harness, clock, channel, language, transfer, number)

    return make


both_languages = pytest.mark.parametrize("language", LANGUAGES)
both_channels = pytest.mark.parametrize("channel", CHANNELS)


@both_languages
@both_channels
async def test_the_way_of_a_transfer_is_told_a_day_later(make_late, channel, language):
    """Approved and completed, each once and by template; nothing is told again afterwards."""
    late = await make_late(channel, language)
    operation = await late.transfer.approve()
    (approved,) = await late.arrives(1)
    assert approved.startswith(APPROVED[language])
    assert operation in approved
    await late.ends(operation, "completed")
    _, completed = await late.arrives(2)
    assert COMPLETED[language] in completed
    await late.writes()
    assert [text for text in late.told if operation in text] == [approved, completed]
    assert late.failing() == []


@pytest.mark.parametrize(("channel", "language"), list(zip(CHANNELS, LANGUAGES, strict=True)))
async def test_a_failure_after_approval_is_told_a_day_later(make_late, channel, language):
    """With the reference and the way to a person, once."""
    late = await make_late(channel, language)
    operation = await late.transfer.approve()
    await late.arrives(1)
    await late.ends(operation, "failed")
    failed = (await late.arrives(2))[-1]
    assert FAILED[language] in failed
    assert operation in failed


@pytest.mark.parametrize(("channel", "language"), list(zip(CHANNELS, LANGUAGES[::-1], strict=True)))
async def test_a_persons_answer_is_announced_and_follows_once(make_late, channel, language):
    """The template says that a person answered; the words come when the sender writes."""
    late = await make_late(channel, language)
    await late.staff_reply()
    (announced,) = await late.arrives(1)
    assert announced.startswith(ANSWERED[language])
    await late.deferred()
    await late.writes()
    assert (await late.arrives(2))[1] == REPLY
    await late.writes("gracias")
    assert late.told.count(REPLY) == 1


@pytest.mark.parametrize(("channel", "language"), list(zip(CHANNELS, LANGUAGES, strict=True)))
async def test_a_link_that_ends_soon_is_told_a_day_later(make_late, channel, language):
    """Ten minutes before its end; the link itself is in the chat and not in the template."""
    late = await make_late(channel, language)
    late.clock.added += timedelta(hours=22, minutes=51)
    (told,) = await late.arrives(1)
    assert told.startswith(EXPIRING[language])
    assert "/l/" not in told


@pytest.mark.parametrize(("channel", "language"), list(zip(CHANNELS, LANGUAGES[::-1], strict=True)))
async def test_the_end_of_an_identity_check_is_told_a_day_later(make_late, channel, language):
    """The bank says that the sender is verified when the time of their link is over."""
    late = await make_late(channel, language, start=asks_for_a_check, kind="pending")
    late.harness.sandbox.senders.add_like(VERIFIED, late.number, "passed")
    late.clock.added += timedelta(hours=24)
    (told,) = await late.arrives(1)
    assert told.startswith(CHECKED[language])


async def asks_for_a_check(sender, language):
    """Ask for the link that verifies an identity."""
    report = await sender.say(ASKS[language])
    assert report.replies[-1].links


@both_channels
async def test_without_approval_the_news_waits_as_before(make_late, channel):
    """The plain invitation is sent instead, and the news comes first when the sender writes."""
    late = await make_late(channel, "es", approved=False)
    operation = await late.transfer.approve()
    (invitation,) = await late.arrives(1)
    assert operation not in invitation
    await late.deferred()
    await late.writes()
    assert operation in (await late.arrives(2))[1]
    assert sum(operation in text for text in late.told) == 1


async def test_a_template_that_meta_paused_loses_no_news(make_late):
    """The refusal is noted; the invitation goes, the news waits, and the next one does not try."""
    late = await make_late("whatsapp", "es")
    late.stub.shelf.review("PAUSED", key="transfer_approved")
    operation = await late.transfer.approve()
    await late.arrives(1)
    await late.deferred()
    known = await late.service.template_book.all("whatsapp")
    stopped = [one for one in known.values() if one.status == "paused"]
    assert [one.reason for one in stopped] == ["refused at sending: 132015"]
    await late.writes()
    assert operation in (await late.arrives(2))[1]


async def test_a_template_that_twilio_fails_later_loses_no_news(make_late):
    """201, then 63040 in the callback: a person is told, and the sender when they write."""
    late = await make_late("twilio_whatsapp", "es")
    late.stub.shelf.review("rejected", key="transfer_approved")
    operation = await late.transfer.approve()
    await late.arrives(1)
    (code,) = late.failing()
    report = late.stub.report(late.sent[-1], "failed", code)
    http = late.transfer.http
    async with http.post(report.url, data=report.body, headers=report.headers) as answer:
        assert (code, answer.status) == ("63040", 200)
    await late.deferred()
    owner = await late.service.state.ownership.get(late.sender.conversation)
    assert owner.owner == "waiting"
    before = len(late.told)
    await late.writes()
    assert operation in (await late.arrives(before + 1))[before]


async def test_inside_the_window_no_template_is_used(make_late):
    """Free words are sent as long as they may be."""
    late = await make_late("whatsapp", "es")
    late.clock.added -= timedelta(hours=5)
    operation = await late.transfer.approve()
    (told,) = await late.arrives(1)
    assert told.startswith("✅ Aprobaste tu envío y ya está registrado.\nEnvías:")
    assert operation in told


async def test_metas_word_by_webhook_counts_at_once(make_late):
    """Approved by `message_template_status_update` alone; another field's news change nothing."""
    late = await make_late("whatsapp", "es", approved=False)
    (connector,) = [one for one in managing(late.service.channels) if one.name == "whatsapp"]
    book = late.service.template_book
    await submit_missing(connector, book)
    late.stub.shelf.review("APPROVED")
    for template in book.templates:
        if template.key == "transfer_approved":
            assert await reported(late, template, "APPROVED") == 200
    operation = await late.transfer.approve()
    (told,) = await late.arrives(1)
    assert told.startswith(APPROVED["es"])
    assert operation in told


async def reported(late, template, event):
    """Deliver Meta's signed word on a template; return the gateway's status."""
    value = {
        "event": event,
        "message_template_id": 700100200300001,
        "message_template_name": template.name,
        "message_template_language": template.language,
        "message_template_category": "UTILITY",
        "reason": "NONE",
    }
    change = {"field": "message_template_status_update", "value": value}
    entry = {"id": "200000000000001", "time": 1795000000, "changes": [change]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    secret = late.service.settings.whatsapp_app_secret.get_secret_value()
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}
    url = f"{late.service.url}/webhooks/whatsapp"
    async with late.transfer.http.post(url, data=body, headers=headers) as response:
        return response.status
