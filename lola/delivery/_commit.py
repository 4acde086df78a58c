"""Builds the arguments of the commit script from a turn's effects (docs/delivery.md)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import cast

import structlog

from lola.delivery import _wire
from lola.delivery._mailbox import Mailbox
from lola.delivery.model import CommitStatus, Effects, Limits, Ownership, Reply, Work
from lola.delivery.scripts import COMMIT, SEND_INTERIM, Argument
from lola.domain.clock import Clock
from lola.domain.messages import (
    Address,
    ConversationId,
    JsonObject,
    Outbound,
    outbound_from_json,
    outbound_to_json,
)
from lola.state.audit import REWRITTEN, AuditLines
from lola.state.connection import Connections
from lola.state.keys import Keys
from lola.telemetry import names

# The position of an interim message; a turn's replies are numbered from 0.
_INTERIM = -1

log = structlog.get_logger(__name__)


def unchecked(message: Outbound) -> Outbound:
    """Return the message as it is: the default where no check of outgoing messages is given."""
    return message


class Committer:
    """Commits turns, dead letters and interim messages under a work's lease.

    Every outgoing message becomes a row here and nowhere else, so here `check` runs over it.
    """

    def __init__(
        self,
        connections: Connections,
        keys: Keys,
        clock: Clock,
        limits: Limits,
        mailbox: Mailbox,
        audit_lines: AuditLines,
        *,
        check: Callable[[Outbound], Outbound] = unchecked,
    ) -> None:
        self._connections = connections
        self._keys = keys
        self._clock = clock
        self._limits = limits
        self._mailbox = mailbox
        self._audit_lines = audit_lines
        self._check = check

    async def commit(self, work: Work, effects: Effects, *, dead_letter: str = "") -> CommitStatus:
        """Commit `effects`; with a reason in `dead_letter` the messages become dead letters."""
        first, last = work.envelopes[0], work.envelopes[-1]
        # A row must match the epoch of the owner that this very step leaves behind.
        epoch = work.ownership.epoch + (effects.escalate is not None)
        rows = [
            self._row(work, effects, reply, epoch, last.seq, position)
            for position, reply in enumerate(effects.replies)
        ]
        timers = [
            argument
            for timer in effects.timers
            for argument in _wire.timer_args(work.conversation, timer, last.trace_id)
        ]
        record = _wire.dumps(self._checked(effects.record))
        now = _wire.milliseconds(self._clock())
        rewritten = [(one.from_end, _wire.dumps(one.record)) for one in effects.rewritten]
        return await self._run(
            work,
            state_life=max(effects.state_life, self._limits.state_ttl),
            first=first.seq,
            last=last.seq,
            count=len(work.envelopes),
            state=_wire.dumps(effects.state),
            line=_wire.dumps(effects.line),
            now=now,
            record=record,
            dead_letter=dead_letter,
            rows=rows,
            timers=timers,
            rewritten=[argument for pair in rewritten for argument in pair],
            cancelled=[
                _wire.timer_name(work.conversation, name) for name in effects.cancelled_timers
            ],
            **self._audit(
                work,
                (*effects.audit, *(self._rewritten_record(text) for _, text in rewritten)),
                escalate=effects.escalate,
                dead_letter=dead_letter,
                address=effects.address,
                fingerprint=self._audit_lines.fingerprint(record),
            ),
            **_wire.owner_args(effects.escalate, self._clock()),
        )

    async def dead_letter(self, work: Work, seq: int, reason: str) -> CommitStatus:
        """Make the one message `seq` a dead letter, reply nothing, and ask for a person."""
        is_bots = work.ownership.owner == "bot"
        escalate = Ownership(owner="waiting", reason=reason) if is_bots else None
        return await self._run(
            work,
            state_life=self._limits.state_ttl,
            first=seq,
            last=seq,
            count=1,
            state="",
            line="",
            now=0,
            record="",
            dead_letter=reason,
            rows=(),
            timers=(),
            rewritten=(),
            cancelled=(),
            **self._audit(work, (), escalate=escalate, dead_letter=reason),
            **_wire.owner_args(escalate, self._clock()),
        )

    async def send_interim(self, work: Work, interim: Effects) -> bool:
        """Send the one reply of `interim` ahead of this turn's; False when it may not go."""
        (reply,) = interim.replies
        first = work.envelopes[0]
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
            *SEND_INTERIM.args(
                token=work.token,
                conversation=work.conversation,
                first=first.seq,
                epoch=work.ownership.epoch,
                row=self._row(work, interim, reply, work.ownership.epoch, first.seq, _INTERIM),
            ),
        )
        return bool(answer)

    def _audit(
        self,
        work: Work,
        records: Sequence[JsonObject],
        *,
        escalate: Ownership | None,
        dead_letter: str,
        address: Address | None = None,
        **facts: str,
    ) -> dict[str, str]:
        """Return the arguments of the entry in the audit trail that this step appends."""
        records = list(records)
        if dead_letter:
            records.append({"kind": "dead_letter", "reason": dead_letter})
        if escalate is not None:
            records.append(owner_record(escalate, work.ownership.epoch + 1))
        line = self._audit_lines.line(
            self._clock(),
            records,
            conversation=work.conversation,
            address=address,
            trace_id=work.envelopes[-1].trace_id if work.envelopes else "",
            **facts,
        )
        return {"audit": line.text, "audit_digest": line.digest}

    def _rewritten_record(self, text: str) -> JsonObject:
        """Return the audit record of an older turn's new record: its fingerprint changes."""
        return {"kind": REWRITTEN, "fingerprint": self._audit_lines.fingerprint(text)}

    def _row(
        self, work: Work, effects: Effects, reply: Reply, epoch: int, seq: int, position: int
    ) -> str:
        message = self._check(reply.message)
        if message != reply.message:
            log.warning(names.OUTGOING_CHANGED, conversation=work.conversation)
        return _wire.row_text(
            self._keys.row_id(work.conversation, seq, position),
            replace(reply, message=message),
            effects,
            conversation=work.conversation,
            trace_id=work.envelopes[-1].trace_id,
            epoch=epoch,
            ends_transfer=effects.ends_transfer and position == len(effects.replies) - 1,
            created_at=self._clock(),
        )

    def _checked(self, record: JsonObject) -> JsonObject:
        """Return the history's record with the outgoing messages as they are sent."""
        if not record.get("outbound"):
            return record
        sent = [outbound_to_json(self._check(outbound_from_json(m))) for m in record["outbound"]]
        return {**record, "outbound": sent}

    async def _run(
        self, work: Work, *, state_life: timedelta, **arguments: Argument
    ) -> CommitStatus:
        outcome, is_replicated = await COMMIT.run_durably(
            self._connections,
            self._keys_of(work.conversation),
            *COMMIT.args(
                token=work.token,
                conversation=work.conversation,
                epoch=work.ownership.epoch,
                lease_ms=self._mailbox.lease_ms,
                history_kept=self._limits.history_kept,
                ttl=int(self._limits.state_ttl.total_seconds()),
                state_ttl=int(state_life.total_seconds()),
                **arguments,
            ),
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
            self._keys.open_cases(shard),
            self._keys.recent(shard),
            self._keys.dead_letters(shard),
            *self._keys.timers(shard),
            *self._keys.audit(shard),
        )


def owner_record(new: Ownership, epoch: int) -> JsonObject:
    """Return the audit record of a change of owner. The reason may be a model's words: left out."""
    return {"kind": "owner", "owner": new.owner, "staff": new.staff, "epoch": epoch}
