"""What a transfer's messages cost, on the running service (docs/channels.md has the metrics)."""

import hashlib
import hmac
import json
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest

from lola.channel.names import CHANNEL_NAMES
from lola.delivery.costs import ALARMS
from lola.sandbox.whatsapp.stub import GraphStub
from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.runner import run_scenario
from lola.testing.scenarios import load_scenarios
from lola.testing.waiting import until

TRANSFER = Path(__file__).parents[1] / "scenarios/transfer_es.yaml"
MOST_MESSAGES = 6
COSTS = {
    "whatsapp": ("0.01", "0.03"),
    "twilio_whatsapp": ("0.03", "0.06"),
    "sms": ("0.04", "0.10"),
    "telegram": ("0", "0"),
    "chatwoot": ("0", "0"),
}
"""By the shipped tables, to a number in the United States: at least and at most."""


def value(harness, name, **labels):
    """Return the sum of a metric's samples with these labels."""
    return sum(
        sample.value
        for metric in harness.service.metrics.registry.collect()
        for sample in metric.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


@pytest.mark.parametrize("channel", CHANNEL_NAMES)
async def test_one_scenario_has_one_outcome_and_a_cost_on_every_channel(tmp_path, channel):
    """A returning sender's transfer, at most six billed messages."""
    (scenario,) = load_scenarios(TRANSFER)
    async with Harness(load_settings(port=0, lola_data=tmp_path)) as harness:
        played = await run_scenario(harness, scenario, channel=channel)
    assert (played.failures, played.wrong) == ([], [])
    least, most = map(Decimal, COSTS[channel])
    billed = played.billed
    assert least <= billed.cost <= most
    assert billed.messages <= MOST_MESSAGES


async def test_a_transfer_is_one_observation_with_everything_since_the_greeting(tmp_path):
    """The metric of the transfer has the messages and the cost that the scenario counted."""
    (scenario,) = load_scenarios(TRANSFER)
    async with Harness(load_settings(port=0, lola_data=tmp_path)) as harness:
        played = await run_scenario(harness, scenario)

        # A message is counted after its channel has it.
        async def counted() -> bool:
            return value(harness, "lola_transfer_messages_count", channel="whatsapp") == 1

        await until(counted)
        assert value(harness, "lola_transfer_messages_sum") == played.billed.messages == 5
        cost = value(harness, "lola_transfer_cost_sum", channel="whatsapp")
        assert Decimal(str(round(cost, 6))) == played.billed.cost
        routes = {
            sample.labels["route"]
            for metric in harness.service.metrics.registry.collect()
            for sample in metric.samples
            if sample.name == "lola_billed_messages_total"
        }
        assert {"sender_home", "event"} <= routes


async def test_with_separate_courtesy_messages_it_takes_more(tmp_path):
    """The setting is what saves them."""
    settings = load_settings(port=0, lola_data=tmp_path, fold_courtesy=False)
    async with Harness(settings) as harness:
        sender = harness.sender(harness.new_number("verified"))
        await sender.say("quiero mandar 300 dólares a México para Rosa Hernández")
        link = (await sender.choose("Confirmar")).replies[-1].links[0][1]
        await harness.widget.open(link)
        assert "abriste el enlace" in (await sender.event()).replies[0].text


@pytest.mark.parametrize(
    ("category", "kind", "shown"),
    [
        ("service", "regular", ("service", "regular")),
        ("utility", "free_entry_point", ("utility", "free_entry_point")),
        ("authentication-international", "x", ("other", "other")),
    ],
)
async def test_what_meta_charges_is_counted_once_per_message(tmp_path, category, kind, shown):
    """Two statuses of a message carry the price, in any order (reference/channels.md 1.5)."""
    async with Harness(load_settings(port=0, lola_data=tmp_path)) as harness:
        sender = harness.sender(harness.new_number())
        await sender.say("hola")
        settings = harness.service.settings
        (sent,) = harness.sandbox.channel(GraphStub).sent

        async def report(word):
            status = {
                "id": sent.id,
                "status": word,
                "timestamp": "1795000005",
                "biz_opaque_callback_data": sent.message["biz_opaque_callback_data"],
                "pricing": {
                    "billable": True, "pricing_model": "PMP", "type": kind, "category": category,
                },
            }  # fmt: skip
            metadata = {"phone_number_id": settings.phone_number_id}
            change = {"field": "messages", "value": {"metadata": metadata, "statuses": [status]}}
            entry = [{"id": "1", "changes": [change]}]
            body = json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()
            secret = settings.whatsapp_app_secret.get_secret_value().encode()
            digest = hmac.new(secret, body, hashlib.sha256).hexdigest()
            headers = {"X-Hub-Signature-256": f"sha256={digest}"}
            url = f"{harness.service.url}/webhooks/whatsapp"
            async with (
                aiohttp.ClientSession() as http,
                http.post(url, data=body, headers=headers) as answer,
            ):
                assert answer.status == 200

        for word in ("delivered", "sent", "sent", "read"):
            await report(word)
        priced = {
            (sample.labels["category"], sample.labels["kind"]): sample.value
            for metric in harness.service.metrics.registry.collect()
            for sample in metric.samples
            if sample.name == "lola_priced_messages_total"
        }
        assert priced == {shown: 1.0}


async def test_a_sender_who_costs_too_much_is_an_alarm_and_goes_on(tmp_path):
    """Staff and operators hear of it once; the sender is answered as before."""
    settings = load_settings(port=0, lola_data=tmp_path, message_cost_alarm=Decimal("0.008"))
    async with Harness(settings) as harness:
        sender = harness.sender(harness.new_number("verified"))
        await sender.say("hola")
        await sender.say("quiero mandar 300 dólares a México")
        assert value(harness, "lola_cost_alarms_total") == 0
        await sender.choose("Rosa Hernández")

        async def alarmed():
            return value(harness, "lola_cost_alarms_total", channel="whatsapp")

        assert await until(alarmed) == 1
        assert (await sender.choose("Confirmar")).replies[-1].links
        assert value(harness, "lola_cost_alarms_total") == 1
        today = harness.service.clock().date().isoformat()
        (alarm,) = await harness.service.store.list_records(ALARMS, today)
        assert alarm == {"conversation": sender.conversation, "channel": "whatsapp"}
