"""Reads every key of a deployment, for searches that an operator starts.

It never runs while a message is handled: it takes one pass over the whole store.
"""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any, cast

from redis.asyncio import Redis

from lola.domain.messages import Address, JsonObject
from lola.state.cluster import ClusterClient
from lola.state.connection import Connections, store_errors
from lola.state.keys import Keys
from lola.state.retention import kind_of

_ADDRESS = frozenset({"channel", "account", "sender"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One value of a key: `member` names it in a list, hash, set or stream (else it is empty)."""

    key: str
    kind: str
    member: str
    text: str

    @property
    def last(self) -> str:
        """The last part of the key's name."""
        return self.key.rpartition(":")[2]


async def keys_of(connections: Connections, keys: Keys) -> AsyncIterator[str]:
    """Yield the name of every key of the deployment, once."""
    seen: set[str] = set()
    redis = connections.commands
    nodes = await redis.nodes() if isinstance(redis, ClusterClient) else (redis,)
    for node in nodes:
        with store_errors():
            async for name in node.scan_iter(f"{keys.project}:*", count=500):
                if name not in seen:
                    seen.add(name)
                    yield name


async def values_of(redis: Redis, key: str) -> tuple[Stored, ...]:
    """Return every value of a key, as texts."""
    found: list[tuple[str, str]]
    with store_errors():
        match await redis.type(key):
            case "string":
                found = [("", str(await redis.get(key) or ""))]
            case "list":
                lines = await cast("Any", redis.lrange(key, 0, -1))
                found = [(str(place), line) for place, line in enumerate(lines)]
            case "hash":
                found = list((await cast("Any", redis.hgetall(key))).items())
            case "zset":
                members = cast("Any", await redis.zrange(key, 0, -1, withscores=True))
                found = [(name, str(score)) for name, score in members]
            case "set":
                found = [(name, "") for name in await cast("Any", redis.smembers(key))]
            case "stream":
                entries = cast("list[tuple[str, JsonObject]]", await redis.xrange(key))
                found = [(entry, json.dumps(fields)) for entry, fields in entries]
            case _:
                found = []
    kind = kind_of(key)
    return tuple(Stored(key=key, kind=kind, member=name, text=text) for name, text in found)


def objects_in(text: str) -> Iterator[JsonObject]:
    """Yield every object of the JSON behind the plain header of a stored text."""
    start = min((place for sign in "{[" if (place := text.find(sign)) >= 0), default=-1)
    if start < 0:
        return
    try:
        value = json.loads(text[start:])
    except ValueError:
        return
    todo: list[Any] = [value]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            yield value
            todo += value.values()
        elif isinstance(value, list):
            todo += value
        elif isinstance(value, str) and value[:1] in {"{", "["}:
            yield from objects_in(value)


def addresses_in(text: str) -> Iterator[Address]:
    """Yield every sender's address in a stored text."""
    for fields in objects_in(text):
        if fields.keys() >= _ADDRESS and all(isinstance(fields[name], str) for name in _ADDRESS):
            yield Address(
                channel=fields["channel"],
                account=fields["account"],
                sender=fields["sender"],
                phone=fields.get("phone"),
                user_id=str(fields.get("user_id", "")),
                person=str(fields.get("person", "")),
            )


def words_in(text: str) -> frozenset[str]:
    """Return every string of the JSON of a stored text."""
    return frozenset(
        word
        for fields in objects_in(text)
        for value in fields.values()
        for word in (value if isinstance(value, list) else [value])
        if isinstance(word, str)
    )
