"""What the state machines share: one conversation store per example, driven step by step.

Hypothesis machines are not asynchronous, so each example owns a loop and runs every step on it.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from lola.delivery import (
    DeadLetters,
    Inbox,
    Limits,
    Outbox,
    OwnershipStore,
    Ready,
    RowStatuses,
)
from lola.state import Keys, connect
from reliability.workload import no_apology

GROUP = "workers"
LEASE_SECONDS = 30.0
HOLD_SECONDS = 60.0


THOROUGH = settings(
    max_examples=100,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
UNTIL_IT_BITES = settings(
    THOROUGH, max_examples=300, derandomize=True, phases=[Phase.generate], print_blob=False
)
"""For machines that must fail: the first failure is enough, it need not be made small."""


def play(machine, url, how=THOROUGH):
    """Run a machine against the server at `url`."""
    run_state_machine_as_test(lambda: machine(url), settings=how)


class Machine(RuleBasedStateMachine):
    """An inbox and an outbox on an empty project, under a clock that only rules move."""

    def __init__(self, url):
        super().__init__()
        self.runner = asyncio.Runner()
        self.connections = connect(url)
        self.redis = self.connections.commands
        self.keys = Keys(f"m{uuid4().hex[:12]}", shards=2)
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.inbox = Inbox(
            self.connections,
            self.keys,
            lambda: self.now,
            on_poison=no_apology,
            limits=Limits(lease_seconds=LEASE_SECONDS, history_window=1, history_kept=10_000),
        )
        self.outbox = Outbox(
            self.connections,
            self.keys,
            lambda: self.now,
            lease_seconds=LEASE_SECONDS,
            hold_seconds=HOLD_SECONDS,
        )
        parts = (self.connections, self.keys)
        self.owners = OwnershipStore(*parts, lambda: self.now, Limits().state_ttl)
        self.statuses = RowStatuses(*parts)
        self.dead_letters = DeadLetters(self.redis, self.keys)
        self.numbers = count()
        self.run(self.inbox.mailbox.prepare())
        self.run(self.outbox.mailbox.prepare())

    def run(self, coroutine):
        """Run one step to its end."""
        return self.runner.run(coroutine)

    def wait(self, seconds):
        """Move the clock, and make ready what is due."""
        self.now += timedelta(seconds=seconds)
        self.run(self.inbox.mailbox.promote())
        self.run(self.outbox.mailbox.promote())

    def entries(self, kind, consumer, *, stolen=False):
        """Return what this consumer may serve: its own, what is new, and perhaps others' too."""
        return self.run(self._entries(kind, consumer, stolen=stolen))

    async def _entries(self, kind, consumer, *, stolen):
        found = []
        for shard in range(self.keys.shards):
            stream = self.keys.ready(kind, shard)
            if stolen:
                await self.redis.xautoclaim(stream, GROUP, consumer, 0, "0-0", 10)
            for start in ("0", ">"):
                answer = await self.redis.xreadgroup(GROUP, consumer, {stream: start}, count=10)
                found += [entry for _, entries in answer or () for entry in entries]
        return [Ready(fields["c"], entry) for entry, fields in found if fields]

    def lose_lease(self, kind, conversation):
        """What happens when a worker is paused for too long."""
        self.run(self.redis.delete(self.keys.box(kind, conversation).lease))

    def leftovers(self):
        """Return the mailboxes, flags, leases and entries that a quiet system must not keep."""

        async def look():
            names = [name async for name in self.redis.scan_iter(f"{self.keys.project}:*")]
            busy = {"mb", "sch", "ls", "wait", "out", "osch", "ols", "owait"}
            streams = [name for name in names if name.split(":")[1] in {"ready", "oready"}]
            full = [name for name in streams if await self.redis.xlen(name)]
            return [name for name in names if name.split(":")[1] in busy] + full

        return self.run(look())

    def teardown(self):
        """Let everything come to rest, look at it a last time, and clean up."""
        try:
            self.finish()
        finally:
            self.run(self._clean())
            self.runner.close()

    async def _clean(self):
        names = [name async for name in self.redis.scan_iter(f"{self.keys.project}:*")]
        if names:
            await self.redis.unlink(*names)
        await self.connections.close()

    def finish(self):
        """Bring the machine to rest and check what must hold then."""
        raise NotImplementedError
