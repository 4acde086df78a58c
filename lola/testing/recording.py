"""Conversations of a running deployment as a file, to be played against another build.

Names, mail addresses and long numbers are masked before anything is written; amounts stay, since a
conversation about money means nothing without them.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from lola.channel.rendering import as_text
from lola.domain.messages import JsonObject, outbound_from_json
from lola.errors import ConfigurationError
from lola.models.offline.nlu.reader import understand

STAND_IN = "Ana Prueba"
"""Said in the place of every masked name, so that a sentence still names somebody."""
_NAME = re.compile(r"\[name\](?: \[name\])*")


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Said(_Line):
    """One message of the sender, by its kind (`text`, `choice`, `media` …)."""

    kind: str
    text: str = ""


class RecordedTurn(_Line):
    """One turn: what came in, and what the build made of it. `cost` is in US dollars."""

    inbound: tuple[Said, ...]
    route: str
    tools: tuple[str, ...] = ()
    replies: tuple[str, ...] = ()
    by_staff: bool = False
    cost: float | None = None
    ms: int = 0


class Recording(_Line):
    """One conversation. `id` is its digest, which names no sender."""

    id: str
    channel: str
    turns: tuple[RecordedTurn, ...]

    @classmethod
    def of(
        cls, conversation: str, history: Iterable[JsonObject], mask: Callable[[str], str]
    ) -> Self:
        """Return a conversation's stored history with every text masked."""

        def masked(text: str) -> str:
            return _NAME.sub(STAND_IN, mask(text))

        return cls(
            id=conversation,
            channel=conversation.rpartition("-")[0],
            turns=tuple(_turn(record, masked) for record in history),
        )


def names_said(history: Iterable[JsonObject]) -> set[str]:
    """Return the names of people in what the sender wrote, whole and by word."""
    found: set[str] = set()
    for record in history:
        for item in record["inbound"]:
            name = understand(_words(item), expected="recipient_first_name").name
            if name is not None:
                found |= {name.full, *name.full.split()}
    return found


def _turn(record: JsonObject, masked: Callable[[str], str]) -> RecordedTurn:
    model: dict[str, Any] = record.get("model") or {}
    return RecordedTurn(
        inbound=tuple(
            Said(kind=item["kind"], text=masked(_words(item))) for item in record["inbound"]
        ),
        route=record["route"],
        tools=tuple(tool["name"] for tool in record["tools"]),
        replies=tuple(masked(as_text(outbound_from_json(one))) for one in record["outbound"]),
        by_staff=bool(record.get("staff")),
        cost=model.get("cost"),
        ms=record.get("ms", 0),
    )


def _words(item: JsonObject) -> str:
    """Return what the sender wrote; of a file its caption."""
    shape = item.get("shape") or {}
    return str(shape.get("caption", item["text"]) if item["kind"] == "media" else item["text"])


def as_lines(recordings: Iterable[Recording]) -> str:
    """Return conversations as a file has them: one per line."""
    return "".join(f"{one.model_dump_json()}\n" for one in recordings)


def read_recordings(path: Path) -> tuple[Recording, ...]:
    """Read a file of conversations. Raises ConfigurationError with the line that is wrong."""
    found: list[Recording] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(str(path), f"cannot be read: {error}") from None
    for number, line in enumerate(lines, start=1):
        try:
            found.append(Recording.model_validate_json(line))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "line"
            raise ConfigurationError(f"{path}:{number}", f"{where}: {first['msg']}") from None
    return tuple(found)
