"""What could not be handled, sent or read, kept for people to look at.

Dead letters hold the message as it was accepted, already redacted. Of a webhook that cannot be
parsed only an outline is kept, because its body may hold anything.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal

from redis.asyncio import Redis

from lola.delivery.scripts import DEAD_LETTER_SECONDS
from lola.domain.clock import Clock
from lola.domain.messages import ConversationId, JsonObject
from lola.state.connection import store_errors
from lola.state.keys import Keys

_MAX_MALFORMED = 1000
_MAX_ERROR = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message or row that was given up. `body` is its payload; empty when unreadable."""

    conversation: ConversationId
    kind: Literal["inbox", "outbox"]
    reason: str
    attempts: int
    trace_id: str
    at: datetime
    body: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """The outline of a well-signed webhook that could not be read."""

    channel: str
    at: datetime
    size: int
    sha256: str
    error: str


class DeadLetters:
    """Reads the dead letters of all conversations."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys

    async def newest(self, limit: int = 100) -> tuple[DeadLetter, ...]:
        """Return the newest dead letters of both kinds, newest first."""
        with store_errors():
            async with self._redis.pipeline(transaction=False) as pipe:
                for shard in range(self._keys.shards):
                    pipe.xrevrange(self._keys.dead_letters(shard), count=limit)
                answers = await pipe.execute()
        found = [_dead_letter(entry, fields) for shard in answers for entry, fields in shard]
        return tuple(sorted(found, key=lambda one: one.at, reverse=True)[:limit])


class MalformedWebhooks:
    """Keeps outlines of webhooks that were well signed and could not be parsed."""

    def __init__(self, redis: Redis, keys: Keys, clock: Clock) -> None:
        self._redis = redis
        self._keys = keys
        self._clock = clock

    async def keep_malformed(self, channel: str, body: bytes, error: str) -> None:
        """Keep size and digest of `body`, and the parse error; never the body itself."""
        outline: dict[Any, Any] = {
            "channel": channel,
            "at": self._clock().isoformat(),
            "size": str(len(body)),
            "sha256": sha256(body).hexdigest(),
            "error": error[:_MAX_ERROR],
        }
        with store_errors():
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.xadd(self._keys.malformed(), outline, maxlen=_MAX_MALFORMED, approximate=True)
                pipe.expire(self._keys.malformed(), DEAD_LETTER_SECONDS)
                await pipe.execute()

    async def newest(self, limit: int = 100) -> tuple[Malformed, ...]:
        """Return the newest outlines, newest first."""
        with store_errors():
            entries: Any = await self._redis.xrevrange(self._keys.malformed(), count=limit)
        return tuple(
            Malformed(
                channel=fields["channel"],
                at=datetime.fromisoformat(fields["at"]),
                size=int(fields["size"]),
                sha256=fields["sha256"],
                error=fields["error"],
            )
            for _, fields in entries
        )


def _dead_letter(entry: str, fields: dict[str, str]) -> DeadLetter:
    try:
        body = json.loads(fields["body"])
    except ValueError:
        body = {}
    return DeadLetter(
        conversation=ConversationId(fields["conversation"]),
        kind="outbox" if fields["kind"] == "outbox" else "inbox",
        reason=fields["reason"],
        attempts=int(fields["attempts"]),
        trace_id=str(body.get("trace_id", "")),
        at=datetime.fromtimestamp(int(entry.partition("-")[0]) / 1000, UTC),
        body=body,
    )
