"""A primary is killed under load: nothing that was acknowledged is lost, doubled or out of order.

The source behaves like a provider: what was not acknowledged it sends again, with the same id.
"""

import asyncio
import signal
from collections import defaultdict
from contextlib import suppress
from uuid import uuid4

import pytest

from lola.delivery import Inbox, Limits, Outbox, Timers, Worker
from lola.domain.clock import system_clock
from lola.errors import StoreUnavailableError
from lola.state import Keys, connect
from tests.topologies.servers import WAIT_MILLISECONDS, cluster, sentinel_set
from tests.unit.delivery.workbench import Courier, answer, apology, reply, said, texts

pytestmark = pytest.mark.topologies

SENDERS = [f"+52{number}" for number in range(12)]
MESSAGES = 60
KILL_AFTER = 15
BACK_SECONDS = 20


@pytest.fixture(params={"sentinel": sentinel_set, "cluster": cluster}.items(), ids=lambda p: p[0])
def topology(request):
    with request.param[1]() as started:
        yield started


class Deployment:
    """One process's share: an inbox and an outbox of its own."""

    def __init__(self, url, keys):
        self.connections = connect(url, timeout_seconds=2.0, wait_milliseconds=WAIT_MILLISECONDS)
        limits = Limits(lease_seconds=5.0, max_attempts=50)
        parts = (self.connections, keys, system_clock)
        self.inbox = Inbox(*parts, on_poison=apology, limits=limits)
        self.timers = Timers(self.inbox, *parts)
        # Half of the hold is left for the call: more than a wait for replicas may take.
        self.outbox = Outbox(*parts, lease_seconds=5.0, hold_seconds=4.0)

    def worker(self, name, courier):
        return Worker(self.inbox, self.outbox, self.timers, echo, courier, name, tick_seconds=0.1)


async def echo(work):
    return answer(work, *(reply(text) for text in texts(work)))


async def deliver(inbox, sender, number, is_back):
    """Return how many tries an acknowledged message took."""
    message = said(str(number), sender=sender, message_id=f"{sender}-{number}")
    for tries in range(1, 10_000):
        try:
            await inbox.enqueue(message, "t")
        except StoreUnavailableError:
            # A provider tries again now and then, and here as soon as the servers are back.
            with suppress(TimeoutError):
                await asyncio.wait_for(is_back.wait(), 0.05)
        else:
            return tries
    raise AssertionError("never accepted")


async def test_nothing_acknowledged_is_lost(topology):
    """12 conversations, 60 messages each, the primary killed meanwhile (docs/delivery.md)."""
    keys, courier = Keys(f"t{uuid4().hex[:8]}"), Courier()
    gateway, *hands = (Deployment(topology.url, keys) for _ in range(3))
    workers = [hand.worker(f"w{number}", courier) for number, hand in enumerate(hands)]
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    refused = 0

    under_way, is_back = asyncio.Event(), asyncio.Event()

    async def talk(sender):
        nonlocal refused
        for number in range(MESSAGES):
            if number == KILL_AFTER:
                under_way.set()
            refused += await deliver(gateway.inbox, sender, number, is_back) - 1

    async def break_it():
        await under_way.wait()
        await asyncio.to_thread(topology.fail_over)
        is_back.set()

    async with asyncio.timeout(120):
        await asyncio.gather(break_it(), *map(talk, SENDERS))
        await everything_arrived(courier)
    for worker in workers:
        await worker.stop()
    await asyncio.gather(*tasks)
    for deployment in (gateway, *hands):
        await deployment.connections.close()

    assert refused > 0, "the failover was not felt at all"
    check(courier.rows)


def check(rows):
    """Everything once in the history, in order, and sent at most twice."""
    heard = defaultdict(list)
    for row in rows:
        heard[row.address.sender].append(int(row.message.content))
    for sender in SENDERS:
        first_times = list(dict.fromkeys(heard[sender]))
        assert first_times == list(range(MESSAGES))
        assert max(heard[sender].count(number) for number in first_times) <= 2
    assert len({row.id for row in rows}) == len(SENDERS) * MESSAGES, "a turn took effect twice"


async def everything_arrived(courier):
    wanted = len(SENDERS) * MESSAGES
    async with courier.changed:
        await courier.changed.wait_for(
            lambda: (
                len({(row.address.sender, row.message.content) for row in courier.rows}) == wanted
            )
        )


async def test_without_replicas_nothing_is_acknowledged(topology):
    """Replicas that do not answer: 503, and the repetition is acknowledged once they are back."""
    keys = Keys(f"t{uuid4().hex[:8]}")
    gateway = Deployment(topology.url, keys)
    message = said("hola")
    await gateway.inbox.enqueue(said("antes"), "t")
    for replica in topology.replicas:
        replica.signal(signal.SIGSTOP)
    try:
        for _ in range(2):
            with pytest.raises(StoreUnavailableError, match="replicas"):
                await gateway.inbox.enqueue(message, "t")
    finally:
        for replica in topology.replicas:
            replica.signal(signal.SIGCONT)
    async with asyncio.timeout(BACK_SECONDS):
        stored = None
        while stored is None:
            with suppress(StoreUnavailableError):
                stored = await gateway.inbox.enqueue(message, "t")
    assert stored.duplicate
    await gateway.connections.close()
