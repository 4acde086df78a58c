"""The inbox: accepted once, handled in order, committed in one step (docs/delivery.md).

The inbox owns everything that a turn changes. It never sends anything and never calls a model;
it hands out leased work, and takes effects back only from whoever still holds the lease.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

import structlog

from lola.delivery import _wire
from lola.delivery._burst import oldest_burst, still_writing
from lola.delivery._commit import Committer
from lola.delivery._mailbox import Mailbox, Ready
from lola.delivery.audit_trail import AuditRecord, AuditTrail
from lola.delivery.dead_letters import DeadLetter, DeadLetters, Malformed
from lola.delivery.model import CommitStatus, Effects, Enqueued, Limits, OutboxRow, Ownership, Work
from lola.delivery.scripts import ACQUIRE, ENQUEUE, RECORD_STATUS, SET_OWNER
from lola.delivery.timers import Timers
from lola.domain.clock import Clock
from lola.domain.messages import ConversationId, Inbound, MessageId
from lola.errors import StoreUnavailableError
from lola.state.connection import Connections, store_errors
from lola.state.keys import Keys
from lola.telemetry import names

OnPoison = Callable[[Work, str], Effects]

log = structlog.get_logger(__name__)

_BURST = 20
_LONGEST_DELAY = 60.0
_STATUSES = frozenset({"sent", "delivered", "read", "failed"})


class Inbox:
    """The inbox and the ownership of all conversations.

    `on_poison` answers the apology and hand-off for a message that goes to the dead letter. Every
    method that touches Redis raises StoreUnavailableError when it is gone.
    """

    def __init__(
        self,
        connections: Connections,
        keys: Keys,
        clock: Clock,
        *,
        on_poison: OnPoison,
        limits: Limits | None = None,
    ) -> None:
        self._connections = connections
        self._redis = connections.commands
        self._keys = keys
        self._clock = clock
        self._on_poison = on_poison
        self._timers = Timers(connections, keys, clock)
        self._letters = DeadLetters(connections.commands, keys, clock)
        self._trail = AuditTrail(connections.commands, keys)
        self.limits = limits or Limits()
        self.mailbox = Mailbox(
            connections, keys, clock, kind="inbox", lease_seconds=self.limits.lease_seconds
        )
        self._committer = Committer(connections, keys, clock, self.limits, self.mailbox)

    async def enqueue(self, inbound: Inbound, trace_id: str) -> Enqueued:
        """Store a message once. Safe to repeat; when it returns, the message is in Redis.

        Where replicas are promised, it is on enough of them too; else this raises
        StoreUnavailableError, and a repetition asks for them again.
        """
        box = self.mailbox.box(inbound.conversation)
        (seq, known), is_replicated = await ENQUEUE.run_durably(
            self._connections,
            (
                box.mailbox,
                box.flag,
                box.ready,
                self._keys.counter(inbound.conversation),
                self._keys.seen(inbound),
            ),
            inbound.conversation,
            _wire.envelope_body(inbound, trace_id, self._clock()),
        )
        if not is_replicated:
            raise StoreUnavailableError(
                "too few replicas have the message", hint="are the replicas of REDIS_URL up?"
            )
        return Enqueued(seq=seq, duplicate=bool(known))

    async def acquire(self, ready: Ready, consumer: str) -> Work | None:
        """Lease a conversation under `consumer` and answer its oldest burst.

        None when there is nothing to do here now: another holds it, it is empty, or its sender is
        still writing. After a None the entry needs no further care.
        """
        answer = await self._acquire(ready.conversation, ready.entry, consumer, "")
        if answer[0] != "ok":
            return None
        self.mailbox.held[ready] = int(answer[1])
        return await self._work(ready.conversation, answer)

    async def reload(self, work: Work) -> Work | None:
        """Read the burst and its state again under the same lease; None when that is lost."""
        answer = await self._acquire(work.conversation, "", "", str(work.token))
        return await self._work(work.conversation, answer) if answer[0] == "ok" else None

    async def commit(self, work: Work, effects: Effects) -> CommitStatus:
        """Make a turn true, in one step or not at all.

        `idle`: done, and the lease is given back. `more`: done, and more lies in the mailbox.
        `fenced`: the lease is lost. `ownership`: the owner changed; reload and handle again.
        A commit that too few replicas have is true all the same, and alarmed: should a failover
        undo it, the turn is repeated, and none of its replies has left (see Outbox).
        """
        return await self._committer.commit(work, effects)

    async def send_interim(self, work: Work, ahead: Effects) -> bool:
        """Let the one reply of `ahead` leave at once, before the turn in hand says anything else.

        Once per turn; the rest of `ahead` only addresses it. False, and nothing leaves, when the
        turn is committed or its lease lost, when the owner changed, or when it was said already
        before a crash.
        """
        return await self._committer.send_interim(work, ahead)

    async def release(self, work: Work) -> None:
        """Give the lease back without a result; the messages stay where they are."""
        await self.mailbox.release(work.conversation, work.token)

    async def fail(self, work: Work, reason: str) -> CommitStatus:
        """Try the burst again later in its order, or bury its head after the last attempt."""
        attempts = work.envelopes[0].attempts + 1
        if attempts >= self.limits.max_attempts:
            return await self._bury(work, reason)
        delay = min(4.0 ** (attempts - 1), _LONGEST_DELAY)
        return cast(
            "CommitStatus",
            await self.mailbox.postpone(
                work.conversation, work.token, delay, attempted=len(work.envelopes)
            ),
        )

    async def ownership(self, conversation: ConversationId) -> Ownership:
        """Answer who may speak to the sender now."""
        with store_errors():
            fields = await cast(
                "Awaitable[dict[str, str]]",
                self._redis.hgetall(self._keys.ownership(conversation)),
            )
        return _wire.ownership_from(fields)

    async def set_ownership(
        self, conversation: ConversationId, new: Ownership, expected_epoch: int
    ) -> Ownership | None:
        """Change the owner if the epoch still is the expected one; None when it is not."""
        now = self._clock()
        epoch, is_replicated = await SET_OWNER.run_durably(
            self._connections,
            (
                self._keys.ownership(conversation),
                self._keys.handoff_queue(self._keys.shard(conversation)),
                self._keys.state(conversation),
                self._keys.history(conversation),
            ),
            *SET_OWNER.args(
                conversation=conversation,
                expected=expected_epoch,
                ttl=int(self.limits.state_ttl.total_seconds()),
                **_wire.owner_args(new, now),
            ),
        )
        if not is_replicated:
            log.error(names.NOT_REPLICATED, conversation=conversation)
        return replace(new, epoch=epoch, since=new.since or now) if epoch else None

    async def handoff_queue(self) -> tuple[tuple[ConversationId, Ownership], ...]:
        """Answer every conversation that is not the bot's, longest wait first."""
        with store_errors():
            async with self._redis.pipeline(transaction=False) as pipe:
                for shard in range(self._keys.shards):
                    pipe.zrange(self._keys.handoff_queue(shard), 0, -1, withscores=True)
                waiting = sorted(
                    (score, ConversationId(name))
                    for members in await pipe.execute()
                    for name, score in members
                )
            async with self._redis.pipeline(transaction=False) as pipe:
                for _, conversation in waiting:
                    pipe.hgetall(self._keys.ownership(conversation))
                owners = map(_wire.ownership_from, await pipe.execute())
        pairs = zip((conversation for _, conversation in waiting), owners, strict=True)
        return tuple((name, ownership) for name, ownership in pairs if ownership.owner != "bot")

    async def schedule(self, event: Inbound, at: datetime, trace_id: str = "") -> None:
        """Let an event enter its conversation's inbox at `at`, once; its id names the timer.

        A turn sets its timers with its effects instead.
        """
        await self._timers.schedule(event, at, trace_id)

    async def cancel(self, conversation: ConversationId, timer_id: MessageId) -> bool:
        """Forget a timer; answers whether it was still waiting."""
        return await self._timers.cancel(conversation, timer_id)

    async def fire_due(self) -> int:
        """Put the events of all timers that are due into their inboxes; answers how many."""
        due = await self._timers.due()
        for timer in due:
            await self.enqueue(timer.event, timer.trace_id)
            await self._timers.forget(timer.shard, timer.name)
        return len(due)

    async def record_status(
        self,
        reference: str,
        status: str,
        *,
        channel: str = "",
        provider_id: str = "",
        buried: tuple[OutboxRow, str] | None = None,
    ) -> bool:
        """Record a delivery report of a row; answers whether it was news.

        `sent` < `delivered` < `read` only moves up, `failed` stands beside it; reports come late,
        twice and in any order (reference/field.md B.1, row 3). Without our `reference` the row is
        found by the provider's id, if its channel reports that way (SendPolicy.reports_by_id).
        `buried` is the row as it was sent and a reason, when a failure is a dead letter.
        """
        if not reference and provider_id:
            reference = await self._row_of(channel, provider_id)
        key = self._keys.row_status(reference)
        if key is None or status not in _STATUSES:
            return False
        shard = int(reference.partition("-")[0])
        keys = (
            key,
            self._keys.waiting("outbox", shard),
            self._keys.sent_row(shard, reference),
            self._keys.dead_letters(shard),
        )
        dead_reason = (buried[0].conversation, buried[1]) if buried else ("", "")
        return bool(await RECORD_STATUS.run(self._redis, keys, status, *dead_reason))

    async def sent_row(
        self, reference: str, *, channel: str = "", provider_id: str = ""
    ) -> OutboxRow | None:
        """Answer a row that is out and not yet reported as delivered; None when it is not kept."""
        if not reference and provider_id:
            reference = await self._row_of(channel, provider_id)
        if self._keys.row_status(reference) is None:
            return None
        key = self._keys.sent_row(int(reference.partition("-")[0]), reference)
        with store_errors():
            raw = await self._redis.get(key)
        try:
            return _wire.row_from(str(raw)) if raw else None
        except _wire.UnreadableError:
            return None

    async def _row_of(self, channel: str, provider_id: str) -> str:
        with store_errors():
            async with self._redis.pipeline(transaction=False) as pipe:
                for shard in range(self._keys.shards):
                    pipe.get(self._keys.provider_id(shard, channel, provider_id))
                return next(filter(None, await pipe.execute()), "")

    async def dead_letters(self, limit: int = 100) -> tuple[DeadLetter, ...]:
        """Answer the newest of what could not be handled or sent, newest first."""
        return await self._letters.dead_letters(limit)

    async def audit(self, limit: int = 100) -> tuple[AuditRecord, ...]:
        """Answer the newest audit records, oldest of them first."""
        return await self._trail.newest(limit)

    async def park_malformed(self, channel: str, body: bytes, error: str) -> None:
        """Keep the outline of a well-signed webhook that cannot be read; never its body."""
        await self._letters.park_malformed(channel, body, error)

    async def malformed(self, limit: int = 100) -> tuple[Malformed, ...]:
        """Answer the newest parked outlines, newest first."""
        return await self._letters.malformed(limit)

    async def _acquire(
        self, conversation: ConversationId, entry: str, consumer: str, token: str
    ) -> list[Any]:
        answer: list[Any] = await ACQUIRE.run(
            self._redis,
            (
                *self.mailbox.box(conversation),
                self._keys.state(conversation),
                self._keys.history(conversation),
                self._keys.ownership(conversation),
            ),
            *ACQUIRE.args(
                conversation=conversation,
                entry=entry,
                consumer=consumer,
                token=token,
                lease_ms=self.mailbox.lease_ms,
                burst=_BURST,
                history=self.limits.history_window,
            ),
        )
        return answer

    async def _work(self, conversation: ConversationId, answer: list[Any]) -> Work | None:
        _, token, entries, state, version, history, owner = answer
        work = Work(
            conversation=conversation,
            token=int(token),
            envelopes=oldest_burst(entries, self.limits.max_attempts),
            state=json.loads(state) if state else None,
            version=int(version),
            history=tuple(map(json.loads, history)),
            ownership=_wire.ownership_from(dict(zip(owner[::2], owner[1::2], strict=True))),
        )
        if not work.envelopes:
            return await self._bury_unreadable(work, _wire.sequence_of(entries[0]))
        debounce = self.limits.debounce_seconds
        if quiet := still_writing(work.envelopes, debounce, self._clock()):
            await self.mailbox.postpone(conversation, work.token, quiet)
            return None
        return work

    async def _bury(self, work: Work, reason: str) -> CommitStatus:
        """Move the head to the dead letter, with the apology as its effect."""
        while True:
            head = replace(work, envelopes=work.envelopes[:1])
            effects = self._last_words(head, reason)
            if effects is None:
                outcome = await self._committer.dead_letter(head, head.envelopes[0].seq, reason)
            else:
                outcome = await self._committer.commit(head, effects, dead_letter=reason)
            if outcome != "ownership":
                return outcome
            again = await self.reload(work)
            if again is None:
                return "fenced"
            work = again

    def _last_words(self, head: Work, reason: str) -> Effects | None:
        trace_id = head.envelopes[0].trace_id
        log.error(
            names.TURN_POISONED, conversation=head.conversation, trace_id=trace_id, reason=reason
        )
        try:
            return self._on_poison(head, reason)
        except Exception as error:  # noqa: BLE001 - poison may break the apology as well
            log.error(names.TURN_FAILED, conversation=head.conversation, error=type(error).__name__)
            return None

    async def _bury_unreadable(self, work: Work, seq: int) -> Work | None:
        log.error(names.TURN_POISONED, conversation=work.conversation, reason="unreadable")
        outcome = await self._committer.dead_letter(work, seq, "unreadable")
        return await self.reload(work) if outcome in ("more", "ownership") else None
