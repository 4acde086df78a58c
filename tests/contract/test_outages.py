"""A provider's bad day, on every channel: messages wait in order, and an operator can see why."""

from uuid import uuid4

import pytest

from lola.delivery import Outbox
from lola.delivery.channels import Channels
from lola.domain.messages import Inbound, TextContent
from lola.state import Keys
from lola.telemetry.metrics import Metrics
from tests.contract.bench import bench_of
from tests.contract.benches import CHANNELS
from tests.unit.delivery.workbench import Bench, FakeClock, answer, reply

WORDS = ("uno", "dos", "tres")


class Waiting:
    """A committed reply of three messages, its outbox, and the provider's stand-in."""

    def __init__(self, channel, connections):
        self.channel = channel
        self.metrics = Metrics()
        self.queue = Bench(connections, Keys(f"c{uuid4().hex[:12]}"), FakeClock())
        channels = Channels([channel.connector], self.metrics, self.queue.clock)
        self.queue.courier = channels.deliver
        self.queue.outbox = Outbox(
            connections, self.queue.keys, self.queue.clock, policies=channels.policies()
        )

    async def commit(self):
        inbound = Inbound(
            id=uuid4().hex, address=self.channel.address, content=TextContent(text="hola")
        )
        await self.queue.inbox.enqueue(inbound, "trace")
        work = await self.queue.next()
        await self.queue.inbox.commit(work, answer(work, *map(reply, WORDS)))

    async def tries(self, seconds):
        """Let time pass and the outbox try again."""
        await self.queue.later(seconds)
        await self.queue.send()

    @property
    def arrived(self):
        seen = (self.channel.channel.received(item.message) for item in self.channel.delivered)
        return [one.text for one in seen]


@pytest.fixture(params=CHANNELS, ids=lambda channel: channel.name)
async def waiting(request, connections):
    async with bench_of(request.param) as running:
        waiting = Waiting(running, connections)
        await waiting.commit()
        yield waiting


@pytest.mark.parametrize(
    ("meaning", "event", "outcome"),
    [
        ("busy", "send.retried", "retried"),
        ("502", "send.retried", "retried"),
        ("stopped", "channel.stopped", "stopped"),
    ],
)
async def test_messages_wait_in_order_with_a_visible_reason(
    waiting, capsys, meaning, event, outcome
):
    """A storm of refusals, an outage, a revoked token: nothing is lost, doubled or overtaken."""
    storm = 4
    waiting.channel.fail(*[meaning] * storm)
    for attempt in range(storm):
        await waiting.tries(0 if not attempt else 61)
        assert waiting.arrived == []
    printed = capsys.readouterr().out
    assert printed.count(event) == storm
    assert "hola" not in printed
    assert waiting.channel.channel.sender not in printed
    counted = f'lola_sends_total{{channel="{waiting.channel.channel.name}",outcome="{outcome}"}}'
    assert f"{counted} {storm}.0" in waiting.metrics.render().decode()
    for _ in WORDS:
        await waiting.tries(61)
    assert waiting.arrived == list(WORDS)
    assert await waiting.queue.leftovers() == []
