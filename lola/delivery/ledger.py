"""The inbox: accepted once, handled in order, committed in one step (docs/delivery.md).

The ledger owns everything that a turn changes. It never sends anything and never calls a model;
it hands out leased work, and takes effects back only from whoever still holds the lease.
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal, cast

import structlog

from lola.clock import Clock
from lola.delivery import _wire
from lola.delivery._mailbox import Mailbox, Ready
from lola.delivery.letters import DeadLetter, Letters, Malformed
from lola.delivery.model import Effects, Enqueued, Envelope, Ownership, Work
from lola.delivery.scripts import ACQUIRE, COMMIT, ENQUEUE, OWN, SETTLE
from lola.messages import ConversationId, Inbound
from lola.state.connection import Connections, store_errors
from lola.state.keys import Keys
from lola.telemetry import names

OnPoison = Callable[[Work, str], Effects]
Outcome = Literal["idle", "more", "delayed", "fenced", "mismatch", "ownership"]

log = structlog.get_logger(__name__)

_BURST = 20
_LONGEST_QUIET = 5
_LONGEST_DELAY = 60.0
_STATUSES = frozenset({"sent", "delivered", "read", "failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The ledger's figures. `history_kept` records are stored, `history_window` given to a turn."""

    lease_seconds: float = 30.0
    max_attempts: int = 5
    debounce_seconds: float = 0.0
    history_kept: int = 200
    history_window: int = 20
    state_ttl: timedelta = timedelta(hours=24)


class Ledger:
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
        self._redis = connections.commands
        self._keys = keys
        self._clock = clock
        self._on_poison = on_poison
        self._letters = Letters(connections.commands, keys, clock)
        self.limits = limits or Limits()
        self.mailbox = Mailbox(
            connections, keys, clock, kind="inbox", lease_seconds=self.limits.lease_seconds
        )

    async def enqueue(self, inbound: Inbound, trace_id: str) -> Enqueued:
        """Store a message once. Safe to repeat; when it returns, the message is in Redis."""
        box = self.mailbox.box(inbound.conversation)
        seq, known = await ENQUEUE.run(
            self._redis,
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

    async def commit(self, work: Work, effects: Effects) -> Outcome:
        """Make a turn true, in one step or not at all.

        `idle`: done, and the lease is given back. `more`: done, and more lies in the mailbox.
        `fenced`: the lease is lost. `ownership`: the owner changed; reload and handle again.
        """
        return await self._commit(work, effects)

    async def release(self, work: Work) -> None:
        """Give the lease back without a result; the messages stay where they are."""
        await self.mailbox.release(work.conversation, work.token)

    async def fail(self, work: Work, reason: str) -> Outcome:
        """Try the burst again later in its order, or bury its head after the last attempt."""
        attempts = work.envelopes[0].attempts + 1
        if attempts >= self.limits.max_attempts:
            return await self._bury(work, reason)
        delay = min(4.0 ** (attempts - 1), _LONGEST_DELAY)
        return cast(
            "Outcome",
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
        epoch = await OWN.run(
            self._redis,
            (self._keys.ownership(conversation), self._desk(conversation)),
            conversation,
            expected_epoch,
            *_wire.ownership_args(new, now),
        )
        return replace(new, epoch=epoch, since=new.since or now) if epoch else None

    async def desk(self) -> tuple[tuple[ConversationId, Ownership], ...]:
        """Answer every conversation that is not the bot's, longest wait first."""
        with store_errors():
            async with self._redis.pipeline(transaction=False) as pipe:
                for shard in range(self._keys.shards):
                    pipe.zrange(self._keys.desk(shard), 0, -1, withscores=True)
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

    async def settle(self, reference: str, status: str) -> bool:
        """Record a delivery report of a row; answers whether it was news.

        `sent` < `delivered` < `read` only moves up, `failed` stands beside it; reports come late,
        twice and in any order (reference/field.md B.1, row 3).
        """
        key = self._keys.row_status(reference)
        if key is None or status not in _STATUSES:
            return False
        waiting = self._keys.waiting("outbox", int(reference.partition("-")[0]))
        return bool(await SETTLE.run(self._redis, (key, waiting), status))

    async def dead_letters(self, limit: int = 100) -> tuple[DeadLetter, ...]:
        """Answer the newest of what could not be handled or sent, newest first."""
        return await self._letters.dead_letters(limit)

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
            conversation,
            entry,
            consumer,
            token,
            self.mailbox.lease_ms,
            _BURST,
            self.limits.history_window,
        )
        return answer

    async def _work(self, conversation: ConversationId, answer: list[Any]) -> Work | None:
        _, token, entries, state, version, history, owner = answer
        work = Work(
            conversation=conversation,
            token=int(token),
            envelopes=self._burst(entries),
            state=json.loads(state) if state else None,
            version=int(version),
            history=tuple(map(json.loads, history)),
            ownership=_wire.ownership_from(dict(zip(owner[::2], owner[1::2], strict=True))),
        )
        if not work.envelopes:
            return await self._bury_unreadable(work, _wire.sequence_of(entries[0]))
        if quiet := self._still_writing(work.envelopes):
            await self.mailbox.postpone(conversation, work.token, quiet)
            return None
        return work

    def _burst(self, entries: Sequence[str]) -> tuple[Envelope, ...]:
        """Answer the oldest messages that make one turn; empty when the very first is unreadable.

        Events stand alone. So does a message on its last attempt: if it is the poison, only it is
        buried.
        """
        burst: list[Envelope] = []
        for raw in entries:
            try:
                envelope = _wire.envelope_from(raw)
            except _wire.UnreadableError:
                break
            if burst and envelope.inbound.is_event:
                break
            burst.append(envelope)
            is_last_try = 0 < envelope.attempts >= self.limits.max_attempts - 1
            if envelope.inbound.is_event or is_last_try:
                break
        return tuple(burst)

    def _still_writing(self, burst: tuple[Envelope, ...]) -> float:
        """Answer for how many seconds the quiet period still runs; 0 when it is over."""
        quiet = self.limits.debounce_seconds
        head = burst[0]
        if not quiet or head.inbound.is_event or head.attempts:
            return 0.0
        latest = head.accepted_at + timedelta(seconds=_LONGEST_QUIET * quiet)
        due = min(burst[-1].accepted_at + timedelta(seconds=quiet), latest)
        return max(0.0, (due - self._clock()).total_seconds())

    async def _bury(self, work: Work, reason: str) -> Outcome:
        """Move the head to the dead letter, with the apology as its effect."""
        while True:
            head = replace(work, envelopes=work.envelopes[:1])
            effects = self._last_words(head, reason)
            if effects is None:
                outcome = await self._bury_silently(head, head.envelopes[0].seq, reason)
            else:
                outcome = await self._commit(head, effects, grave=reason)
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
        outcome = await self._bury_silently(work, seq, "unreadable")
        return await self.reload(work) if outcome in ("more", "ownership") else None

    async def _bury_silently(self, work: Work, seq: int, reason: str) -> Outcome:
        """There is nothing to tell the sender, so a person is asked to."""
        is_bots = work.ownership.owner == "bot"
        return await self._commit_parts(
            work,
            span=(seq, seq, 1),
            grave=reason,
            escalate=Ownership(owner="waiting", reason=reason) if is_bots else None,
        )

    async def _commit(self, work: Work, effects: Effects, grave: str = "") -> Outcome:
        first, last = work.envelopes[0], work.envelopes[-1]
        # A row answers to the owner that this very step leaves behind.
        epoch = work.ownership.epoch + (effects.escalate is not None)
        rows = [
            _wire.row_text(
                self._keys.row_id(work.conversation, last.seq, position),
                reply,
                conversation=work.conversation,
                address=effects.address,
                trace_id=last.trace_id,
                epoch=epoch,
                created_at=self._clock(),
            )
            for position, reply in enumerate(effects.replies)
        ]
        return await self._commit_parts(
            work,
            span=(first.seq, last.seq, len(work.envelopes)),
            state=_wire.dumps(effects.state),
            record=_wire.dumps(effects.record),
            grave=grave,
            escalate=effects.escalate,
            rows=rows,
        )

    async def _commit_parts(
        self,
        work: Work,
        *,
        span: tuple[int, int, int],
        state: str = "",
        record: str = "",
        grave: str = "",
        escalate: Ownership | None = None,
        rows: Sequence[str] = (),
    ) -> Outcome:
        conversation = work.conversation
        outbox = self._keys.box("outbox", conversation)
        outcome: Outcome = await COMMIT.run(
            self._redis,
            (
                *self.mailbox.box(conversation),
                outbox.mailbox,
                outbox.flag,
                outbox.ready,
                self._keys.state(conversation),
                self._keys.history(conversation),
                self._keys.ownership(conversation),
                self._desk(conversation),
                self._keys.dead_letters(self._keys.shard(conversation)),
            ),
            work.token,
            conversation,
            self.mailbox.lease_ms,
            *span,
            work.ownership.epoch,
            state,
            record,
            self.limits.history_kept,
            int(self.limits.state_ttl.total_seconds()),
            grave,
            *_wire.ownership_args(escalate, self._clock()),
            *rows,
        )
        return outcome

    def _desk(self, conversation: ConversationId) -> str:
        return self._keys.desk(self._keys.shard(conversation))
