"""Reads of a conversation outside its turn, and small records beside it.

This store never writes a conversation's state, history or ownership: only the fenced scripts of
delivery do. Identity and compliance data never come here (reference/lola.md 15).
"""

import json
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from redis.asyncio import Redis

from lola.domain.clock import Clock
from lola.domain.messages import ConversationId, JsonObject
from lola.state.connection import store_errors
from lola.state.keys import Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConversation:
    """A conversation as it was last committed; `history` is oldest first, newest last."""

    state: JsonObject | None
    version: int
    history: tuple[JsonObject, ...]


class StateStore:
    """Reads conversations and keeps small records. `ttl` is how long a shared hash is kept.

    Every method raises StoreUnavailableError when Redis cannot be reached.
    """

    def __init__(self, redis: Redis, keys: Keys, clock: Clock, ttl: timedelta) -> None:
        self._redis = redis
        self._keys = keys
        self._clock = clock
        self._ttl = ttl

    async def ping(self) -> None:
        """Prove that Redis answers."""
        with store_errors():
            await self._redis.ping()

    async def read(self, conversation: ConversationId, *, limit: int = 20) -> StoredConversation:
        """Return the state and the last `limit` records of the history, read in one transaction."""
        with store_errors():
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.hmget(self._keys.state(conversation), ["state", "version"])
                pipe.lrange(self._keys.history(conversation), -limit, -1)
                (state, version), records = await pipe.execute()
        return StoredConversation(
            state=json.loads(state) if state else None,
            version=int(version or 0),
            history=tuple(map(json.loads, records)) if limit > 0 else (),
        )

    async def put_record(self, kind: str, key: str, value: JsonObject, ttl_seconds: int) -> None:
        """Keep `value` for `ttl_seconds`, replacing what was there. Raises ValueError below 1."""
        if ttl_seconds < 1:
            raise ValueError("a record must be kept for at least one second")
        # The time of expiry is stored too, so that it follows the injected clock.
        expires = self._clock() + timedelta(seconds=ttl_seconds)
        text = json.dumps([expires.isoformat(), value], separators=(",", ":"))
        with store_errors():
            await self._redis.set(self._keys.record(kind, key), text, ex=ttl_seconds)

    async def get_record(self, kind: str, key: str) -> JsonObject | None:
        """Return a record that has not expired, or None."""
        with store_errors():
            text = await self._redis.get(self._keys.record(kind, key))
        return self._unexpired(text)

    async def delete_record(self, kind: str, key: str) -> None:
        """Forget a record; one that is not there is no error."""
        with store_errors():
            await self._redis.delete(self._keys.record(kind, key))

    async def push_record(
        self, kind: str, key: str, value: JsonObject, *, keep: int, ttl_seconds: int
    ) -> None:
        """Put `value` in front of a list of at most `keep` records; each expires by itself."""
        name = self._keys.record(kind, key)
        expires = self._clock() + timedelta(seconds=ttl_seconds)
        text = json.dumps([expires.isoformat(), value], separators=(",", ":"))
        with store_errors():
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.lpush(name, text)
                pipe.ltrim(name, 0, keep - 1)
                pipe.expire(name, ttl_seconds)
                await pipe.execute()

    async def list_records(self, kind: str, key: str) -> tuple[JsonObject, ...]:
        """Return the records of such a list that have not expired, newest first."""
        with store_errors():
            found = await cast(
                "Awaitable[list[str]]",
                self._redis.lrange(self._keys.record(kind, key), 0, -1),
            )
        return tuple(record for text in found if (record := self._unexpired(text)) is not None)

    async def put_field(
        self, kind: str, key: str, field: str, value: JsonObject, ttl_seconds: int
    ) -> None:
        """Keep `value` as one field of a record; the whole record is kept `ttl_seconds` from now.

        Several writers of different fields lose nothing of one another.
        """
        name = self._keys.record(kind, key)
        with store_errors():
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.hset(name, field, json.dumps(value, separators=(",", ":")))
                pipe.expire(name, ttl_seconds)
                await pipe.execute()

    async def get_fields(self, kind: str, key: str) -> dict[str, JsonObject]:
        """Return all fields of such a record; none when there is no record."""
        with store_errors():
            found = await cast(
                "Awaitable[dict[str, str]]", self._redis.hgetall(self._keys.record(kind, key))
            )
        return {field: json.loads(text) for field, text in found.items()}

    async def delete_field(self, kind: str, key: str, field: str) -> None:
        """Forget one field; one that is not there is no error."""
        with store_errors():
            await self._redis.hdel(self._keys.record(kind, key), field)

    async def set_hash_field(self, name: str, field: str, value: str) -> None:
        """Set one field of a shared hash; the whole hash is kept `ttl` past its last change."""
        key = self._keys.hash(name)
        with store_errors():
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.hset(key, field, value)
                pipe.expire(key, self._ttl)
                await pipe.execute()

    async def get_hash_field(self, name: str, field: str) -> str | None:
        """Return one field of a shared hash."""
        with store_errors():
            return await cast(
                "Awaitable[str | None]", self._redis.hget(self._keys.hash(name), field)
            )

    def _unexpired(self, text: Any) -> JsonObject | None:
        if not text:
            return None
        expires, value = json.loads(text)
        if self._clock() >= datetime.fromisoformat(expires):
            return None
        return cast("JsonObject", value)
