"""Appends to the audit trail outside of turns, and reads it.

Turns and changes of owner append their records with the script that commits them. Nothing is ever
changed; what is older than 90 days is dropped when its chain is appended to.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

from redis.asyncio import Redis

from lola.domain.clock import Clock
from lola.domain.messages import ConversationId, JsonObject
from lola.errors import StoreUnavailableError
from lola.state.audit.chain import CHAIN, Entry
from lola.state.audit.lines import AuditLines
from lola.state.connection import Connections, store_errors
from lola.state.keys import Keys
from lola.state.script import Script

_APPEND = Script(Path(__file__).with_name("append.lua"), CHAIN)
_PAGE: Final = 500
_SERVICE_CHAIN: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One record. `subject` and `sender` are pseudonyms of conversation and sender.

    Records of an entry share its place in the chain. `fingerprint` is the keyed digest of the
    turn's record in the history. An entry of a version before the chain has number 0.
    """

    at: datetime
    subject: str
    trace_id: str
    body: JsonObject
    sender: str = ""
    fingerprint: str = ""
    chain: int = 0
    seq: int = 0
    link: str = ""

    @property
    def kind(self) -> str:
        """The kind of the record, such as `turn` or `ticket`."""
        return str(self.body.get("kind") or ("ticket" if "ticket" in self.body else "other"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest entry of a chain, and the number of its oldest one that is still kept."""

    chain: int
    seq: int
    link: str
    start: int


class AuditTrail:
    """The trail of a deployment. Every method raises StoreUnavailableError."""

    def __init__(
        self, connections: Connections, keys: Keys, clock: Clock, lines: AuditLines
    ) -> None:
        self._connections = connections
        self._redis: Redis = connections.commands
        self._keys = keys
        self._clock = clock
        self.lines = lines

    async def append(
        self,
        kind: str,
        facts: Mapping[str, Any] | None = None,
        *,
        conversation: ConversationId | None = None,
    ) -> None:
        """Append one record; when this returns it is stored.

        `facts` hold ids, names of staff and numbers, never what a sender wrote. What belongs to no
        conversation goes to the first chain.
        """
        shard = self._keys.shard(conversation) if conversation else _SERVICE_CHAIN
        record = {"kind": kind, **(facts or {})}
        line = self.lines.line(self._clock(), [record], conversation=conversation)
        _, is_replicated = await _APPEND.run_durably(
            self._connections, self._keys.audit(shard), *line
        )
        if not is_replicated:
            raise StoreUnavailableError("too few replicas have the audit record")

    async def newest(self, limit: int = 100) -> tuple[AuditRecord, ...]:
        """Return the newest records of all chains, oldest of them first."""
        with store_errors():
            async with self._redis.pipeline(transaction=False) as pipe:
                for shard in range(self._keys.shards):
                    pipe.xrevrange(self._keys.audit(shard)[0], count=limit)
                answers = await pipe.execute()
        records = [
            record
            for shard, answer in enumerate(answers)
            for entry, fields in reversed(answer)
            for record in records_of(shard, entry, fields)
        ]
        return tuple(sorted(records, key=lambda record: record.at)[-limit:])

    async def records(
        self, conversation: ConversationId | None = None
    ) -> AsyncIterator[AuditRecord]:
        """Yield every record that is kept, chain by chain, or all of a conversation's chain."""
        every = range(self._keys.shards)
        for shard in (self._keys.shard(conversation),) if conversation else every:
            async for entry_id, fields in self._stored(shard):
                for record in records_of(shard, entry_id, fields):
                    yield record

    async def entries(self, chain: int, after: int = 0) -> AsyncIterator[Entry]:
        """Yield the entries of a chain in order, those with a higher number than `after`."""
        async for _, fields in self._stored(chain):
            entry = _entry(chain, fields)
            if entry is not None and entry.seq > after:
                yield entry

    async def heads(self) -> tuple[Head, ...]:
        """Return the head of every chain that has entries."""
        with store_errors():
            async with self._redis.pipeline(transaction=False) as pipe:
                for shard in range(self._keys.shards):
                    pipe.hmget(self._keys.audit(shard)[1], ["seq", "link", "dropped"])
                answers = await pipe.execute()
        return tuple(
            Head(chain=shard, seq=int(seq), link=link, start=max(0, int(dropped or 0)) + 1)
            for shard, (seq, link, dropped) in enumerate(answers)
            if seq
        )

    async def shipped(self, sink: str, chain: int) -> int:
        """Return the number up to which a sink has a chain."""
        with store_errors():
            found = await cast(
                "Awaitable[str | None]",
                self._redis.hget(self._keys.audit_shipped(sink), str(chain)),
            )
        return int(found or 0)

    async def mark_shipped(self, sink: str, chain: int, seq: int) -> None:
        """Store that a sink has a chain up to this number."""
        with store_errors():
            await self._redis.hset(self._keys.audit_shipped(sink), str(chain), str(seq))

    async def _stored(self, shard: int) -> AsyncIterator[tuple[str, dict[str, str]]]:
        after = "-"
        while True:
            with store_errors():
                page = cast(
                    "list[tuple[str, dict[str, str]]]",
                    await self._redis.xrange(self._keys.audit(shard)[0], after, count=_PAGE),
                )
            for entry in page:
                yield entry
            if len(page) < _PAGE:
                return
            after = f"({page[-1][0]}"


def _entry(chain: int, fields: Mapping[str, str]) -> Entry | None:
    """Read a stored entry; None for one of a version before the chain."""
    if "line" not in fields:
        return None
    return Entry(
        chain=chain,
        seq=int(fields["seq"]),
        previous=fields["previous"],
        link=fields["link"],
        line=fields["line"],
    )


def records_of(chain: int, entry_id: str, fields: Mapping[str, str]) -> tuple[AuditRecord, ...]:
    """Return the records of a stored entry."""
    entry = _entry(chain, fields)
    if entry is None:
        milliseconds = int(entry_id.partition("-")[0])
        record = AuditRecord(
            at=datetime.fromtimestamp(milliseconds / 1000, UTC),
            subject=fields["conversation"],
            trace_id=fields["trace_id"],
            body=json.loads(fields["body"]),
        )
        return (record,)
    return records_in(entry)


def records_in(entry: Entry) -> tuple[AuditRecord, ...]:
    """Return the records of an entry."""
    line = json.loads(entry.line)
    return tuple(
        AuditRecord(
            at=datetime.fromisoformat(line["at"]),
            subject=line["subject"],
            sender=line["sender"],
            trace_id=line["trace_id"],
            fingerprint=line.get("fingerprint", ""),
            body=body,
            chain=entry.chain,
            seq=entry.seq,
            link=entry.link,
        )
        for body in line["records"]
    )
