"""Erases what is stored about one sender, and reports what had to stay and why.

Safe to repeat: what is gone already is no error. The audit trail keeps pseudonyms only.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from lola.app.privacy.person import Person, Search, each_id
from lola.app.privacy.scan import Stored
from lola.consent.store import sender_of
from lola.delivery.scripts import GROUP
from lola.domain.messages import ConversationId, JsonObject
from lola.errors import PrivacyError
from lola.safety.input.redaction import redact_stored
from lola.state.audit import AuditTrail
from lola.state.connection import Connections, store_errors
from lola.state.keys import Keys
from lola.state.script import Script
from lola.state.store import StateStore
from lola.telemetry import names

OPEN: Final = frozenset({"link_sent", "opened", "approved", "unsure"})
"""Tickets whose money may still move, or has moved and not arrived."""
STAYS: Final = (
    ("message ids", "digests, 8 days: without them a provider could deliver old messages again"),
    ("numbers of messages and leases", "numbers, 30 days: reused ones would mix up reports"),
    ("audit trail", "pseudonyms and ids, 90 days and in its copies: proof of what was done"),
    ("partners", "operations and identity are theirs, and kept by law: ask them separately"),
    ("providers and help desk", "messages that left this service are in their own systems"),
)
_ERASE = Script(Path(__file__).with_name("erase.lua"))


@dataclass(slots=True, kw_only=True)
class Erasure:
    """What was removed, by kind of key, and what stays with the reason."""

    conversations: int = 0
    removed: Counter[str] = field(default_factory=Counter)
    stays: list[tuple[str, str]] = field(default_factory=lambda: list(STAYS))

    def count(self, what: str, removed: int) -> None:
        """Add what was removed."""
        if removed:
            self.removed[what] += removed

    def to_json(self) -> JsonObject:
        """Return the report."""
        return {
            "conversations": self.conversations,
            "removed": dict(sorted(self.removed.items())),
            "stays": [{"what": what, "why": why} for what, why in self.stays],
        }


class Eraser:
    """Erases one person at a time. Raises StoreUnavailableError; repeat it then."""

    def __init__(
        self, connections: Connections, keys: Keys, store: StateStore, trail: AuditTrail
    ) -> None:
        self._connections = connections
        self._redis = connections.commands
        self._keys = keys
        self._store = store
        self._trail = trail
        self._search = Search(connections, keys)

    async def erase(self, phone: str, *, operator: str, force: str = "") -> Erasure:
        """Erase the sender with this canonical number.

        Raises PrivacyError while a transfer is open, unless `force` says why it must be all the
        same. The erasure itself is recorded in the audit trail, before and after.
        """
        person = await self._search.person(phone=phone)
        report = Erasure(conversations=len(person.conversations))
        for ticket in await self._open_tickets(person):
            if not force:
                raise PrivacyError(
                    f"the transfer {ticket} is open",
                    hint="wait for its end, or force with a reason",
                )
            report.stays.append((f"transfer {ticket}", "it goes on at the partner"))
        facts: JsonObject = {
            "operator": operator,
            "person": self._trail.lines.person(phone),
            "force": redact_stored(force),
        }
        await self._trail.append(names.PRIVACY_ERASE, facts)
        for conversation in sorted(person.conversations):
            await self._erase_conversation(conversation, report)
        await self._keep_opt_outs(person)
        # What is found after this was not bound to a conversation's own keys.
        found = [stored async for stored in self._search.about(person)]
        for stored in found:
            await self._erase_value(stored, report)
        facts = {**facts, "removed": dict(report.removed), "conversations": report.conversations}
        await self._trail.append(names.PRIVACY_ERASED, facts)
        return report

    async def _open_tickets(self, person: Person) -> list[str]:
        found = []
        for conversation in sorted(person.conversations):
            state = (await self._store.read(conversation, limit=1)).state
            tickets = (state or {}).get("tickets", ())
            found += [str(ticket["id"]) for ticket in tickets if ticket["status"] in OPEN]
        return found

    async def _erase_conversation(self, conversation: ConversationId, report: Erasure) -> None:
        keys, shard = self._keys, self._keys.shard(conversation)
        inbox, outbox = keys.box("inbox", conversation), keys.box("outbox", conversation)
        deleted, entries = await _ERASE.run(
            self._redis,
            (
                *(inbox.flag, inbox.ready, outbox.flag, outbox.ready),
                *(inbox.waiting, outbox.waiting, keys.handoff_queue(shard), keys.recent(shard)),
                *(keys.open_cases(shard), *keys.timers(shard)),
                *(inbox.mailbox, inbox.flag, inbox.lease),
                *(outbox.mailbox, outbox.flag, outbox.lease),
                *(keys.state(conversation), keys.history(conversation)),
                *(keys.ownership(conversation), keys.pace(conversation)),
                keys.message_cost(conversation),
                keys.interim_sent(conversation),
            ),
            GROUP,
            conversation,
        )
        report.count("conversation", deleted)
        report.count("timers and queues", entries)

    async def _erase_value(self, stored: Stored, report: Erasure) -> None:
        removed = 1
        redis = cast("Any", self._redis)
        with store_errors():
            match stored.kind:
                case "con":
                    removed = await self._reduce_consent(stored, report)
                case "dlq" | "ready" | "oready":
                    removed = await redis.xdel(stored.key, stored.member)
                case "map" if await redis.type(stored.key) == "zset":
                    removed = await redis.zrem(stored.key, stored.member)
                case "map":
                    removed = await redis.hdel(stored.key, stored.member)
                case "rec" | "rs" | "pid" | "sp" | "rate" | "conlog" | "who":
                    removed = await redis.delete(stored.key)
                case _:
                    # Of a conversation: erased before, so this is new, or kept (`STAYS`).
                    removed = 0
        report.count(stored.kind, removed)

    async def _keep_opt_outs(self, person: Person) -> None:
        """Note an opt-out under each id of the person: what links them is erased."""
        redis = cast("Any", self._redis)
        for address in person.addresses:
            known, _ = self._keys.consent(sender_of(address))
            for one in each_id(address):
                key, _ = self._keys.consent(sender_of(one))
                with store_errors():
                    state, at, how = await redis.hmget(known, ["state", "at", "how"])
                    if state == "out" and key != known:
                        await redis.hset(key, mapping={"state": state, "at": at, "how": how})

    async def _reduce_consent(self, stored: Stored, report: Erasure) -> int:
        """Keep only that the sender opted out; without an opt-out delete everything."""
        redis = cast("Any", self._redis)
        if await redis.hget(stored.key, "state") != "out":
            return int(await redis.delete(stored.key))
        if ("opt-out", _OPT_OUT) not in report.stays:
            report.stays.append(("opt-out", _OPT_OUT))
        # The tokens name conversations.
        return int(await redis.hdel(stored.key, stored.member)) if ":" in stored.member else 0


_OPT_OUT = "a digest of the number, and since when: so that no message is sent to them again"
