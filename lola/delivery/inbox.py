"""The inbox: accepted once, handled in order, committed in one step (docs/delivery.md).

It hands out leased work and accepts effects only from the holder of the lease. It never sends
anything and never calls a model.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, cast

import structlog

from lola.delivery import _wire
from lola.delivery._burst import oldest_burst, still_writing
from lola.delivery._commit import Committer, unchecked
from lola.delivery._mailbox import Mailbox, Ready
from lola.delivery.model import CommitStatus, Effects, Enqueued, Limits, Work
from lola.delivery.scripts import ACQUIRE, ENQUEUE
from lola.domain.clock import Clock
from lola.domain.messages import ConversationId, Inbound, Outbound
from lola.errors import StoreUnavailableError
from lola.safety.input.admission import WITHOUT_SEALS
from lola.state.audit import AuditLines
from lola.state.connection import Connections
from lola.state.keys import Keys
from lola.telemetry import names

OnPoison = Callable[[Work, str], Effects]

log = structlog.get_logger(__name__)

_MAX_BURST: Final = 20
_MAX_DELAY: Final = 60.0
_AT_ONCE: Final = 500


class Inbox:
    """The inboxes of all conversations. Every method raises StoreUnavailableError.

    `on_poison` returns the apology and hand-off for a message that becomes a dead letter. `admit`
    takes out of a message what may not be stored; `check` is the last check of what is sent.
    `audit_lines` writes what each commit appends to the audit trail.
    """

    def __init__(
        self,
        connections: Connections,
        keys: Keys,
        clock: Clock,
        *,
        on_poison: OnPoison,
        limits: Limits | None = None,
        audit_lines: AuditLines | None = None,
        admit: Callable[[Inbound], Inbound] = WITHOUT_SEALS,
        check: Callable[[Outbound], Outbound] = unchecked,
    ) -> None:
        self._connections = connections
        self._redis = connections.commands
        self._keys = keys
        self._clock = clock
        self._on_poison = on_poison
        self._admit = admit
        self.limits = limits or Limits()
        self.mailbox = Mailbox(
            connections, keys, clock, kind="inbox", lease_seconds=self.limits.lease_seconds
        )
        self._committer = Committer(
            connections,
            keys,
            clock,
            self.limits,
            self.mailbox,
            audit_lines or AuditLines(""),
            check=check,
        )

    async def enqueue(self, inbound: Inbound, trace_id: str) -> Enqueued:
        """Store a message once. Safe to repeat; when it returns, the message is in Redis.

        Where replicas are promised, it is on enough of them too; else this raises
        StoreUnavailableError, and a repetition asks for them again.
        """
        (stored,) = await self.enqueue_all([(inbound, trace_id)])
        return stored

    async def enqueue_all(self, messages: Sequence[tuple[Inbound, str]]) -> list[Enqueued]:
        """Store messages with their trace ids, each once, in their order and a few round trips.

        It holds and raises what `enqueue` does, for all of them; after an error some may be stored.
        """
        stored: list[Enqueued] = []
        for first in range(0, len(messages), _AT_ONCE):
            calls = [self._call(*message) for message in messages[first : first + _AT_ONCE]]
            results, is_replicated = await ENQUEUE.run_all_durably(self._connections, calls)
            if not is_replicated:
                raise StoreUnavailableError(
                    "too few replicas have the message", hint="are the replicas of REDIS_URL up?"
                )
            stored += (Enqueued(seq=seq, duplicate=bool(known)) for seq, known in results)
        return stored

    def _call(self, inbound: Inbound, trace_id: str) -> tuple[tuple[str, ...], tuple[str, str]]:
        """Return keys and arguments of the script that stores a message."""
        box = self.mailbox.box(inbound.conversation)
        counter = self._keys.counter(inbound.conversation)
        keys = (box.mailbox, box.flag, box.ready, counter, self._keys.seen(inbound))
        body = _wire.envelope_body(self._admit(inbound), trace_id, self._clock())
        return keys, (inbound.conversation, body)

    async def acquire(self, ready: Ready, consumer: str) -> Work | None:
        """Lease a conversation under `consumer` and return its oldest burst.

        None when there is nothing to do now: another worker holds it, it is empty, or its sender
        is still writing. The entry then needs no further handling.
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
        """Commit a turn in one step or not at all.

        `idle`: done, and the lease is given back. `more`: done, and the mailbox holds more.
        `fenced`: the lease is lost. `ownership`: the owner changed; reload and handle again.
        A commit that too few replicas have is valid all the same, and alarmed: should a failover
        undo it, the turn is repeated, and none of its replies has been sent (see Outbox).
        """
        return await self._committer.commit(work, effects)

    async def send_interim(self, work: Work, interim: Effects) -> bool:
        """Send the one reply of `interim` at once, ahead of the replies of the turn in hand.

        Once per turn; the rest of `interim` only addresses it. False, and nothing is sent, when
        the turn is committed or its lease lost, when the owner changed, or when it was sent
        already before a crash.
        """
        return await self._committer.send_interim(work, interim)

    async def release(self, work: Work) -> None:
        """Give the lease back without a result; the messages stay where they are."""
        await self.mailbox.release(work.conversation, work.token)

    async def fail(self, work: Work, reason: str) -> CommitStatus:
        """Try the burst again later in its order, or give its head up after the last attempt."""
        attempts = work.envelopes[0].attempts + 1
        if attempts >= self.limits.max_attempts:
            return await self._give_up(work, reason)
        delay = min(4.0 ** (attempts - 1), _MAX_DELAY)
        return cast(
            "CommitStatus",
            await self.mailbox.postpone(
                work.conversation, work.token, delay, attempted=len(work.envelopes)
            ),
        )

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
                burst=_MAX_BURST,
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
            return await self._give_up_unreadable(work, _wire.sequence_of(entries[0]))
        debounce = self.limits.debounce_seconds
        if quiet := still_writing(work.envelopes, debounce, self._clock()):
            await self.mailbox.postpone(conversation, work.token, quiet)
            return None
        return work

    async def _give_up(self, work: Work, reason: str) -> CommitStatus:
        """Make the head a dead letter, with the apology as its effect."""
        while True:
            head = replace(work, envelopes=work.envelopes[:1])
            effects = self._apology(head, reason)
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

    def _apology(self, head: Work, reason: str) -> Effects | None:
        trace_id = head.envelopes[0].trace_id
        log.error(
            names.TURN_POISONED, conversation=head.conversation, trace_id=trace_id, reason=reason
        )
        try:
            return self._on_poison(head, reason)
        except Exception as error:  # noqa: BLE001 - poison may break the apology as well
            log.error(names.TURN_FAILED, conversation=head.conversation, error=type(error).__name__)
            return None

    async def _give_up_unreadable(self, work: Work, seq: int) -> Work | None:
        log.error(names.TURN_POISONED, conversation=work.conversation, reason="unreadable")
        outcome = await self._committer.dead_letter(work, seq, "unreadable")
        return await self.reload(work) if outcome in ("more", "ownership") else None
