"""The way out: committed rows, sent in order, at least once and at most twice.

`sending` is stored before the call to the channel and the outcome after it, so a crash between the
two is seen as what it is: nobody knows. Whether a row may still go is asked in the same script
that marks it, not when it was written (reference/field.md B.1, row 7).
"""

import asyncio
from datetime import timedelta
from typing import Any, Literal, cast

import structlog

from lola.clock import Clock
from lola.delivery import _wire
from lola.delivery._mailbox import Mailbox, Ready
from lola.delivery.model import Courier, OutboxRow
from lola.delivery.scripts import SEND_NEXT, SEND_RESULT
from lola.errors import ChannelError, ChannelStoppedError, RejectedError, RetryLaterError
from lola.messages import ConversationId
from lola.state.connection import Connections
from lola.state.keys import Keys
from lola.telemetry import names

Verdict = Literal["sent", "retry", "hold", "reject"]

_LONGEST_DELAY = 60.0
_STOPPED_DELAY = 60.0
_ROWS_IN_A_ROW = 20

log = structlog.get_logger(__name__)


class Outbox:
    """Sends what was committed. `hold_seconds` is how long an unknown outcome waits for a report.

    A row that no channel took within `keep` goes to the dead letter.
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
    ) -> None:
        self._redis = connections.commands
        self._keys = keys
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._hold_seconds = hold_seconds
        self._keep = keep
        self.mailbox = Mailbox(connections, keys, clock, kind="outbox", lease_seconds=lease_seconds)

    async def serve(self, ready: Ready, consumer: str, courier: Courier) -> None:
        """Lease a conversation's outbox and send its rows, one after the other.

        Raises StoreUnavailableError; a row that was on its way then stays `sending`.
        """
        token = ""
        for _ in range(_ROWS_IN_A_ROW):
            status, value, raw, notes = await self._next(ready, consumer, token)
            _log_dropped(ready.conversation, notes)
            if status == "held":
                self.mailbox.delayed.set()
                log.warning(names.SEND_UNKNOWN, conversation=ready.conversation)
            if status != "send":
                return
            token = value
            self.mailbox.held[ready] = int(token)
            if await self._send(ready.conversation, token, raw, courier) != "more":
                return
        await self.mailbox.release(ready.conversation, int(token))

    async def _next(self, ready: Ready, consumer: str, token: str) -> Any:
        shard = self._keys.shard(ready.conversation)
        return await SEND_NEXT.run(
            self._redis,
            (
                *self.mailbox.box(ready.conversation),
                self._keys.ownership(ready.conversation),
                self._keys.dead_letters(shard),
            ),
            ready.conversation,
            ready.entry,
            consumer,
            token,
            self.mailbox.lease_ms,
            self.mailbox.now_ms,
            int(self._hold_seconds * 1000),
            int(self._keep.total_seconds() * 1000),
            self._keys.row_statuses(shard),
        )

    async def _send(
        self, conversation: ConversationId, token: str, raw: str, courier: Courier
    ) -> str:
        row_id = _wire.row_id_of(raw)
        try:
            row = _wire.row_from(raw)
        except _wire.UnreadableError:
            return await self._record(conversation, token, row_id, "reject", reason="unreadable")
        try:
            async with asyncio.timeout(self._lease_seconds):
                provider_ids = await courier(row)
        except ChannelError as error:
            return await self._refused(row, token, error)
        except Exception as error:  # noqa: BLE001 - nobody knows whether the message went out
            log.error(
                names.SEND_UNKNOWN, row=row.id, trace_id=row.trace_id, error=type(error).__name__
            )
            return await self._record(conversation, token, row_id, "hold", delay=self._hold_seconds)
        return await self._record(
            conversation, token, row_id, "sent", providers=_wire.dumps(provider_ids)
        )

    async def _refused(self, row: OutboxRow, token: str, error: ChannelError) -> str:
        facts = {"row": row.id, "trace_id": row.trace_id, "provider_code": error.provider_code}
        match error:
            case RetryLaterError():
                log.info(names.SEND_RETRIED, attempts=row.attempts, **facts)
                delay = min(2.0 ** (row.attempts - 1), _LONGEST_DELAY)
                return await self._record(
                    row.conversation, token, row.id, "retry", delay=max(delay, error.after or 0.0)
                )
            case ChannelStoppedError():
                log.error(names.CHANNEL_STOPPED, channel=row.address.channel, **facts)
                return await self._record(
                    row.conversation, token, row.id, "retry", delay=_STOPPED_DELAY
                )
            case RejectedError():
                log.error(names.SEND_REJECTED, **facts)
                reason = f"{error.code} {error.provider_code}".strip()
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
        *,
        delay: float = 0.0,
        reason: str = "",
        providers: str = "[]",
    ) -> str:
        shard = self._keys.shard(conversation)
        answer = await SEND_RESULT.run(
            self._redis,
            (
                *self.mailbox.box(conversation),
                self._keys.dead_letters(shard),
                self._keys.row_statuses(shard) + row_id,
            ),
            token,
            conversation,
            row_id,
            verdict,
            self.mailbox.now_ms + int(delay * 1000),
            reason,
            providers,
            self.mailbox.lease_ms,
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
