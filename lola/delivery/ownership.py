"""Who may speak to each sender: the bot, a person, or neither while the sender waits for one.

Turns change the owner in their commit; staff actions change it here, by compare-and-set of the
epoch. What is allowed is decided in `lola.escalation.transitions`.
"""

from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from typing import cast

import structlog

from lola.delivery import _wire
from lola.delivery._commit import owner_record
from lola.delivery.model import Ownership
from lola.delivery.scripts import SET_OWNER
from lola.domain.clock import Clock
from lola.domain.messages import ConversationId
from lola.state.audit import AuditLines
from lola.state.connection import Connections, store_errors
from lola.state.keys import Keys
from lola.telemetry import names

log = structlog.get_logger(__name__)


class OwnershipStore:
    """The owners of all conversations. Every method raises StoreUnavailableError.

    `state_ttl` is how long state and history are kept once the conversation is the bot's again.
    `audit_lines` writes what each change appends to the audit trail.
    """

    def __init__(
        self,
        connections: Connections,
        keys: Keys,
        clock: Clock,
        state_ttl: timedelta,
        audit_lines: AuditLines | None = None,
    ) -> None:
        self._connections = connections
        self._redis = connections.commands
        self._keys = keys
        self._clock = clock
        self._state_ttl = state_ttl
        self._audit_lines = audit_lines or AuditLines("")

    async def get(self, conversation: ConversationId) -> Ownership:
        """Return who may speak to the sender now; the bot when no other owner was ever set."""
        with store_errors():
            fields = await cast(
                "Awaitable[dict[str, str]]",
                self._redis.hgetall(self._keys.ownership(conversation)),
            )
        return _wire.ownership_from(fields)

    async def set_owner(
        self, conversation: ConversationId, new: Ownership, expected_epoch: int
    ) -> Ownership | None:
        """Change the owner if the epoch still is the expected one; None when it is not."""
        now = self._clock()
        shard = self._keys.shard(conversation)
        line = self._audit_lines.line(
            now, [owner_record(new, expected_epoch + 1)], conversation=conversation
        )
        epoch, is_replicated = await SET_OWNER.run_durably(
            self._connections,
            (
                self._keys.ownership(conversation),
                self._keys.handoff_queue(shard),
                self._keys.open_cases(shard),
                self._keys.state(conversation),
                self._keys.history(conversation),
                *self._keys.audit(shard),
            ),
            *SET_OWNER.args(
                conversation=conversation,
                expected=expected_epoch,
                ttl=int(self._state_ttl.total_seconds()),
                audit=line.text,
                audit_digest=line.digest,
                **_wire.owner_args(new, now),
            ),
        )
        if not is_replicated:
            log.error(names.NOT_REPLICATED, conversation=conversation)
        return replace(new, epoch=epoch, since=new.since or now) if epoch else None

    async def handoff_queue(self) -> tuple[tuple[ConversationId, Ownership], ...]:
        """Return every conversation that is not the bot's, longest wait first."""
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
