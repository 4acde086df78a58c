"""Making a turn true: effects in, one script out (docs/delivery.md)."""

from collections.abc import Sequence
from typing import cast

import structlog

from lola.delivery import _wire
from lola.delivery._mailbox import Mailbox
from lola.delivery.model import CommitStatus, Effects, Limits, Ownership, Work
from lola.delivery.scripts import COMMIT, IDLE_SECONDS, SEND_INTERIM
from lola.delivery.timers import timer_args, timer_name
from lola.domain.clock import Clock
from lola.domain.messages import ConversationId
from lola.state.connection import Connections
from lola.state.keys import Keys
from lola.telemetry import names

_TIMER_ARGUMENTS = 3
# The place of what is said ahead of a turn; its replies are numbered from 0.
_AHEAD = -1

log = structlog.get_logger(__name__)


class Committer:
    """Spells a turn's effects for the commit script."""

    def __init__(
        self, connections: Connections, keys: Keys, clock: Clock, limits: Limits, mailbox: Mailbox
    ) -> None:
        self._connections = connections
        self._keys = keys
        self._clock = clock
        self._limits = limits
        self._mailbox = mailbox

    async def commit(self, work: Work, effects: Effects, dead_reason: str = "") -> CommitStatus:
        """Commit `effects`; with a reason in `dead_reason` the messages go to the dead letter."""
        conversation = work.conversation
        first, last = work.envelopes[0], work.envelopes[-1]
        # A row answers to the owner that this very step leaves behind.
        epoch = work.ownership.epoch + (effects.escalate is not None)
        rows = [
            _wire.row_text(
                self._keys.row_id(conversation, last.seq, position),
                reply,
                effects,
                conversation=conversation,
                trace_id=last.trace_id,
                epoch=epoch,
                created_at=self._clock(),
            )
            for position, reply in enumerate(effects.replies)
        ]
        timers = [
            argument
            for timer in effects.timers
            for argument in timer_args(conversation, timer, last.trace_id)
        ]
        return await self._run(
            work,
            span=(first.seq, last.seq, len(work.envelopes)),
            state=_wire.dumps(effects.state),
            record=_wire.dumps(effects.record),
            dead_reason=dead_reason,
            escalate=effects.escalate,
            rows=rows,
            timers=timers,
            audits=[_wire.dumps(record) for record in effects.audit],
            forgotten=[timer_name(conversation, name) for name in effects.cancelled_timers],
        )

    async def send_interim(self, work: Work, ahead: Effects) -> bool:
        """Let a message leave ahead of this turn's replies; False when it may not any more."""
        (reply,) = ahead.replies
        first, last = work.envelopes[0], work.envelopes[-1]
        row = _wire.row_text(
            self._keys.row_id(work.conversation, first.seq, _AHEAD),
            reply,
            ahead,
            conversation=work.conversation,
            trace_id=last.trace_id,
            epoch=work.ownership.epoch,
            created_at=self._clock(),
        )
        outbox = self._keys.box("outbox", work.conversation)
        answer = await SEND_INTERIM.run(
            self._connections.commands,
            (
                *self._mailbox.box(work.conversation),
                outbox.mailbox,
                outbox.flag,
                outbox.ready,
                self._keys.ownership(work.conversation),
                self._keys.interim_sent(work.conversation),
            ),
            work.token,
            work.conversation,
            first.seq,
            work.ownership.epoch,
            IDLE_SECONDS,
            row,
        )
        return bool(answer)

    async def bury(self, work: Work, seq: int, reason: str) -> CommitStatus:
        """Move one message to the dead letter and say nothing; a person is asked to."""
        is_bots = work.ownership.owner == "bot"
        return await self._run(
            work,
            span=(seq, seq, 1),
            dead_reason=reason,
            escalate=Ownership(owner="waiting", reason=reason) if is_bots else None,
        )

    async def _run(
        self,
        work: Work,
        *,
        span: tuple[int, int, int],
        state: str = "",
        record: str = "",
        dead_reason: str = "",
        escalate: Ownership | None = None,
        rows: Sequence[str] = (),
        timers: Sequence[str | int] = (),
        audits: Sequence[str] = (),
        forgotten: Sequence[str] = (),
    ) -> CommitStatus:
        outcome, is_replicated = await COMMIT.run_durably(
            self._connections,
            self._keys_of(work.conversation),
            work.token,
            work.conversation,
            self._mailbox.lease_ms,
            *span,
            work.ownership.epoch,
            state,
            record,
            self._limits.history_kept,
            int(self._limits.state_ttl.total_seconds()),
            dead_reason,
            *_wire.ownership_args(escalate, self._clock()),
            work.envelopes[-1].trace_id if work.envelopes else "",
            len(rows),
            len(timers) // _TIMER_ARGUMENTS,
            len(audits),
            *rows,
            *timers,
            *audits,
            *forgotten,
        )
        if not is_replicated:
            log.error(names.NOT_REPLICATED, conversation=work.conversation)
        return cast("CommitStatus", outcome)

    def _keys_of(self, conversation: ConversationId) -> tuple[str, ...]:
        shard = self._keys.shard(conversation)
        outbox = self._keys.box("outbox", conversation)
        return (
            *self._mailbox.box(conversation),
            outbox.mailbox,
            outbox.flag,
            outbox.ready,
            self._keys.state(conversation),
            self._keys.history(conversation),
            self._keys.ownership(conversation),
            self._keys.handoff_queue(shard),
            self._keys.dead_letters(shard),
            *self._keys.timers(shard),
            self._keys.audit(shard),
        )
