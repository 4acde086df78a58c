"""What each kind of key holds, for how long, and what becomes of it when a sender is erased.

docs/privacy.md prints this table; tests hold it against `lola.state.keys` and a used store.
"""

from dataclasses import dataclass
from typing import Literal

Erasure = Literal["deleted", "entries", "reduced", "kept", "none"]
"""`deleted`: the sender's keys are deleted. `entries`: the sender's entries are taken out of what
all share. `reduced`: only the opt-out stays. `kept`: stays, without a value of the sender. `none`:
holds nothing of senders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of key. `endless` is why keys of it may have no expiry; empty when all have one."""

    name: str
    holds: str
    life: str
    setting: str
    erasure: Erasure
    endless: str = ""


_UNTIL_DONE = "accepted work must not expire; the key is gone when the work is done"


def _work(name: str, holds: str) -> Kind:
    return Kind(
        name=name,
        holds=holds,
        life="until it is done",
        setting="",
        erasure="deleted",
        endless=_UNTIL_DONE,
    )


def _shared(name: str, holds: str) -> Kind:
    return Kind(
        name=name,
        holds=holds,
        life="each entry until it is done",
        setting="",
        erasure="entries",
        endless="one key for a whole shard; entries are removed when they are done",
    )


def _ends(name: str, holds: str, life: str, erasure: Erasure, setting: str = "") -> Kind:
    return Kind(name=name, holds=holds, life=life, setting=setting, erasure=erasure)


KINDS: tuple[Kind, ...] = (
    _work("mb", "messages that wait for their turn"),
    _work("out", "replies that wait to be sent"),
    _work("sch", "where a conversation is in the queue of turns"),
    _work("osch", "where a conversation is in the queue of replies"),
    _shared("ready", "conversations with messages, by digest"),
    _shared("oready", "conversations with replies, by digest"),
    _shared("wait", "conversations whose turn is put off"),
    _shared("owait", "conversations whose replies are put off"),
    _shared("tm", "times of timers"),
    _shared("tb", "events of timers, with the sender's address"),
    _shared("desk", "conversations that wait for or are with a person"),
    _shared("desko", "who has each of them since when, and why a person was asked for"),
    _ends("rct", "conversations by the time of their last turn, by digest", "8 days", "entries"),
    _ends("ls", "which worker has a turn in hand", "30 seconds", "deleted", "LEASE_SECONDS"),
    _ends("ols", "which worker sends", "30 seconds", "deleted", "LEASE_SECONDS"),
    _ends("fn", "last fencing token", "30 days idle", "kept"),
    _ends("ofn", "last fencing token", "30 days idle", "kept"),
    _ends("dd", "digests of message ids, against doubles and replays", "8 days", "kept"),
    _ends("sq", "number of accepted messages", "30 days idle", "kept"),
    Kind(
        name="st",
        holds="session: address, draft, tickets, options, sealed account numbers",
        life="24 hours after the last turn, 7 days while a transfer or a check is open or news "
        "waits, and as long as a person is needed",
        setting="SESSION_TTL_HOURS",
        erasure="deleted",
        endless="while a person has the conversation or is waited for",
    ),
    Kind(
        name="hi",
        holds="the last 200 turns with their words, and what the bank's vault sealed of them",
        life="24 hours after the last turn, and as long as a person is needed",
        setting="SESSION_TTL_HOURS",
        erasure="deleted",
        endless="while a person has the conversation or is waited for",
    ),
    Kind(
        name="ow",
        holds="who may speak, and why a person was asked for",
        life="30 days once the bot's",
        setting="",
        erasure="deleted",
        endless="while a person has the conversation or is waited for",
    ),
    _ends("pace", "how much a recipient was sent lately", "until the limit is met", "deleted"),
    _ends("mc", "how many messages a sender was sent, and their cost", "3 days", "deleted"),
    _ends("ij", "last turn with an interim message", "30 days", "deleted"),
    _ends("rs", "delivery status; a sent row until its report", "3 days; row 12 hours", "deleted"),
    _ends("pid", "digest of a provider's id, to its row", "3 days", "deleted"),
    _ends("sp", "tokens and cost of a day", "2 days", "deleted"),
    _ends("rate", "how often a digest wrote, asked for quotes or signed in", "a day", "deleted"),
    Kind(
        name="con",
        holds="whether a sender (a digest) may be written to",
        life="no end",
        setting="",
        erasure="reduced",
        endless="an opt-out holds until the sender takes it back",
    ),
    Kind(
        name="conlog",
        holds="every change of consent, as the proof of it",
        life="no end",
        setting="",
        erasure="deleted",
        endless="proof of consent is asked for years later",
    ),
    Kind(
        name="who",
        holds="which user id and number belong to one sender of WhatsApp",
        life="no end",
        setting="",
        erasure="deleted",
        endless="consent under one id must be found under the other",
    ),
    _ends("whom", "digests of message ids, to their sender", "8 days", "kept"),
    _ends("dlq", "messages and replies that were given up", "30 days", "entries"),
    Kind(
        name="aud",
        holds="audit trail: ids, pseudonyms, digests, names of staff",
        life="90 days, copies as the bank decides",
        setting="AUDIT_FILE, AUDIT_S3_URL",
        erasure="kept",
        endless="entries are dropped after 90 days with the next one; the chain must not break",
    ),
    Kind(
        name="audh",
        holds="number and link of the newest audit entry",
        life="no end",
        setting="",
        erasure="none",
        endless="without it a cut end of the chain would not show",
    ),
    Kind(
        name="auds",
        holds="how far each sink has the audit trail",
        life="no end",
        setting="",
        erasure="none",
        endless="without it everything would be shipped again",
    ),
    _ends("stat", "what was counted on a day: turns, steps, guard hits, costs", "40 days", "none"),
    _ends("bad", "outlines of unreadable webhooks: size, digest, error", "30 days", "none"),
    _ends(
        "rec",
        "links, tickets by link, conversations of money requests, mirrors in a help desk; "
        "accounts and sign-ins of staff; leases; who was asked to write; files of senders, "
        "encrypted, where a setting keeps them; drafts and notes of staff about a conversation, "
        "and who looks at it",
        "each its own: a link's life and 7 days, 90 days, 8 days, a sign-in's life, a minute, "
        "a day; a note 30 days",
        "deleted",
        "M2M_LINK_MINUTES, FILES_KEPT_HOURS",
    ),
    _ends(
        "map",
        "kept partner events (ids), test numbers, conversations to sync, open tickets (ids), "
        "how far the reconciler has come, the approval of templates",
        "30 days; 24 hours; 8 days; 40 days",
        "entries",
        "SESSION_TTL_HOURS",
    ),
)


def kind_of(key: str) -> str:
    """Return the kind of a key: the word behind the project's name."""
    return key.split(":", 2)[1]


ERASURES: dict[Erasure, str] = {
    "deleted": "deleted",
    "entries": "the sender's entries are removed",
    "reduced": "only an opt-out stays",
    "kept": "stays, without a value of the sender",
    "none": "holds nothing of senders",
}


def table() -> str:
    """Return the table of docs/privacy.md."""
    lines = [
        "| key | holds | how long | setting | at an erasure | why a key may have no expiry |",
        "|---|---|---|---|---|---|",
    ]
    for kind in KINDS:
        settings = ", ".join(f"`{name}`" for name in kind.setting.split(", ") if name) or "–"
        cells = (
            f"`{kind.name}`",
            kind.holds,
            kind.life,
            settings,
            ERASURES[kind.erasure],
            kind.endless or "–",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
