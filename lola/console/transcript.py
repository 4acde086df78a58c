"""A conversation's turns as staff may see them, as typed views of the stored records.

A view has named fields only: anything else in a record, such as the model's messages, does not
reach a page or the API. Records of older versions lack some facts; those views are emptier.
"""

import json
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from lola.domain.events import CONSOLE_REPLY
from lola.safety.input.redaction import redact_stored

Speaker = Literal["sender", "bot", "staff", "event"]
ARGUMENT_LIMIT = 160
_DOCUMENTS = {"application/pdf": "pdf"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A contact card that a sender shared."""

    name: str
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a message is that is more than its words: a file, a place or contact cards.

    `media` is `image`, `pdf`, `voice` …; `doubt`: the file is not what it claims to be; `heard`:
    the message's text is what was understood of a voice note.
    """

    media: str = ""
    name: str = ""
    size: str = ""
    doubt: bool = False
    heard: bool = False
    place: str = ""
    cards: tuple[Card, ...] = ()
    is_own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One message. `kind` is the form it had; `choices` are titles, `links` labels only.

    `file` is the id of a file that was kept with it; it may be gone by now. `by` is the colleague
    who caused an event, `note` what they told the bot, `resolution` the code of why they resolved.
    `row` is the turn's number and the place among its rows, `delivery` what became of it.
    """

    speaker: Speaker
    kind: str
    text: str
    at: datetime
    staff: str = ""
    choices: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    file: str = ""
    shape: Shape | None = None
    by: str = ""
    note: str = ""
    resolution: str = ""
    row: tuple[int, int] | None = None
    delivery: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolView:
    """A tool that ran in a turn. `arguments` are redacted: name and value."""

    name: str
    ok: bool
    arguments: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageView:
    """A part of an approved document that the answer rests on."""

    document: str
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnView:
    """One turn: its messages and how the answer came about.

    After a `boundary` the bot starts without memory. `cost` is in US dollars, None when no model
    with a price took part; `tokens` are those of all its models.
    """

    at: datetime
    bubbles: tuple[Bubble, ...]
    route: str
    tools: tuple[ToolView, ...]
    passages: tuple[PassageView, ...]
    boundary: bool
    stages: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    agent: str = ""
    models: tuple[str, ...] = ()
    tokens: int = 0
    cost: Decimal | None = None
    milliseconds: int = 0
    trace_id: str = ""


def turn_view(record: Mapping[str, Any]) -> TurnView:
    """Return one history record as messages in their order."""
    answered_at = datetime.fromisoformat(record["at"])
    speaker: Speaker = "staff" if record["staff"] else "bot"
    inbound = tuple(_inbound(item) for item in record["inbound"] if _is_shown(item))
    outbound = tuple(
        Bubble(
            speaker=speaker,
            kind=item["type"],
            text=item["content"],
            at=answered_at,
            staff=record["staff"],
            choices=tuple(option["title"] for option in item.get("options", ())),
            links=tuple(link["text"] for link in item.get("links", ())),
            row=_row(record, place),
        )
        for place, item in enumerate(record["outbound"])
    )
    model = record.get("model") or {}
    return TurnView(
        at=answered_at,
        bubbles=inbound + outbound,
        route=record["route"],
        tools=_tools(record),
        passages=tuple(map(_passage, record["passages"])),
        boundary=bool(record.get("boundary")),
        stages=tuple(record.get("stages", ())),
        findings=tuple(record.get("findings", ())),
        agent=record.get("agent", ""),
        models=tuple(model.get("models", ())),
        tokens=model.get("input_tokens", 0) + model.get("output_tokens", 0),
        cost=Decimal(model["cost"]) if model.get("cost") else None,
        milliseconds=record.get("ms", 0),
        trace_id=record.get("trace_id", ""),
    )


def rows_of(turns: Iterable[TurnView]) -> tuple[tuple[int, int], ...]:
    """Return the rows of what was sent, in order."""
    return tuple(one.row for turn in turns for one in turn.bubbles if one.row is not None)


def with_deliveries(
    turns: Iterable[TurnView], deliveries: Mapping[tuple[int, int], str]
) -> tuple[TurnView, ...]:
    """Return the turns with what became of each message that was sent."""
    return tuple(
        replace(
            turn,
            bubbles=tuple(
                replace(one, delivery=deliveries.get(one.row, "")) if one.row else one
                for one in turn.bubbles
            ),
        )
        for turn in turns
    )


def _row(record: Mapping[str, Any], place: int) -> tuple[int, int] | None:
    """Return the row of a message; None for records of older versions and what was announced."""
    rows = record.get("rows")
    if rows is None or place < rows["announced"]:
        return None
    return int(record["turn"]), place - rows["announced"] + rows["ahead"]


def _is_shown(item: Mapping[str, Any]) -> bool:
    """Return whether an inbound item is shown; replies of staff are among the outbound messages."""
    return item["kind"] != "event" or item["text"] not in {"", CONSOLE_REPLY}


def _inbound(item: Mapping[str, Any]) -> Bubble:
    facts = item.get("shape", {})
    if item["kind"] == "event":
        return Bubble(
            speaker="event",
            kind="event",
            text=item["text"],
            at=datetime.fromisoformat(item["at"]),
            by=facts.get("by", ""),
            note=facts.get("note", ""),
            resolution=facts.get("reason", ""),
        )
    shape = _shape(item["kind"], facts) if facts else None
    return Bubble(
        speaker="sender",
        kind=item["kind"],
        # Beside its shape, a file has only its caption to show, a place or a card nothing.
        text=item["text"] if shape is None else facts.get("caption", ""),
        at=datetime.fromisoformat(item["at"]),
        file=item.get("file", ""),
        shape=shape,
    )


def _shape(kind: str, facts: Mapping[str, Any]) -> Shape:
    if kind == "location":
        degrees = (facts.get("latitude", 0.0), facts.get("longitude", 0.0))
        place = ", ".join(f"{value:.5f}" for value in degrees)
        return Shape(name=facts.get("name", ""), place=place)
    if kind == "contacts":
        cards = (Card(name=one["name"], phones=tuple(one["phones"])) for one in facts["contacts"])
        return Shape(cards=tuple(cards), is_own=facts.get("is_own", False))
    return Shape(
        media=_DOCUMENTS.get(facts.get("mime", ""), facts.get("media", "")),
        name=facts.get("name", ""),
        size=file_size(facts.get("size", 0)),
        doubt=facts.get("doubt", False),
        heard=facts.get("hearing") == "heard",
    )


def file_size(size: int) -> str:
    """Return a number of bytes as people read it, empty when it is not known."""
    if not size:
        return ""
    return f"{max(size // 1000, 1)} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def _tools(record: Mapping[str, Any]) -> tuple[ToolView, ...]:
    """Return the tools that ran; their arguments are in the calls that the model made."""
    calls: dict[str, deque[Mapping[str, Any]]] = {}
    for message in record.get("messages", ()):
        for call in message.get("calls", ()):
            calls.setdefault(call["name"], deque()).append(call.get("arguments", {}))
    views = []
    for tool in record["tools"]:
        waiting = calls.get(tool["name"])
        arguments = waiting.popleft() if waiting else {}
        shown = tuple((name, _redacted(value)) for name, value in arguments.items())
        views.append(ToolView(name=tool["name"], ok=tool["ok"], arguments=shown))
    return tuple(views)


def _redacted(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = redact_stored(text)
    return text if len(text) <= ARGUMENT_LIMIT else f"{text[: ARGUMENT_LIMIT - 1]}…"


def _passage(name: str) -> PassageView:
    """Read `document@version#part`."""
    document, _, rest = name.partition("@")
    return PassageView(document=document, version=rest.partition("#")[0])
