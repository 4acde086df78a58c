"""Judges a run by its three histories: what was accepted, what was committed, what was sent.

It reads no log, no clock and no store, so that it can itself be tested with planted faults. There
are no exceptions: what may happen (a resend of an unknown outcome) is part of the promise.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise

MAX_SENDS = 2
AHEAD = "ahead of "
"""The prefix of a message's name in the interim message ahead of its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A message that was acknowledged as stored. `seq` is its number; 0 when not known."""

    conversation: str
    message: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """One conversation at the end: its turns in order, each with the messages it answered.

    `version` is how often the state was written, `counted` how many messages the state itself
    counted: where a write was lost, they differ from the turns.
    """

    conversation: str
    turns: tuple[tuple[str, ...], ...]
    version: int
    counted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One reply as the channel recorded it; `message` is what it answers, `at` in seconds."""

    conversation: str
    message: str
    money: bool
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The histories of a run. Dead letters were given up and reported to a person."""

    accepted: tuple[Accepted, ...]
    committed: tuple[Committed, ...]
    sent: tuple[Sent, ...]
    dead_messages: frozenset[str] = frozenset()
    dead_replies: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Broken promises, each as a sentence about ids; all empty when every promise was kept."""

    lost: tuple[str, ...] = field(default=())
    doubled: tuple[str, ...] = field(default=())
    out_of_order: tuple[str, ...] = field(default=())
    lost_updates: tuple[str, ...] = field(default=())
    money_twice: tuple[str, ...] = field(default=())
    too_often: tuple[str, ...] = field(default=())
    invented: tuple[str, ...] = field(default=())

    @property
    def kept(self) -> bool:
        """True when every promise was kept."""
        return not any(self.counts.values())

    @property
    def counts(self) -> dict[str, int]:
        """The number of findings by kind."""
        return {item.name: len(getattr(self, item.name)) for item in fields(self)}

    def lines(self, limit: int = 5) -> list[str]:
        """Return up to `limit` findings of each kind as text."""
        return [
            f"{item.name}: {text}"
            for item in fields(self)
            for text in getattr(self, item.name)[:limit]
        ]


def check(history: History) -> Findings:
    """Compare the three histories."""
    answered = Counter(
        message for item in history.committed for turn in item.turns for message in turn
    )
    accepted = {item.message for item in history.accepted}
    sends = Counter(item.message for item in history.sent)
    money = {item.message for item in history.sent if item.money}
    return Findings(
        lost=(
            *(f"{name} was accepted, not answered" for name in sorted(
                accepted - answered.keys() - history.dead_messages
            )),
            *(f"{name} was answered, not sent" for name in sorted(
                answered.keys() - sends.keys() - history.dead_replies
            )),
        ),
        doubled=(
            *(f"{name} was answered {times} times" for name, times in _above(answered, 1)),
            *(f"{name} has {count} numbers" for name, count in _above(_numbers(history), 1)),
        ),
        out_of_order=(*_committed_inversions(history), *_sent_inversions(history)),
        lost_updates=tuple(filter(None, map(_lost_update, history.committed))),
        money_twice=tuple(
            f"{name} was sent {times} times" for name, times in _above(sends, 1) if name in money
        ),
        too_often=tuple(
            f"{name} was sent {times} times"
            for name, times in _above(sends, MAX_SENDS)
            if name not in money
        ),
        invented=(
            *(f"{name} was answered, not accepted" for name in sorted(answered.keys() - accepted)),
            *(f"{name} was sent, not answered" for name in sorted(
                name
                for name in sends.keys() - answered.keys()
                if name.removeprefix(AHEAD) not in answered
            )),
        ),
    )  # fmt: skip


def _above(counts: Counter[str], limit: int) -> list[tuple[str, int]]:
    return sorted((name, times) for name, times in counts.items() if times > limit)


def _numbers(history: History) -> Counter[str]:
    """Return how many different numbers each message was given."""
    pairs = {(item.message, item.seq) for item in history.accepted if item.seq}
    return Counter(message for message, _ in pairs)


def _committed_inversions(history: History) -> Iterable[str]:
    numbers = {item.message: item.seq for item in history.accepted if item.seq}
    for item in history.committed:
        told = [name for turn in item.turns for name in turn if name in numbers]
        yield from _inversions("answered", told, [numbers[name] for name in told])


def _sent_inversions(history: History) -> Iterable[str]:
    """Find replies of a conversation that were sent in another order than committed."""
    places: dict[str, float] = {
        name: place
        for item in history.committed
        for place, name in enumerate(name for turn in item.turns for name in turn)
    }
    # An interim message comes right before the answer that it announces, or not at all.
    places |= {f"{AHEAD}{name}": place - 0.5 for name, place in places.items()}
    per_conversation: defaultdict[str, list[Sent]] = defaultdict(list)
    for send in sorted(history.sent, key=lambda send: send.at):
        if send.message in places:
            per_conversation[send.conversation].append(send)
    for sends in per_conversation.values():
        told = [send.message for send in sends]
        yield from _inversions("sent", told, [places[name] for name in told])


def _inversions(verb: str, told: Sequence[str], order: Sequence[float]) -> Iterable[str]:
    for (before, after), (first, second) in zip(pairwise(told), pairwise(order), strict=True):
        if second < first:
            yield f"{after} was {verb} after {before}"


def _lost_update(item: Committed) -> str:
    messages = sum(map(len, item.turns))
    if item.version == len(item.turns) and item.counted == messages:
        return ""
    return (
        f"{item.conversation} has {len(item.turns)} turns of {messages} messages, "
        f"but version {item.version} and {item.counted} counted"
    )
