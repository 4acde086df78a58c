"""One conversation in which everything that may happen at once happens in any order.

Inbox, owners, outbox and staff actions are the real ones on a real Valkey; only the engine is left
out: `speak` is the little of it that matters here. Every step is one call of a part, so a takeover
can fall between a turn's beginning and its commit, and between a commit and the send.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count

from lola.delivery import Effects, Inbox, Limits, Outbox, OwnershipStore, Reply, Work
from lola.domain.events import CONSOLE_REPLY, HANDOFF_LATE
from lola.domain.messages import (
    Address,
    EventContent,
    Inbound,
    MessageId,
    TextContent,
    TextMessage,
)
from lola.domain.session import Session, session_to_json
from lola.escalation import transitions
from lola.escalation.staff_actions import Queued, StaffActions, Taken
from lola.state import Connections, Keys, StateStore
from tests.unit.escalation.support import TestClock

WHERE = Address(channel="whatsapp", account="acc", sender="15550100101", phone="+15550100101")
STAFF = ("ana", "luis")
STEPS = (
    "sender_writes", "sender_asks", "sender_takes_back", "turn_begins", "turn_commits",
    "turn_fails", "outbox_sends", "ana_takes", "luis_takes", "ana_replies", "luis_replies",
    "ana_retries", "luis_retries", "ana_hands_back", "luis_hands_back", "ana_resolves",
    "ana_assigns", "luis_assigns", "time_runs_out",
)  # fmt: skip
_DAY = timedelta(hours=24)
_numbers = count(1)


async def _nobody(_: Address) -> bool:
    return False


def speak(work: Work) -> tuple[Reply, ...]:
    """Return what a turn says: staff's own words, a notice by code, or the bot's where it may."""
    first = work.envelopes[0].inbound
    if isinstance(first.content, EventContent):
        if first.content.name == CONSOLE_REPLY:
            text = f"{first.content.data['staff']}: {first.content.data['text']}"
            return (Reply(message=TextMessage(content=text), author="staff"),)
        return (Reply(message=TextMessage(content="code: notice"), author="code"),)
    if work.ownership.owner != "bot":
        return ()
    return (Reply(message=TextMessage(content="bot: hello"), author="bot"),)


@dataclass
class Sent:
    """What reached the sender, and who had the conversation when it left."""

    text: str
    owner: str


@dataclass
class World:
    """The conversation and everything that was done to it. `problems` says what must not be."""

    connections: Connections
    speak: Callable[[Work], tuple[Reply, ...]] = speak
    clock: TestClock = field(default_factory=TestClock)
    written: list[str] = field(default_factory=list)
    accepted: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in STAFF})
    refused: set[str] = field(default_factory=set)
    sent: list[Sent] = field(default_factory=list)
    work: Work | None = None
    last: dict[str, tuple[str, str]] = field(default_factory=dict)

    async def begin(self) -> None:
        """Build the parts on keys of their own, with a conversation that exists."""
        keys = Keys(f"take{next(_numbers)}", shards=1)
        parts = (self.connections, keys, self.clock)
        self.inbox = Inbox(*parts, on_poison=_refuse, limits=Limits(max_attempts=1000))
        self.outbox = Outbox(*parts)
        self.store = StateStore(self.connections.commands, keys, self.clock, _DAY)
        self.owners = OwnershipStore(*parts, _DAY)
        self.staff = StaffActions(
            self.inbox, self.owners, self.store, self.clock, is_opted_out=_nobody
        )
        for box in (self.inbox.mailbox, self.outbox.mailbox):
            await box.prepare()
        self.conversation = WHERE.conversation
        await self.sender_writes()
        await self.drain()

    async def do(self, step: str) -> None:
        """Do one step by its name; one that is not possible now does nothing."""
        who, _, what = step.partition("_")
        action = getattr(self, f"staff_{what}", None) if who in STAFF else None
        await (action(who) if action else getattr(self, step)())

    async def sender_writes(self) -> None:
        text = f"message {len(self.written)}"
        self.written.append(text)
        await self._enqueue(TextContent(text=text))

    async def sender_asks(self) -> None:
        await self._move(lambda now: now.owner == "bot",
                         lambda now: transitions.requested(now, self.clock(), "asked"))  # fmt: skip

    async def sender_takes_back(self) -> None:
        await self._move(lambda now: now.owner == "waiting",
                         lambda now: transitions.withdrawn(now, self.clock()))  # fmt: skip

    async def time_runs_out(self) -> None:
        self.clock.pass_(minutes=15)
        await self._enqueue(EventContent(name=HANDOFF_LATE))

    async def turn_begins(self) -> None:
        if self.work is not None:
            return
        await self.inbox.mailbox.promote()
        for ready in await self.inbox.mailbox._read("worker", ">", 1, None):
            self.work = await self.inbox.acquire(ready, "worker")

    async def turn_commits(self) -> None:
        """Commit what the turn decided when it began; decide again where the owner changed."""
        work = self.work
        while work is not None:
            outcome = await self.inbox.commit(work, self._effects(work))
            if outcome not in {"ownership", "more"}:
                break
            work = await self.inbox.reload(work)
        self.work = None

    async def turn_fails(self) -> None:
        if self.work is not None:
            await self.inbox.fail(self.work, "test")
            self.work = None
            self.clock.pass_(seconds=1)

    async def outbox_sends(self) -> None:
        await self.outbox.mailbox.promote()
        for ready in await self.outbox.mailbox._read("sender", ">", 1, None):
            await self.outbox.serve(ready, "sender", self._courier)

    async def staff_takes(self, staff: str) -> None:
        await self.staff.take_over(self.conversation, staff)

    async def staff_replies(self, staff: str) -> None:
        text = f"{staff}'s {sum(map(len, self.accepted.values())) + len(self.refused)}"
        self.last[staff] = (text, f"once-{next(_numbers)}")
        await self.staff_retries(staff)

    async def staff_retries(self, staff: str) -> None:
        """Send the newest reply again as a browser does: the same words and the same mark."""
        if staff not in self.last:
            return
        text, once = self.last[staff]
        result = await self.staff.reply(self.conversation, staff, text, once=once)
        if not isinstance(result, Queued):
            if text not in self.accepted[staff]:
                self.refused.add(text)
        elif not result.duplicate:
            self.accepted[staff].append(text)
            self.refused.discard(text)

    async def staff_hands_back(self, staff: str) -> None:
        await self.staff.hand_back(self.conversation, staff, note="agreed")

    async def staff_resolves(self, staff: str) -> None:
        await self.staff.resolve(self.conversation, staff, "answered")

    async def staff_assigns(self, staff: str) -> None:
        other = next(name for name in STAFF if name != staff)
        result = await self.staff.assign(self.conversation, staff, other)
        assert not isinstance(result, Taken) or result.ownership.staff == other

    async def drain(self) -> None:
        """Finish all turns and sends."""
        for _ in range(200):
            await self.turn_begins()
            if self.work is None:
                break
            await self.turn_commits()
        for _ in range(200):
            before = len(self.sent)
            await self.outbox_sends()
            if len(self.sent) == before:
                break

    async def problems(self) -> list[str]:
        """Finish everything and return what was lost, doubled, reordered or said wrongly."""
        self.clock.pass_(minutes=5)
        await self.drain()
        found = self.said_wrongly()
        history = (await self.store.read(self.conversation, limit=500)).history
        heard = [text for record in history for text in record["said"]]
        if heard != self.written:
            found.append(f"the sender wrote {self.written}, staff read {heard}")
        for name in STAFF:
            told = [
                one.text.removeprefix(f"{name}: ")
                for one in self.sent
                if one.text.startswith(f"{name}: ")
            ]
            if told != self.accepted[name]:
                found.append(f"{name} sent {self.accepted[name]}, the sender got {told}")
        return found

    def said_wrongly(self) -> list[str]:
        """Return what the bot said while it did not have the conversation."""
        return [
            f"said beside a person: {one.text}"
            for one in self.sent
            if one.text.startswith("bot:") and one.owner != "bot"
        ]

    def _effects(self, work: Work) -> Effects:
        inbound = [one.inbound.content for one in work.envelopes]
        return Effects(
            address=WHERE,
            state=session_to_json(Session(address=WHERE, started_at=self.clock())),
            record={"said": [one.text for one in inbound if isinstance(one, TextContent)]},
            replies=self.speak(work),
        )

    async def _courier(self, row) -> tuple[str, ...]:
        owner = (await self.owners.get(self.conversation)).owner
        self.sent.append(Sent(text=row.message.content, owner=owner))
        return (f"provider-{row.id}",)

    async def _move(self, allowed, change) -> None:
        now = await self.owners.get(self.conversation)
        if allowed(now):
            await self.owners.set_owner(self.conversation, change(now), now.epoch)

    async def _enqueue(self, content) -> None:
        inbound = Inbound(id=MessageId(f"m{next(_numbers)}"), address=WHERE, content=content)
        await self.inbox.enqueue(replace(inbound, sent_at=self.clock()), "trace")


def _refuse(work, reason):
    raise AssertionError(f"a message went to the dead letter: {reason}")
