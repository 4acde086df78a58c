"""Errors of Meta: messages wait in order, with a visible reason (reference/channels.md 1.9).

The real service on loopback, with a clock that the test moves.
"""

from datetime import timedelta

import aiohttp
import pytest

from lola.delivery.troubles import Troubles
from lola.sandbox.whatsapp.stub import GraphStub
from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.waiting import until
from lola.testing.whatsapp import WhatsAppDevice
from tests.support import ShiftedClock

NUMBER = "+15550104477"
MANY = 500


class Bank:
    """A service whose channel can be disturbed, and one sender."""

    def __init__(self, harness, clock):
        self.harness = harness
        self.clock = clock
        self.service = harness.service
        self.graph = harness.sandbox.channel(GraphStub)
        self.sender = harness.sender(NUMBER)

    @property
    def texts(self):
        return [received.text for received in self.sender.last_seen]

    async def metrics(self):
        """All metrics, as Prometheus reads them."""
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"{self.service.url}/metrics") as response,
        ):
            return await response.text()

    async def metric(self):
        """The reasons for which messages wait."""
        lines = (await self.metrics()).splitlines()
        return [line for line in lines if line.startswith("lola_channel_waiting{")]

    async def waits_for(self, reason):
        """Wait until the operator can see this reason."""

        async def shown():
            return [line for line in await self.metric() if f'reason="{reason}"' in line]

        await until(shown)

    async def arrives(self, count):
        """Let time pass until this many messages are there."""

        async def there():
            self.clock.added += timedelta(seconds=30)
            return len(self.texts) >= count

        await until(there, seconds=60)


@pytest.fixture
async def bank(tmp_path):
    clock = ShiftedClock()
    settings = load_settings(port=0, lola_data=tmp_path)
    async with Harness(settings, clock=clock) as harness:
        yield Bank(harness, clock)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("190", "LOLA-304 190"),
        ("131042", "LOLA-304 131042"),
        ("131037", "LOLA-304 131037"),
        ("131064", "LOLA-301 131064"),
        ("130429", "LOLA-301 130429"),
        ("502", "LOLA-301"),
    ],
    ids=["token", "not paid", "name not approved", "limit lowered", "storm of 429", "outage"],
)
async def test_messages_wait_in_order_with_a_visible_reason(bank, fault, reason):
    """Nothing is lost, doubled or overtaken; the reason is a metric until it is over."""
    bank.graph.faults.add(*[fault] * MANY)
    await bank.sender.device.say("/info")
    await bank.waits_for(reason)
    await bank.sender.device.say("hola")
    assert bank.texts == []
    bank.graph.faults.clear()
    await bank.arrives(2)
    assert "onboarding" in bank.texts[0]
    assert "onboarding" not in bank.texts[1]
    assert len(bank.texts) == 2
    assert await bank.metric() == []


async def test_staff_read_why_a_channel_sends_nothing(bank):
    """131037 stops the channel and calls a person (reference/channels.md 1.9): the console says
    what to do until messages go out again.
    """
    bank.graph.faults.add(*["131037"] * MANY)
    await bank.sender.device.say("/info")
    await bank.waits_for("LOLA-304 131037")
    troubles = Troubles(bank.service.store, bank.clock)
    (trouble,) = await troubles.of(["sms", "whatsapp"])
    assert (trouble.channel, trouble.reason) == ("whatsapp", "LOLA-304 131037")
    assert "display name" in trouble.hint
    bank.graph.faults.clear()
    await bank.arrives(1)
    assert await troubles.of(["whatsapp"]) == ()


async def test_an_unknown_code_is_tried_a_few_times_and_operators_are_told(bank):
    """Nothing is thrown away at the first sight of it, and what is given up is for a person."""
    bank.graph.faults.add(*["199999"] * MANY)
    await bank.sender.device.say("hola")

    async def given_up():
        bank.clock.added += timedelta(seconds=1)
        return await bank.service.state.dead_letters.newest()

    (letter,) = await until(given_up, seconds=60)
    assert letter.reason == "LOLA-301 199999"
    assert 'lola_unknown_error_codes_total{channel="whatsapp"} 3.0' in await bank.metrics()

    async def called():
        owner = await bank.service.state.ownership.get(bank.sender.conversation)
        return owner.owner == "waiting"

    assert await until(called)


async def test_a_sender_without_a_number_proves_it_and_is_known(bank):
    """A username user is asked for it by Meta's own button; a card of another proves nothing."""
    settings = bank.service.settings
    async with aiohttp.ClientSession() as http:
        device = WhatsAppDevice(
            http,
            bank.service.url,
            settings.whatsapp_app_secret.get_secret_value(),
            settings.phone_number_id,
            "+15550100001",
            "Ana",
            bank.clock,
            user_id="US.13491208655302741918",
        )

        async def answered(count):
            sent = await bank.graph.message_log.wait("US.13491208655302741918", count)
            return sent[-1].message

        await device.say("hola")
        asked = await answered(1)
        assert asked["recipient"] == "US.13491208655302741918"
        assert asked["interactive"]["type"] == "request_contact_info"
        await device.share_contact("Eva", "+15550100001")
        assert (await answered(2))["interactive"]["type"] == "request_contact_info"
        await device.prove()
        assert "01" in (await answered(3))["text"]["body"]
        await device.say("/info")
        assert "sender_home" in (await answered(4))["text"]["body"]
