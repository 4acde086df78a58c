"""Keeps what earlier turns came to, so that each turn reads only its own messages.

An entry is found by a digest of everything that it follows from and holds the values themselves, in
this process only. It is a memory of a pure function: without it every reply would be the same.
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from lola.models.chat import AssistantMessage, DataMessage, ModelMessage, ToolMessage, UserMessage

Value = TypeVar("Value")
SIZE = 1_000


class Checkpoints(Generic[Value]):
    """Values by digest; the one that was unused for longest is dropped first."""

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._kept: OrderedDict[bytes, Value] = OrderedDict()

    def get(self, key: bytes) -> Value | None:
        """Return a kept value; None when there is none."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def keep(self, key: bytes, value: Value) -> None:
        """Keep a value, and drop the oldest one when there are too many."""
        self._kept[key] = value
        self._kept.move_to_end(key)
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def __len__(self) -> int:
        return len(self._kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierTurn:
    """The messages of one earlier turn. `key` is the digest of all up to its end."""

    messages: Sequence[ModelMessage]
    key: bytes


def earlier_turns(
    messages: Sequence[ModelMessage], seed: object
) -> tuple[tuple[EarlierTurn, ...], Sequence[ModelMessage]]:
    """Return the turns before the newest one, each with its digest, and the newest turn.

    `seed` is what the value of a turn depends on besides the messages, as plain JSON.
    """
    starts = [at for at, item in enumerate(messages) if isinstance(item, UserMessage)]
    if not starts:
        return (), messages
    cuts = [0, *starts[1:]]
    digest = hashlib.blake2b(_plain(seed), digest_size=16)
    turns: list[EarlierTurn] = []
    for start, end in pairwise(cuts):
        part = messages[start:end]
        digest.update(
            _plain([_telling(item) for item in part if not isinstance(item, DataMessage)])
        )
        turns.append(EarlierTurn(messages=part, key=digest.digest()))
    return tuple(turns), messages[cuts[-1] :]


def _telling(message: UserMessage | AssistantMessage | ToolMessage) -> object:
    """Return what a message says to the dialogue. Data is of the newest turn and not history."""
    match message:
        case UserMessage(text=text):
            return text
        case AssistantMessage(calls=calls, options=options):
            return [[(call.id, call.name, call.arguments) for call in calls], options]
        case ToolMessage():
            return [message.call_id, message.name, message.result]


def _plain(value: object) -> bytes:
    return json.dumps(value, default=str).encode()
