"""Lists conversations without reading their states: the open ones, and the newest of all.

Owners and times are in one hash and one sorted set per shard, written in the steps that change
them; what a line shows is beside the conversation's state. So a page costs two round trips, however
many conversations there are (docs/console.md).
"""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, cast

from lola.delivery import _wire
from lola.delivery.model import Ownership
from lola.domain.case_line import CaseLine
from lola.domain.messages import ConversationId
from lola.state.connection import Connections, store_errors
from lola.state.keys import Keys

_SEPARATOR = "\x1f"
_AT_ONCE = 500
_TURNS = 40
"""Newest turns of a conversation whose words are searched."""
_WAITING_FIRST = {"waiting": 0, "human": 1}

Listed = tuple[ConversationId, Ownership]


class CaseIndex:
    """The lists of one deployment. Every method raises StoreUnavailableError."""

    def __init__(self, connections: Connections, keys: Keys) -> None:
        self._redis = cast("Any", connections.commands)
        self._keys = keys

    async def open(self) -> tuple[Listed, ...]:
        """Return the conversations that are not the bot's: who waits, longest first, then others.

        The epoch of an owner is not in the list.
        """
        shards = range(self._keys.shards)
        with store_errors():
            async with self._redis.pipeline(transaction=False) as pipe:
                for shard in shards:
                    pipe.hgetall(self._keys.open_cases(shard))
                for shard in shards:
                    pipe.zrange(self._keys.handoff_queue(shard), 0, -1)
                found = await pipe.execute()
        owners = {
            ConversationId(name): _owner(packed)
            for shard in found[: len(shards)]
            for name, packed in shard.items()
        }
        # A version that kept no such hash has listed them in the sorted set only.
        missing = [
            ConversationId(name)
            for shard in found[len(shards) :]
            for name in shard
            if name not in owners
        ]
        if missing:
            pairs = zip(missing, await self.owners(missing), strict=True)
            owners |= {name: owner for name, owner in pairs if owner.owner != "bot"}
        return tuple(sorted(owners.items(), key=_urgency))

    async def recent(self, limit: int) -> tuple[ConversationId, ...]:
        """Return the conversations with the newest turns, newest first."""
        with store_errors():
            async with self._redis.pipeline(transaction=False) as pipe:
                for shard in range(self._keys.shards):
                    pipe.zrange(self._keys.recent(shard), 0, limit - 1, desc=True, withscores=True)
                found = await pipe.execute()
        newest = sorted(((score, name) for shard in found for name, score in shard), reverse=True)
        return tuple(ConversationId(name) for _, name in newest[:limit])

    async def lines(self, names: Sequence[ConversationId]) -> tuple[CaseLine | None, ...]:
        """Return what is shown of each; None where nothing is stored any more."""
        lines: list[CaseLine | None] = []
        async for part in self._fields(names):
            lines += part
        return tuple(lines)

    async def owners(self, names: Sequence[ConversationId]) -> tuple[Ownership, ...]:
        """Return who may speak in each conversation."""
        with store_errors():
            async with self._redis.pipeline(transaction=False) as pipe:
                for name in names:
                    pipe.hgetall(self._keys.ownership(name))
                found = await pipe.execute()
        return tuple(map(_wire.ownership_from, found))

    async def words(self, names: Sequence[ConversationId]) -> tuple[str, ...]:
        """Return what was said in each conversation, as far as its history is kept."""
        said: list[str] = []
        for start in range(0, len(names), _AT_ONCE):
            with store_errors():
                async with self._redis.pipeline(transaction=False) as pipe:
                    for name in names[start : start + _AT_ONCE]:
                        pipe.lrange(self._keys.history(name), -_TURNS, -1)
                    found = await pipe.execute()
            said += ["\n".join(_said(turns)) for turns in found]
        return tuple(said)

    async def _fields(
        self, names: Sequence[ConversationId]
    ) -> AsyncIterator[list[CaseLine | None]]:
        for start in range(0, len(names), _AT_ONCE):
            with store_errors():
                async with self._redis.pipeline(transaction=False) as pipe:
                    for name in names[start : start + _AT_ONCE]:
                        pipe.hmget(self._keys.state(name), ["line", "version"])
                    found = await pipe.execute()
            yield [_line(text, version) for text, version in found]


def _line(text: str | None, version: str | None) -> CaseLine | None:
    if version is None:
        return None
    # A state that an older version of this program wrote has no line yet.
    return CaseLine.from_json(json.loads(text)) if text else CaseLine()


def _said(turns: Sequence[str]) -> Iterator[str]:
    for text in turns:
        turn = json.loads(text)
        yield from (str(one.get("text", "")) for one in turn.get("inbound", ()))
        yield from (str(one.get("content", "")) for one in turn.get("outbound", ()))


def _owner(packed: str) -> Ownership:
    owner, since, staff, reason = packed.split(_SEPARATOR, 3)
    fields = {"owner": owner, "since": since, "staff": staff, "reason": reason, "epoch": "0"}
    return _wire.ownership_from(fields)


def _urgency(listed: Listed) -> tuple[int, float, str]:
    name, ownership = listed
    since = ownership.since.timestamp() if ownership.since else 0.0
    return _WAITING_FIRST.get(ownership.owner, 2), since, name
