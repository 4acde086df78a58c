"""The audit trail: what committed turns did to tickets, kept apart from the conversations.

A record is appended by the script that commits the turn, so there is one for every change and none
for anything else. Records are not changed, are kept for 90 days, and hold ids only.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from redis.asyncio import Redis

from lola.delivery.scripts import AUDIT_SECONDS
from lola.domain.messages import ConversationId, JsonObject
from lola.state.connection import store_errors
from lola.state.keys import Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One change. `at` is the store's clock when it was committed."""

    at: datetime
    conversation: ConversationId
    trace_id: str
    body: JsonObject


class AuditTrail:
    """Reads the trail, and adds what operators do. Raises StoreUnavailableError."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys

    async def add(
        self, conversation: ConversationId, body: JsonObject, *, trace_id: str = ""
    ) -> None:
        """Append what happened to a conversation outside a turn; `body` holds no sender's data."""
        fields: dict[Any, Any] = {
            "conversation": conversation,
            "trace_id": trace_id,
            "body": json.dumps(body, ensure_ascii=False),
        }
        oldest = int((datetime.now(UTC).timestamp() - AUDIT_SECONDS) * 1000)
        with store_errors():
            await self._redis.xadd(
                self._keys.audit(self._keys.shard(conversation)), fields, minid=str(oldest)
            )

    async def newest(self, limit: int = 100) -> tuple[AuditRecord, ...]:
        """Return the newest records of all conversations, oldest of them first."""
        with store_errors():
            async with self._redis.pipeline(transaction=False) as pipe:
                for shard in range(self._keys.shards):
                    pipe.xrevrange(self._keys.audit(shard), count=limit)
                answers = await pipe.execute()
        records = [_record(entry, fields) for shard in answers for entry, fields in reversed(shard)]
        return tuple(sorted(records, key=lambda record: record.at)[-limit:])


def _record(entry: str, fields: dict[str, str]) -> AuditRecord:
    milliseconds = int(entry.partition("-")[0])
    return AuditRecord(
        at=datetime.fromtimestamp(milliseconds / 1000, UTC),
        conversation=ConversationId(fields["conversation"]),
        trace_id=fields["trace_id"],
        body=json.loads(fields["body"]),
    )
