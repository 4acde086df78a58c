"""Twilio behind the whole service: what its refusals and reports come to, on SMS and WhatsApp.

The real service on loopback, with a clock that the test moves.
"""

from datetime import timedelta
from uuid import uuid4

import aiohttp
import pytest

from channels.sms.text import is_gsm, segments
from lola.domain.clock import system_clock
from lola.domain.events import CONSOLE_REPLY
from lola.domain.messages import EventContent, Inbound
from lola.sandbox.twilio.rules import CONTENTS, TEMPLATE_ES
from lola.sandbox.twilio.stub import TwilioStub
from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.waiting import until

NUMBER = "+15550100001"
REPLY = "Tu envío ya fue pagado."


class Bank:
    """A service whose clock can be moved, and one sender on both of Twilio's channels."""

    def __init__(self, harness, http):
        self.service = harness.service
        self.twilio = harness.sandbox.channel(TwilioStub)
        self.sms = harness.sender(NUMBER, channel="sms")
        self.whatsapp = harness.sender(NUMBER, channel="twilio_whatsapp")
        self.http = http

    async def report(self, sender, status, code=""):
        """Let Twilio report on the newest message to a sender."""
        newest = self.twilio.messages_to(sender.address.sender)[-1]
        report = self.twilio.report(newest, status, code)
        async with self.http.post(report.url, data=report.body, headers=report.headers) as answer:
            return answer.status, await answer.text()

    async def staff_reply(self, sender):
        """A staff reply enters the conversation."""
        event = EventContent(name=CONSOLE_REPLY, data={"text": REPLY, "staff": "ana"})
        inbound = Inbound(id=uuid4().hex, address=sender.address, content=event)
        await self.service.inbox.enqueue(inbound, "trace")

    async def opted_out(self, sender):
        """Wait until the sender counts as opted out and return how that was learned."""

        async def out():
            consent = await self.service.consent.get(sender.address)
            return consent.how if consent.state == "out" else None

        return await until(out)


class Clock:
    """The real time, and what a test adds to it."""

    def __init__(self):
        self.added = timedelta()

    def __call__(self):
        return system_clock() + self.added


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def bank(tmp_path, clock):
    settings = load_settings(port=0, lola_data=tmp_path)
    async with Harness(settings, clock=clock) as harness, aiohttp.ClientSession() as http:
        yield Bank(harness, http)


async def test_a_refusal_by_the_carriers_list_is_recorded(bank):
    """21610: the sender opted out unnoticed, and the error tells it (reference/channels.md 2.6)."""
    await bank.sms.say("hola")
    bank.twilio.note_inbound(NUMBER, "STOP")
    assert (await bank.sms.device.say("quiero mandar 200")).status == 200
    assert await bank.opted_out(bank.sms) == "provider"
    assert (await bank.service.state.dead_letters.newest()) == ()


async def test_a_block_that_is_reported_later_is_recorded(bank):
    """63014 comes in the callback, as most of WhatsApp's failures do
    (reference/channels.md 2.4 and 2.6).
    """
    await bank.whatsapp.say("hola")
    assert (await bank.report(bank.whatsapp, "sent"))[0] == 200
    status, body = await bank.report(bank.whatsapp, "failed", "63014")
    assert (status, body.count("<Response/>")) == (200, 1)
    assert await bank.opted_out(bank.whatsapp) == "provider"
    assert (await bank.service.consent.get(bank.sms.address)).state == "in"


async def test_buttons_and_links_arrive_on_whatsapp_through_twilio(bank):
    """A tap comes back as one, and the widget link is a button (reference/channels.md 2.4)."""
    words = "quiero mandar 100 dólares a Guatemala en efectivo para Marta Xoc Choc"
    assert (await bank.whatsapp.say(words)).replies[-1].kind in {"buttons", "select"}
    report = await bank.whatsapp.choose("Banrural")
    assert [title for _, title in report.replies[-1].options] == [
        "Confirmar",
        "Modificar",
        "Cancelar",
    ]
    (link,) = (await bank.whatsapp.choose("Confirmar")).replies[-1].links
    assert link[1].startswith(f"{bank.service.settings.public_url}/l/")
    assert "ContentSid" in bank.twilio.messages_to(bank.whatsapp.address.sender)[-1].message


async def test_news_outside_the_window_waits_behind_the_template(bank, clock):
    """A day later a template asks the sender to write, and the reply follows (2.4)."""
    await bank.whatsapp.say("hola")
    clock.added = timedelta(hours=25)
    sender = bank.whatsapp.address.sender
    before = len(bank.twilio.messages_to(sender))
    await bank.staff_reply(bank.whatsapp)

    async def invited():
        return len(bank.twilio.messages_to(sender)) > before

    await until(invited)
    (invitation,) = bank.twilio.messages_to(sender)[before:]
    assert invitation.message["ContentSid"] == CONTENTS[TEMPLATE_ES]

    async def deferred():
        stored = await bank.service.store.read(bank.whatsapp.conversation, limit=1)
        return stored.state["deferred"]

    await until(deferred)
    await bank.whatsapp.device.say("sí, cuéntame")

    async def told():
        return REPLY in [received.text for received in bank.whatsapp.last_seen]

    assert await until(told)


async def test_a_retried_delivery_is_one_message(bank):
    """Twilio's retries carry the same sid and idempotency token (reference/channels.md 2.2)."""
    posted = await bank.sms.device.say("hola")
    await bank.sms.turn(posted)
    before = len(bank.twilio.sent)
    again = await bank.sms.device.repeat()
    assert (again.status, again.message_id) == (200, posted.message_id)
    await bank.sms.say("¿cuánto cobran?")
    turns = (await bank.service.store.read(bank.sms.conversation, limit=9)).history
    assert len(turns) == 2
    assert len(bank.twilio.sent) > before


async def test_a_handset_that_was_off_gets_the_message_later(bank, clock):
    """30003 comes in the callback; one retry later (reference/channels.md 2.6)."""
    await bank.sms.say("hola")
    (first,) = bank.twilio.messages_to(NUMBER)
    assert (await bank.report(bank.sms, "undelivered", "30003"))[0] == 200

    async def again():
        clock.added += timedelta(minutes=1)
        return bank.twilio.messages_to(NUMBER)[1:]

    (second,) = await until(again, seconds=60)
    assert second.message["Body"] == first.message["Body"]
    assert await bank.service.state.dead_letters.newest() == ()
    assert (await bank.report(bank.sms, "undelivered", "30003"))[0] == 200

    async def called():
        owner = await bank.service.state.ownership.get(bank.sms.conversation)
        return owner.owner == "waiting"

    assert await until(called)
    assert len(bank.twilio.messages_to(NUMBER)) == 2


@pytest.mark.parametrize("code", ["30005", "30007"])
async def test_a_late_failure_that_is_final_is_not_repeated(bank, clock, code):
    """An unknown handset, or a carrier's filter: never again (reference/channels.md 2.6)."""
    await bank.sms.say("hola")
    assert (await bank.report(bank.sms, "undelivered", code))[0] == 200
    (letter,) = await bank.service.state.dead_letters.newest()
    assert letter.reason == f"failed {code}"
    clock.added += timedelta(hours=1)
    await bank.sms.say("¿cuánto cuesta?")
    assert len(bank.twilio.messages_to(NUMBER)) == 2


async def test_an_sms_leaves_composed_and_in_gsm_7(bank):
    """A decomposed ñ is sent as ñ, and marks that would cost the wide alphabet as plain ones
    (reference/channels.md 2.7).
    """
    text = "Nun\u0303ez: `operación` n.º 12, 1½ años – “fin”. " * 3
    event = EventContent(name=CONSOLE_REPLY, data={"text": text, "staff": "ana"})
    await bank.sms.say("hola")
    inbound = Inbound(id=uuid4().hex, address=bank.sms.address, content=event)
    await bank.service.inbox.enqueue(inbound, "trace")

    async def sent():
        return bank.twilio.messages_to(NUMBER)[1:]

    (message,) = await until(sent)
    body = message.message["Body"]
    assert body.startswith("Nuñez: 'operacion' n.o 12, 1 1/2 años - \"fin\".")
    assert (is_gsm(body), segments(body)) == (True, 1)
    rendered = bank.service.metrics.render().decode()
    spent = next(line for line in rendered.splitlines() if line.startswith("lola_segments_total"))
    assert "sms" in spent
