"""Every Redis key name of the service, in one place (docs/delivery.md has the table).

All keys of a shard have the hash tag `{s}`, so that one script may touch them all on a cluster.
Conversation ids are digests: no key ever holds a telephone number or a provider's message id.
"""

from hashlib import blake2b
from typing import Literal, NamedTuple
from zlib import crc32

from lola.domain.messages import ConversationId, Inbound

Kind = Literal["inbox", "outbox"]

_NAMES: dict[Kind, tuple[str, ...]] = {
    "inbox": ("mb", "sch", "ls", "fn", "ready", "wait"),
    "outbox": ("out", "osch", "ols", "ofn", "oready", "owait"),
}


class Box(NamedTuple):
    """The six keys of one mailbox, in the order in which the scripts take them."""

    mailbox: str
    flag: str
    lease: str
    fence: str
    ready: str
    waiting: str


class Keys:
    """Key names of one project. Changing `shards` on a used database strands what is stored."""

    def __init__(self, project: str, shards: int = 16) -> None:
        self.project = project
        self.shards = shards

    def groups(self, *, is_cluster: bool) -> tuple[tuple[int, ...], ...]:
        """Return which shards one command may touch together: all of them, or each by itself."""
        shards = tuple(range(self.shards))
        return tuple((shard,) for shard in shards) if is_cluster else (shards,)

    def shard(self, name: str) -> int:
        """Return the shard that a conversation or record name belongs to."""
        return crc32(name.encode()) % self.shards

    def box(self, kind: Kind, conversation: ConversationId) -> Box:
        """Return the keys of a conversation's inbox or outbox."""
        shard = self.shard(conversation)
        mailbox, flag, lease, fence, ready, waiting = _NAMES[kind]
        return Box(
            mailbox=self._key(mailbox, shard, conversation),
            flag=self._key(flag, shard, conversation),
            lease=self._key(lease, shard, conversation),
            fence=self._key(fence, shard, conversation),
            ready=self._key(ready, shard),
            waiting=self._key(waiting, shard),
        )

    def ready(self, kind: Kind, shard: int) -> str:
        """Return the stream of a shard's conversations that have work."""
        return self._key(_NAMES[kind][4], shard)

    def waiting(self, kind: Kind, shard: int) -> str:
        """Return the sorted set of a shard's delayed conversations; the score is when, in ms."""
        return self._key(_NAMES[kind][5], shard)

    def flags(self, kind: Kind, shard: int) -> str:
        """Return the prefix of the names of a shard's flags; a conversation follows it."""
        return self._key(_NAMES[kind][1], shard, "")

    def seen(self, inbound: Inbound) -> str:
        """Return the dedupe key: a 16-byte digest of channel, account and the provider's id."""
        address = inbound.address
        raw = f"{address.channel}\x1f{address.account}\x1f{inbound.id}".encode()
        digest = blake2b(raw, digest_size=16).hexdigest()
        return self._key("dd", self.shard(inbound.conversation), digest)

    def counter(self, conversation: ConversationId) -> str:
        """Return the counter that numbers a conversation's accepted messages."""
        return self._of("sq", conversation)

    def state(self, conversation: ConversationId) -> str:
        """Return the hash with the fields `state` (JSON) and `version`."""
        return self._of("st", conversation)

    def history(self, conversation: ConversationId) -> str:
        """Return the bounded list of turn records, newest last."""
        return self._of("hi", conversation)

    def ownership(self, conversation: ConversationId) -> str:
        """Return the hash that says who may speak; absent means the bot, epoch 0."""
        return self._of("ow", conversation)

    def handoff_queue(self, shard: int) -> str:
        """Return the sorted set of a shard's conversations whose owner is not the bot."""
        return self._key("desk", shard)

    def open_cases(self, shard: int) -> str:
        """Return the hash of the same conversations: owner, since, staff and reason of each."""
        return self._key("desko", shard)

    def recent(self, shard: int) -> str:
        """Return the sorted set of a shard's conversations by their last turn, in ms."""
        return self._key("rct", shard)

    def timers(self, shard: int) -> tuple[str, str]:
        """Return the sorted set of a shard's timers by time in ms, and the hash of their events."""
        return self._key("tm", shard), self._key("tb", shard)

    def pace(self, conversation: ConversationId) -> str:
        """Return the key that counts how much a recipient was sent lately."""
        return self._of("pace", conversation)

    def message_cost(self, conversation: ConversationId) -> str:
        """Return the hash of what a conversation's messages cost lately."""
        return self._of("mc", conversation)

    def provider_id(self, shard: int, channel: str, provider_id: str) -> str:
        """Return the key that finds a row by the provider's id of its message."""
        raw = f"{channel}\x1f{provider_id}".encode()
        return self._key("pid", shard, blake2b(raw, digest_size=16).hexdigest())

    def dead_letters(self, shard: int) -> str:
        """Return the stream of what could not be handled or sent."""
        return self._key("dlq", shard)

    def audit(self, shard: int) -> tuple[str, str]:
        """Return the stream of a shard's audit chain, and the hash of its newest entry."""
        return self._key("aud", shard), self._key("audh", shard)

    def audit_shipped(self, sink: str) -> str:
        """Return the hash of the number up to which a sink has each audit chain."""
        return self._key("auds", self.shard(sink), sink)

    def row_id(self, conversation: ConversationId, seq: int, position: int) -> str:
        """Return the id of a turn's outgoing row; it begins with its shard, for `row_status`."""
        raw = f"{conversation}\x1f{seq}\x1f{position}".encode()
        return f"{self.shard(conversation)}-{blake2b(raw, digest_size=12).hexdigest()}"

    def row_statuses(self, shard: int) -> str:
        """Return the prefix of the names of a shard's status hashes; a row's id follows it."""
        return self._key("rs", shard, "")

    def row_status(self, row_id: str) -> str | None:
        """Return the key of a row's delivery status; None when `row_id` is none of ours."""
        shard, _, digest = row_id.partition("-")
        is_ours = shard.isascii() and shard.isdecimal() and digest.isalnum() and len(digest) == 24
        if not is_ours or int(shard) >= self.shards:
            return None
        return self.row_statuses(int(shard)) + row_id

    def persons(self, channel: str) -> tuple[str, str]:
        """Return the prefixes of a channel's links between ids and persons, and of the persons of
        its messages; all in one shard, because one script changes several of them.
        """
        shard = self.shard(channel)
        return self._key("who", shard, channel, ""), self._key("whom", shard, channel, "")

    def consent(self, sender: str) -> tuple[str, str]:
        """Return the hash that says whether a sender (a digest) may be written to, and its log."""
        shard = self.shard(sender)
        return self._key("con", shard, sender), self._key("conlog", shard, sender)

    def interim_sent(self, conversation: ConversationId) -> str:
        """Return the key that holds the turn which was last preceded by an interim message."""
        return self._of("ij", conversation)

    def spending(self, sender: str, day: str) -> str:
        """Return the hash of a sender's (a digest) model usage on a day."""
        return self._key("sp", self.shard(sender), sender, day)

    def rate(self, account: str, name: str) -> str:
        """Return the hash of one token bucket of an account (a digest)."""
        return self._key("rate", self.shard(account), account, name)

    def sent_row(self, shard: int, row_id: str) -> str:
        """Return the key of a row that was sent, kept until it is reported as delivered."""
        return self.row_statuses(shard) + row_id + ":sent"

    def malformed(self) -> str:
        """Return the stream of well-signed webhooks that could not be parsed."""
        return self._key("bad", 0)

    def record(self, kind: str, name: str) -> str:
        """Return the key of a small record, such as a short link or a link's conversation."""
        return self._key("rec", self.shard(name), kind, name)

    def hash(self, name: str) -> str:
        """Return the key of a small shared hash, such as the test numbers of PhoneFaker."""
        return self._key("map", self.shard(name), name)

    def statistics(self, day: str) -> str:
        """Return the hash of what all processes counted on a day."""
        return self._key("stat", self.shard(day), day)

    def reconciler(self) -> tuple[str, str]:
        """Return the hash with the reconciler's progress and the key of its lease, in one shard."""
        return self._key("map", 0, "reconciler"), self._key("rec", 0, "reconciler", "lease")

    def _of(self, name: str, conversation: ConversationId) -> str:
        return self._key(name, self.shard(conversation), conversation)

    def _key(self, name: str, shard: int, *parts: str) -> str:
        return ":".join((self.project, name, f"{{{shard}}}", *parts))
