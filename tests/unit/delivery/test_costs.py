"""What sent messages cost: per transfer, per sender and day (`lola.delivery.costs`)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from lola.channel.contract import Capabilities, Receipt
from lola.channel.cost import PriceTable
from lola.delivery.costs import ALARMS, Costs
from lola.delivery.model import OutboxRow
from lola.domain.messages import Address, TextMessage
from lola.state import connect
from lola.state.store import StateStore
from lola.telemetry.metrics import Metrics

ADDRESS = Address(channel="whatsapp", account="1", sender="15550100001", phone="+15550100001")
TABLE = PriceTable(
    currency="USD",
    as_of=date(2026, 12, 1),
    source="a test",
    unit="message",
    fee=Decimal(0),
    rates={"service": {"*": Decimal("0.01")}},
)
CAN = Capabilities(text=4096, prices=TABLE)
ONE = (Receipt(provider_id="wamid.1", category="service"),)


def row(**changes):
    values = {
        "id": "0-abc",
        "conversation": ADDRESS.conversation,
        "address": ADDRESS,
        "message": TextMessage(content="hola"),
        "author": "bot",
        "money": False,
        "epoch": 0,
        "trace_id": "t",
        "route": "sender_home",
    }
    return OutboxRow(**{**values, **changes})


@pytest.fixture
def metrics():
    return Metrics()


@pytest.fixture
def store(bench):
    return StateStore(bench.connections.commands, bench.keys, bench.clock, timedelta(hours=1))


@pytest.fixture
def costs(bench, store, metrics):
    return Costs(
        bench.connections,
        bench.keys,
        bench.clock,
        store,
        metrics=metrics,
        prices={},
        alarm=Decimal("0.03"),
    )


def value(metrics, name, **labels):
    return sum(
        sample.value
        for metric in metrics.registry.collect()
        for sample in metric.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


async def test_each_transfer_is_counted_from_the_one_before(costs, metrics):
    """Two messages and the approval, then one message and the approval."""
    for ends in (False, False, True):
        await costs.note(row(ends_transfer=ends), CAN, ONE)
    assert value(metrics, "lola_transfer_messages_sum") == 3
    for ends in (False, True):
        await costs.note(row(ends_transfer=ends), CAN, ONE)
    assert value(metrics, "lola_transfer_messages_sum") == 5
    assert value(metrics, "lola_transfer_messages_count", channel="whatsapp") == 2
    assert round(value(metrics, "lola_transfer_cost_sum"), 6) == 0.05


async def test_labels_say_what_was_billed_for_what(costs, metrics):
    """Category, channel and route; what has no route is counted too."""
    await costs.note(row(), CAN, ONE)
    await costs.note(row(route=""), CAN, (*ONE, Receipt(provider_id="wamid.2")))
    billed = "lola_billed_messages_total"
    assert value(metrics, billed, category="service", route="sender_home") == 1
    assert value(metrics, billed, category="service", route="other") == 1
    assert value(metrics, billed, category="other", route="other") == 1


async def test_the_alarm_is_raised_once_a_day(bench, costs, metrics, store):
    """It names the conversation, and the next day counts for itself."""
    for _ in range(5):
        await costs.note(row(), CAN, ONE)
    assert value(metrics, "lola_cost_alarms_total") == 1
    today = bench.clock().date().isoformat()
    (alarm,) = await store.list_records(ALARMS, today)
    assert alarm == {"conversation": ADDRESS.conversation, "channel": "whatsapp"}
    bench.clock.advance(24 * 3600)
    for _ in range(2):
        await costs.note(row(), CAN, ONE)
    assert value(metrics, "lola_cost_alarms_total") == 1
    await costs.note(row(), CAN, ONE)
    assert value(metrics, "lola_cost_alarms_total") == 2


async def test_a_channel_without_prices_bills_nothing(costs, metrics):
    """No metric, no record."""
    await costs.note(row(ends_transfer=True), Capabilities(text=4096), ONE)
    assert value(metrics, "lola_billed_messages_total") == 0
    assert value(metrics, "lola_transfer_messages_count") == 0


async def test_a_store_that_is_down_holds_no_message_up(metrics, bench, store):
    """The message is out already; its price is counted, its sum is not."""
    nobody = connect("redis://127.0.0.1:1")
    costs = Costs(
        nobody, bench.keys, bench.clock, store, metrics=metrics, prices={}, alarm=Decimal(0)
    )
    await costs.note(row(ends_transfer=True), CAN, ONE)
    await nobody.close()
    assert value(metrics, "lola_billed_messages_total") == 1
    assert value(metrics, "lola_transfer_messages_count") == 0
