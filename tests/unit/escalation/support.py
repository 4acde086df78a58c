"""A small bank for tests of staff actions and the console: real inbox, real store, real Valkey.

Turns are committed through the inbox itself, with records in the shape in which the engine writes
them; only the engine itself is left out.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from lola.consent import ConsentStore
from lola.delivery import Effects, Inbox, OwnershipStore, RowStatuses
from lola.delivery.case_index import CaseIndex
from lola.delivery.model import Ownership
from lola.domain.case_line import CaseLine
from lola.domain.messages import (
    Address,
    ConversationId,
    EventContent,
    Inbound,
    MessageId,
    TextContent,
    TextMessage,
    outbound_to_json,
)
from lola.domain.session import Session, session_to_json
from lola.escalation import transitions
from lola.escalation.staff_actions import StaffActions
from lola.state import Connections, Keys, Rates, StateStore
from lola.state.audit import AuditLines, AuditTrail

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
_numbers = count(1)


class TestClock:
    """Time that moves only when a test moves it."""

    __test__ = False

    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now

    def pass_(self, **span):
        self.now += timedelta(**span)


def address(last_digits="0101", channel="whatsapp"):
    """The address of one sender."""
    digits = f"1555010{last_digits}"
    return Address(channel=channel, account="acc", sender=digits, phone=f"+{digits}")


def nobody_is_poisoned(work, reason):
    raise AssertionError(f"a test message went to the dead letter: {reason}")


class Trail(AuditTrail):
    """The real trail; with an `error` it is one that takes no record."""

    error: Exception | None = None

    async def append(self, *args, **facts):
        if self.error is not None:
            raise self.error
        await super().append(*args, **facts)


class Bank:
    """Inbox, store and staff actions on one new set of keys."""

    def __init__(self, connections: Connections):
        self.clock, self.connections = TestClock(), connections
        self.keys = keys = Keys(f"desk{next(_numbers)}", shards=2)
        self.inbox = Inbox(connections, keys, self.clock, on_poison=nobody_is_poisoned)
        self.store = StateStore(connections.commands, keys, self.clock, timedelta(hours=24))
        self.statuses = RowStatuses(connections, keys)
        self.rates = Rates(connections, keys, self.clock)
        self.consent = ConsentStore(connections, keys, self.clock)
        self.owners = OwnershipStore(connections, keys, self.clock, timedelta(hours=24))
        self.index = CaseIndex(connections, keys)
        self.trail = Trail(connections, keys, self.clock, AuditLines(""))
        self.actions = self.actions_of(self.owners)

    def actions_of(self, owners) -> StaffActions:
        """Staff actions that change owners through another store."""
        opted_out = self.consent.is_opted_out
        return StaffActions(
            self.inbox,
            owners,
            self.store,
            self.clock,
            is_opted_out=opted_out,
            trail=self.trail,
        )

    async def turn(
        self, where=None, text="hola", *, answer="¿En qué te ayudo?", session=None, **record
    ) -> ConversationId:
        """Have one sender's message answered and committed."""
        where = where or address()
        inbound = Inbound(
            id=MessageId(f"wamid.{next(_numbers)}"), address=where, content=TextContent(text=text)
        )
        await self.inbox.enqueue(inbound, "trace")
        return await self.commit_next(where, answer=answer, session=session, **record)

    async def commit_next(self, where, *, answer="", session=None, **record) -> ConversationId:
        """Commit what is first in the inbox."""
        work = await self.next_work()
        session = session or Session(
            address=where, started_at=self.clock(), language="es", profile_name="Rosa"
        )
        message = TextMessage(content=answer) if isinstance(answer, str) and answer else answer
        effects = Effects(
            address=where,
            state=session_to_json(session),
            line=CaseLine.of(session).to_json(),
            record={
                "turn": str(work.envelopes[-1].seq),
                "trace_id": "trace",
                "at": self.clock().isoformat(),
                "inbound": [_heard(envelope, self.clock()) for envelope in work.envelopes],
                "outbound": [outbound_to_json(message)] if message else [],
                "author": "bot",
                "staff": "",
                "route": "sender_home",
                "tools": [{"name": "get_quote", "ok": True}],
                "passages": ["fees@3#2"],
                "language": "es",
                "messages": [{"role": "system", "text": "only the model sees this"}],
                **record,
            },
        )
        assert await self.inbox.commit(work, effects) in {"idle", "more"}
        return work.conversation

    async def next_work(self):
        """Lease the conversation that has work, as a worker does."""
        mailbox = self.inbox.mailbox
        await mailbox.prepare()
        ready = await mailbox.take("worker", 1)
        work = await self.inbox.acquire(ready[0], "worker")
        assert work is not None
        return work

    async def wait_for_person(self, conversation, reason="asked") -> Ownership:
        """Have the sender ask for a person, now."""
        current = await self.owners.get(conversation)
        asked = transitions.requested(current, self.clock(), reason)
        changed = await self.owners.set_owner(conversation, asked, current.epoch)
        assert changed is not None
        return changed


class Hurried:
    """The real store of owners, with somebody faster just before each change of owner."""

    def __init__(self, owners, faster):
        self._owners = owners
        self._faster = faster

    def __getattr__(self, name):
        return getattr(self._owners, name)

    async def set_owner(self, conversation, new, expected_epoch):
        if self._faster:
            rival = replace(self._faster.pop(0), epoch=expected_epoch + 1)
            assert await self._owners.set_owner(conversation, rival, expected_epoch)
        return await self._owners.set_owner(conversation, new, expected_epoch)


def _heard(envelope, now):
    content = envelope.inbound.content
    return {
        "id": envelope.inbound.id,
        "kind": content.type,
        "text": "" if isinstance(content, EventContent) else content.text,
        "at": now.isoformat(),
    }
