"""A workbench around the inbox and the outbox: messages, effects, a channel, a clock."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from lola.delivery import (
    DeadLetters,
    Effects,
    Inbox,
    Limits,
    MalformedWebhooks,
    Outbox,
    Ownership,
    OwnershipStore,
    Reply,
    RowStatuses,
    Timers,
    Work,
    Worker,
)
from lola.domain.messages import (
    Address,
    EventContent,
    Inbound,
    MessageId,
    TextContent,
    TextMessage,
)
from lola.state import Keys
from lola.state.audit import AuditLines, AuditTrail

DEADLINE = 10.0


class FakeClock:
    """A clock that only a test moves."""

    def __init__(self):
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self):
        return self.now

    def advance(self, seconds):
        self.now += timedelta(seconds=seconds)


def address(sender="+525500000001"):
    return Address(channel="whatsapp", account="acc", sender=sender)


def said(text, *, sender="+525500000001", message_id=None):
    return Inbound(
        id=MessageId(message_id or uuid4().hex),
        address=address(sender),
        content=TextContent(text=text),
    )


def happened(name, *, sender="+525500000001"):
    return Inbound(
        id=MessageId(uuid4().hex), address=address(sender), content=EventContent(name=name)
    )


def texts(work):
    return [getattr(item.inbound.content, "text", "event") for item in work.envelopes]


def answer(work: Work, *replies: Reply, escalate=None, **state) -> Effects:
    """The smallest effects: what was said is remembered, and the given replies leave."""
    return Effects(
        address=work.envelopes[-1].inbound.address,
        state={"turns": work.version + 1, **state},
        record={"said": texts(work)},
        replies=replies,
        escalate=escalate,
    )


def reply(text="hola", **more):
    return Reply(message=TextMessage(content=text), **more)


def apology(work, reason):
    return answer(
        work,
        reply("perdón", author="code"),
        escalate=Ownership(owner="waiting", reason=reason),
    )


class Courier:
    """A channel that notes what it is given; `fail` holds what to raise for the next sends."""

    def __init__(self):
        self.rows = []
        self.fail = []
        self.changed = asyncio.Condition()

    @property
    def texts(self):
        return [row.message.content for row in self.rows]

    async def __call__(self, row):
        async with self.changed:
            self.rows.append(row)
            self.changed.notify_all()
        if self.fail and (error := self.fail.pop(0)) is not None:
            raise error
        return (f"provider-{row.id}",)

    async def wait_for(self, count):
        async with asyncio.timeout(DEADLINE), self.changed:
            await self.changed.wait_for(lambda: len(self.rows) >= count)


@dataclass
class Bench:
    connections: object
    keys: Keys
    clock: FakeClock
    on_poison: Callable = apology
    limits: Limits = field(default_factory=Limits)
    courier: Courier = field(default_factory=Courier)

    def __post_init__(self):
        self.redis = self.connections.commands
        parts = (self.connections, self.keys)
        self.inbox = self.new_inbox()
        self.owners = OwnershipStore(*parts, self.clock, self.limits.state_ttl)
        self.timers = Timers(self.inbox, *parts, self.clock)
        self.statuses = RowStatuses(*parts)
        self.dead_letters = DeadLetters(self.redis, self.keys)
        self.malformed = MalformedWebhooks(self.redis, self.keys, self.clock)
        self.audit_trail = AuditTrail(*parts, self.clock, AuditLines(""))
        self.outbox = Outbox(self.connections, self.keys, self.clock, lease_seconds=30)

    def new_inbox(self, **changes):
        parts = {"on_poison": self.on_poison, "limits": self.limits, **changes}
        return Inbox(self.connections, self.keys, self.clock, **parts)

    def worker(self, handler, name="w1", **more):
        parts = {"inbox": self.inbox, "outbox": self.outbox, "timers": self.timers, **more}
        parts.setdefault("tick_seconds", 0.02)
        return Worker(handler=handler, courier=self.courier, name=name, **parts)

    async def say(self, *texts, **more):
        return [await self.inbox.enqueue(said(text, **more), "trace") for text in texts]

    async def next(self, name="w1", inbox=None):
        """Take and lease the next conversation; None when no conversation has work."""
        inbox = inbox or self.inbox
        entries = await self._take(inbox.mailbox, name)
        return await inbox.acquire(entries[0], name) if entries else None

    async def send(self, name="w1"):
        """Serve every conversation whose outbox is ready."""
        for ready in await self._take(self.outbox.mailbox, name):
            await self.outbox.serve(ready, name, self.courier)

    async def committed(self, *replies, text="hola", **more):
        """Run one turn that leaves `replies` in the outbox."""
        await self.say(text)
        work = await self.next()
        outcome = await self.inbox.commit(work, answer(work, *replies, **more))
        assert outcome == "idle"
        return work

    async def later(self, seconds):
        self.clock.advance(seconds)
        await self.inbox.mailbox.promote()
        await self.outbox.mailbox.promote()

    async def lose_lease(self, conversation, kind="inbox"):
        """What happens when a worker is paused for longer than a lease."""
        await self.redis.delete(self.keys.box(kind, conversation).lease)

    async def leftovers(self):
        """Everything of the mailbox mechanism that a quiet system must not keep."""
        is_cluster = self.connections.is_cluster
        nodes = await self.redis.nodes() if is_cluster else (self.redis,)
        pattern = f"{self.keys.project}:*"
        names = [name for node in nodes async for name in node.scan_iter(pattern)]
        busy = {"mb", "sch", "ls", "wait", "out", "osch", "ols", "owait"}
        streams = [name for name in names if name.split(":")[1] in {"ready", "oready"}]
        full = [name for name in streams if await self.redis.xlen(name)]
        return [name for name in names if name.split(":")[1] in busy] + full

    async def _take(self, mailbox, name):
        await mailbox.prepare()
        entries = []
        for reader in range(mailbox.readers):
            entries += await mailbox._read(name, ">", 10, None, reader)
        return entries
