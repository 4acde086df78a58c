"""The outbox: committed rows, sent in order, at least once and at most twice.

`sending` is stored before the call to the channel and the outcome after it, so a crash between the
two leaves a row whose outcome is known to be unknown. Whether a row may still go is decided in the
same script that marks it, not when it was written (reference/field.md B.1, row 7). Nothing here
sleeps while it holds a lease: a row that must wait is put off, and the lease given back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, cast

import structlog

from lola.channel.contract import SendPolicy
from lola.delivery import _wire
from lola.delivery._mailbox import Mailbox, Ready
from lola.delivery.model import Courier, OutboxRow
from lola.delivery.scripts import SEND_NEXT, SEND_RESULT, SENT_SECONDS
from lola.domain.clock import Clock
from lola.domain.messages import ConversationId, channel_of
from lola.errors import (
    ChannelError,
    ChannelStoppedError,
    LolaError,
    OptedOutError,
    RejectedError,
    RetryLaterError,
    WindowClosedError,
)
from lola.state.connection import Connections
from lola.state.keys import Keys
from lola.telemetry import names

Verdict = Literal["sent", "retry", "hold", "reject", "lose", "drop"]
MaySend = Callable[[OutboxRow], Awaitable[str | None]]
Report = Callable[[OutboxRow, str], Awaitable[None]]
Find = Callable[[OutboxRow], Awaitable[tuple[str, ...] | None]]

_MAX_DELAY = 60.0
_STOPPED_DELAY = 60.0
_UNSAFE_DELAY = 1.0
_NO_POLICY = SendPolicy()
_MAX_ROWS = 20

log = structlog.get_logger(__name__)


async def no_report(_row: OutboxRow, _reason: str) -> None:
    """Do nothing: the default of every report."""


async def _cannot_find(_row: OutboxRow) -> None:
    """Return None: the default where no channel can be asked."""


class Outbox:
    """Sends what was committed. `hold_seconds` is how long an unknown outcome waits for a report.

    A row that no channel took within `keep` becomes a dead letter. `policies` holds each channel's
    limits by its name. `may_send` is called before every send and returns why a row must not go
    (the sender opted out), or None. `find` looks for a row whose outcome is unknown, where a
    channel can be asked, and returns what `Connector.find` does.

    The reports are called before the row leaves the outbox, and perhaps twice: `on_lost` with a row
    about money whose outcome stays unknown, `on_refused` with one that a person must look after
    because it will never be taken, `on_opted_out`, with the provider's code, for a recipient who
    opted out at the provider.
    """

    def __init__(
        self,
        connections: Connections,
        keys: Keys,
        clock: Clock,
        *,
        lease_seconds: float = 30.0,
        hold_seconds: float = 60.0,
        keep: timedelta = timedelta(hours=24),
        policies: Mapping[str, SendPolicy] | None = None,
        may_send: MaySend | None = None,
        find: Find = _cannot_find,
        on_lost: Report = no_report,
        on_refused: Report = no_report,
        on_opted_out: Report = no_report,
    ) -> None:
        self._connections = connections
        self._redis = connections.commands
        self._keys = keys
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._hold_seconds = hold_seconds
        # A call must be over before its outcome may be resolved without it: it takes half the hold
        # at most, and begins in what is left.
        self._call_seconds = min(lease_seconds, hold_seconds / 2)
        self._latest_call = timedelta(seconds=hold_seconds - self._call_seconds)
        self._keep = keep
        self._policies = policies or {}
        self._may_send = may_send
        self._find = find
        self._on_lost = on_lost
        self._on_refused = on_refused
        self._on_opted_out = on_opted_out
        self.mailbox = Mailbox(connections, keys, clock, kind="outbox", lease_seconds=lease_seconds)

    async def serve(self, ready: Ready, consumer: str, courier: Courier) -> None:
        """Lease a conversation's outbox and send its rows, one after the other.

        Raises StoreUnavailableError; a row that was on its way then stays `sending`.
        """
        token = ""
        for _ in range(_MAX_ROWS):
            asked_at = self._clock()
            (status, value, raw, notes, *reason), is_replicated = await self._next(
                ready, consumer, token
            )
            _log_dropped(ready.conversation, notes)
            if status in ("held", "paced"):
                self.mailbox.delayed.set()
                event = names.SEND_UNKNOWN if status == "held" else names.SEND_PACED
                log.warning(event, conversation=ready.conversation)
            if status not in ("send", "lost"):
                return
            token = value
            self.mailbox.held[ready] = int(token)
            if status == "lost":
                outcome = await self._lose(ready.conversation, token, raw, *reason)
            elif is_replicated:
                outcome = await self._send(ready.conversation, token, raw, courier, asked_at)
            else:
                outcome = await self._wait_for_replicas(ready.conversation, token, raw)
            if outcome != "more":
                return
        await self.mailbox.release(ready.conversation, int(token))

    async def _next(self, ready: Ready, consumer: str, token: str) -> tuple[Any, bool]:
        shard = self._keys.shard(ready.conversation)
        policy = self._policy(ready.conversation)
        return await SEND_NEXT.run_durably(
            self._connections,
            (
                *self.mailbox.box(ready.conversation),
                self._keys.ownership(ready.conversation),
                self._keys.dead_letters(shard),
                self._keys.pace(ready.conversation),
            ),
            *SEND_NEXT.args(
                conversation=ready.conversation,
                entry=ready.entry,
                consumer=consumer,
                token=token,
                lease_ms=self.mailbox.lease_ms,
                now=self.mailbox.now_ms,
                hold_ms=int(self._hold_seconds * 1000),
                keep_ms=int(self._keep.total_seconds() * 1000),
                statuses=self._keys.row_statuses(shard),
                pair_ms=int(policy.pair_seconds * 1000),
                pair_burst=policy.pair_burst,
                kept_seconds=SENT_SECONDS if policy.reports else 0,
            ),
        )

    def _policy(self, conversation: ConversationId) -> SendPolicy:
        return self._policies.get(channel_of(conversation), _NO_POLICY)

    async def _wait_for_replicas(self, conversation: ConversationId, token: str, raw: str) -> str:
        """Put the row off: a failover could undo its turn, or that it was marked as sending."""
        log.error(names.NOT_REPLICATED, conversation=conversation)
        return await self._record(
            conversation, token, _wire.row_id_of(raw), "retry", delay=_UNSAFE_DELAY
        )

    async def _lose(self, conversation: ConversationId, token: str, raw: str, reason: str) -> str:
        """Give up a row that may or may not have arrived; about money, call `on_lost` first."""
        row_id = _wire.row_id_of(raw)
        try:
            row = _wire.row_from(raw)
        except _wire.UnreadableError:
            return await self._record(conversation, token, row_id, "lose", reason=reason)
        if provider_ids := await self._found(row):
            return await self._record(
                conversation, token, row_id, "sent", provider_ids=provider_ids
            )
        log.error(names.SEND_LOST, conversation=conversation, row=row_id, reason=reason)
        if row.money:
            await self._on_lost(row, reason)
        return await self._record(conversation, token, row_id, "lose", reason=reason)

    async def _found(self, row: OutboxRow) -> tuple[str, ...] | None:
        """Ask the channel about a row whose outcome is unknown; None when it cannot tell."""
        try:
            async with asyncio.timeout(self._call_seconds):
                return await self._find(row)
        except (ChannelError, TimeoutError) as error:
            log.warning(names.SEND_UNKNOWN, row=row.id, error=type(error).__name__)
            return None

    async def _send(
        self,
        conversation: ConversationId,
        token: str,
        raw: str,
        courier: Courier,
        asked_at: datetime,
    ) -> str:
        row_id = _wire.row_id_of(raw)
        try:
            row = _wire.row_from(raw)
        except _wire.UnreadableError:
            return await self._record(conversation, token, row_id, "reject", reason="unreadable")
        if (verdict := await self._refusal(row)) is not None:
            return await self._record(conversation, token, row_id, *verdict)
        if row.resent and (found := await self._found(row)):
            return await self._record(conversation, token, row_id, "sent", provider_ids=found)
        if self._clock() - asked_at > self._latest_call:
            # This process was paused: another one may have resolved the row as unknown already, or
            # would before a call that began here is over. It certainly did not go out.
            log.warning(names.SEND_LATE, row=row.id, trace_id=row.trace_id)
            return await self._record(conversation, token, row_id, "retry")
        try:
            async with asyncio.timeout(self._call_seconds):
                provider_ids = await courier(row)
        except ChannelError as error:
            return await self._refused(row, token, error)
        except Exception as error:  # noqa: BLE001 - the outcome is unknown, whatever failed
            log.error(
                names.SEND_UNKNOWN, row=row.id, trace_id=row.trace_id, error=type(error).__name__
            )
            return await self._record(conversation, token, row_id, "hold", delay=self._hold_seconds)
        return await self._record(conversation, token, row_id, "sent", provider_ids=provider_ids)

    async def _refusal(self, row: OutboxRow) -> tuple[Verdict, float] | None:
        """Return the verdict of `may_send`, None when the row may go; on failure it waits."""
        if self._may_send is None:
            return None
        try:
            async with asyncio.timeout(self._lease_seconds):
                reason = await self._may_send(row)
        except (LolaError, TimeoutError) as error:
            log.warning(names.SEND_RETRIED, row=row.id, error=type(error).__name__)
            return "retry", _UNSAFE_DELAY
        if reason is None:
            return None
        _log_dropped(row.conversation, [row.id, row.author, reason])
        return "drop", 0.0

    async def _refused(self, row: OutboxRow, token: str, error: ChannelError) -> str:
        facts = {"row": row.id, "trace_id": row.trace_id, "provider_code": error.provider_code}
        match error:
            case RetryLaterError() if not error.tries or row.attempts < error.tries:
                log.info(names.SEND_RETRIED, attempts=row.attempts, **facts)
                base = self._policy(row.conversation).retry_base
                delay = min(base ** min(row.attempts - 1, 10), _MAX_DELAY)
                return await self._record(
                    row.conversation, token, row.id, "retry", delay=max(delay, error.after or 0.0)
                )
            case ChannelStoppedError():
                return await self._record(
                    row.conversation, token, row.id, "retry", delay=_STOPPED_DELAY
                )
            case OptedOutError():
                await self._on_opted_out(row, error.provider_code)
                _log_dropped(row.conversation, [row.id, row.author, "opted_out"])
                return await self._record(row.conversation, token, row.id, "drop")
            case RejectedError() | RetryLaterError():
                log.error(names.SEND_REJECTED, **facts)
                reason = f"{error.code} {error.provider_code}".strip()
                if row.money or isinstance(error, WindowClosedError) or not error.known:
                    await self._on_refused(row, reason)
                return await self._record(row.conversation, token, row.id, "reject", reason=reason)
            case _:
                log.warning(names.SEND_UNKNOWN, **facts)
                return await self._record(
                    row.conversation, token, row.id, "hold", delay=self._hold_seconds
                )

    async def _record(
        self,
        conversation: ConversationId,
        token: str,
        row_id: str,
        verdict: Verdict,
        delay: float = 0.0,
        *,
        reason: str = "",
        provider_ids: tuple[str, ...] = (),
    ) -> str:
        shard = self._keys.shard(conversation)
        channel = channel_of(conversation)
        found_by = provider_ids if self._policy(conversation).reports_by_id else ()
        answer = await SEND_RESULT.run(
            self._redis,
            (
                *self.mailbox.box(conversation),
                self._keys.dead_letters(shard),
                self._keys.row_statuses(shard) + row_id,
                self._keys.sent_row(shard, row_id),
                *(self._keys.provider_id(shard, channel, one) for one in found_by),
            ),
            *SEND_RESULT.args(
                token=token,
                conversation=conversation,
                row=row_id,
                outcome=verdict,
                due=self.mailbox.now_ms + int(delay * 1000),
                reason=reason,
                providers=_wire.dumps(provider_ids),
                lease_ms=self.mailbox.lease_ms,
            ),
        )
        if answer == "delayed":
            self.mailbox.delayed.set()
        if answer in ("fenced", "mismatch"):
            log.warning(names.LEASE_LOST, conversation=conversation, row=row_id, kind="outbox")
        return cast("str", answer)


def _log_dropped(conversation: ConversationId, notes: list[str]) -> None:
    for row_id, author, reason in zip(notes[::3], notes[1::3], notes[2::3], strict=True):
        log.warning(
            names.SEND_DROPPED, conversation=conversation, row=row_id, author=author, reason=reason
        )
