"""A bank in miniature for tests of the desk and the console: real ledger, real store, real Valkey.

Turns are committed through the ledger itself, with records in the shape in which the engine writes
them; only the engine's own thinking is left out.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from lola.consent import ConsentBook
from lola.delivery import Effects, Ledger
from lola.delivery.model import Ownership
from lola.escalation import state
from lola.escalation.desk import Desk
from lola.messages import (
    Address,
    ConversationId,
    EventContent,
    Inbound,
    MessageId,
    TextContent,
    TextMessage,
    outbound_to_json,
)
from lola.session import Session, session_to_json
from lola.state import Connections, Keys, StateStore

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


class Bank:
    """Ledger, store and desk over one fresh set of keys."""

    def __init__(self, connections: Connections):
        self.clock = TestClock()
        keys = Keys(f"desk{next(_numbers)}", shards=2)
        self.ledger = Ledger(connections, keys, self.clock, on_poison=nobody_is_poisoned)
        self.store = StateStore(connections.commands, keys, self.clock, timedelta(hours=24))
        self.consent = ConsentBook(connections, keys, self.clock)
        self.desk = self.desk_of(self.ledger)

    def desk_of(self, ledger) -> Desk:
        """A desk that changes owners through another ledger."""
        opted_out = self.consent.is_opted_out
        return Desk(ledger, self.store, self.clock, is_opted_out=opted_out)

    async def turn(
        self, where=None, text="hola", *, answer="¿En qué te ayudo?", session=None, **record
    ) -> ConversationId:
        """Have one sender's message answered and committed."""
        where = where or address()
        inbound = Inbound(
            id=MessageId(f"wamid.{next(_numbers)}"), address=where, content=TextContent(text=text)
        )
        await self.ledger.enqueue(inbound, "trace")
        return await self.commit_next(where, answer=answer, session=session, **record)

    async def commit_next(self, where, *, answer="", session=None, **record) -> ConversationId:
        """Commit whatever lies first in the inbox."""
        work = await self.next_work()
        session = session or Session(
            address=where, started_at=self.clock(), language="es", profile_name="Rosa"
        )
        message = TextMessage(content=answer) if isinstance(answer, str) and answer else answer
        effects = Effects(
            address=where,
            state=session_to_json(session),
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
        assert await self.ledger.commit(work, effects) in {"idle", "more"}
        return work.conversation

    async def next_work(self):
        """Lease the conversation that has work, as a worker does."""
        mailbox = self.ledger.mailbox
        await mailbox.prepare()
        ready = await mailbox.take("worker", 1)
        work = await self.ledger.acquire(ready[0], "worker")
        assert work is not None
        return work

    async def wait_for_person(self, conversation, reason="asked") -> Ownership:
        """Have the sender ask for a person, now."""
        current = await self.ledger.ownership(conversation)
        asked = state.requested(current, self.clock(), reason)
        changed = await self.ledger.set_ownership(conversation, asked, current.epoch)
        assert changed is not None
        return changed


class Hurried:
    """The real ledger, with somebody faster just before each change of owner."""

    def __init__(self, ledger, faster):
        self._ledger = ledger
        self._faster = faster

    def __getattr__(self, name):
        return getattr(self._ledger, name)

    async def set_ownership(self, conversation, new, expected_epoch):
        if self._faster:
            rival = replace(self._faster.pop(0), epoch=expected_epoch + 1)
            assert await self._ledger.set_ownership(conversation, rival, expected_epoch)
        return await self._ledger.set_ownership(conversation, new, expected_epoch)


def _heard(envelope, now):
    content = envelope.inbound.content
    return {
        "id": envelope.inbound.id,
        "kind": content.type,
        "text": "" if isinstance(content, EventContent) else content.text,
        "at": now.isoformat(),
    }
