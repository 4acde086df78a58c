"""The record of a turn as it is stored, and the conversation context that a model gets of them.

The context is cut between turns, never inside one, so that every tool result stays behind its call.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from lola.conversation.result import TurnResult
from lola.domain.events import STAFF_EVENTS
from lola.domain.messages import (
    ContactsContent,
    EventContent,
    Inbound,
    JsonObject,
    LocationContent,
    MediaContent,
    outbound_to_json,
)
from lola.domain.session import Session
from lola.domain.turn import transcribed
from lola.domain.work import Rewritten, Work
from lola.models.chat import MESSAGES, ModelMessage
from lola.models.tokens import estimate_messages
from lola.safety.input.accounts import ACCOUNT

LINES_KEPT = 12
PROMISES_KEPT = 4
CLIP = 160
# Turns that are read at all, as a multiple of those in the context: the gist needs older ones.
REACH = 3


def record_of(work: Work, result: TurnResult, *, milliseconds: int, ahead: int = 0) -> JsonObject:
    """Return the plain JSON of this turn for the history.

    `ahead` older replies leave before those of this turn.
    """
    turn = result.turn
    return {
        "turn": str(work.envelopes[-1].seq),
        "trace_id": turn.trace_id,
        "at": turn.now.isoformat(),
        "inbound": [
            {
                "id": envelope.inbound.id,
                "kind": envelope.inbound.content.type,
                "text": _transcript(envelope.inbound),
                "at": envelope.accepted_at.isoformat(),
                **_sealed(envelope.inbound),
                **_kept(envelope.inbound),
                **_shape(envelope.inbound),
            }
            for envelope in work.envelopes
        ],
        "outbound": [
            outbound_to_json(message) for message in (*result.announced, *result.messages)
        ],
        # Where the rows of the messages begin; what was announced has rows of its own.
        "rows": {"announced": len(result.announced), "ahead": ahead},
        "author": result.author,
        "staff": result.staff,
        "route": result.route,
        "tools": [{"name": trace.name, "ok": trace.ok} for trace in result.tools],
        "passages": list(result.passages),
        "findings": list(result.findings),
        "language": turn.language,
        "agent": result.agent,
        "model": result.meter.to_json(),
        "ms": milliseconds,
        "stages": list(result.stages),
        "boundary": result.boundary,
        "messages": MESSAGES.dump_python(result.remember, mode="json"),
    }


def without_words(history: Sequence[JsonObject]) -> tuple[Rewritten, ...]:
    """Return the records of a history without what either side said; ids and times stay."""
    return tuple(
        Rewritten(
            from_end=len(history) - place,
            record={
                **record,
                "inbound": [_without_text(item) for item in record["inbound"]],
                "outbound": [],
                "messages": [],
            },
        )
        for place, record in enumerate(history)
    )


def _without_text(item: JsonObject) -> JsonObject:
    return {name: item[name] for name in ("id", "kind", "at")} | {"text": ""}


def _sealed(message: Inbound) -> JsonObject:
    """Return what the bank's vault keeps of a message; nothing where there is none."""
    kept = [value for value in message.sealed if value.kind != ACCOUNT]
    return {"sealed": [asdict(value) for value in kept]} if kept else {}


def _kept(message: Inbound) -> JsonObject:
    """Return the id under which staff find the file of a message; nothing where none is kept."""
    content = message.content
    return {"file": content.kept} if isinstance(content, MediaContent) and content.kept else {}


def _shape(message: Inbound) -> JsonObject:
    """Return what a message without plain words is, so that staff see it as that."""
    match message.content:
        case MediaContent() as file:
            names = ("media", "caption", "name", "mime", "size", "hearing", "doubt")
            facts = {name: getattr(file, name) for name in names}
        case LocationContent(latitude=latitude, longitude=longitude, name=name):
            facts = {"name": name, "latitude": latitude, "longitude": longitude}
        case ContactsContent(contacts=contacts, is_own=is_own):
            cards = [{"name": card.name, "phones": list(card.phones)} for card in contacts]
            facts = {"contacts": cards, "is_own": is_own}
        case EventContent(name=name, data=data) if name in STAFF_EVENTS:
            told = {"by": "staff", "note": "note", "reason": "reason"}
            facts = {name: str(data.get(key, "")) for name, key in told.items()}
        case _:
            return {}
    return {"shape": {name: value for name, value in facts.items() if value}}


def _transcript(message: Inbound) -> str:
    """Return what the sender sent, as text, or an event's name."""
    content = message.content
    return content.name if isinstance(content, EventContent) else transcribed(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The conversation context for the model: whole turns, and the gist of those before them."""

    messages: tuple[ModelMessage, ...] = ()
    earlier: JsonObject = field(default_factory=dict)


def context_of(
    history: Sequence[JsonObject], session: Session, *, turns: int, tokens: int
) -> Context:
    """Return the last `turns` turns since the last boundary that fit into about `tokens`.

    The newest turn is always among them. Of older ones the gist is kept, without asking a model.
    """
    recent = _since_boundary(history)
    kept: list[tuple[ModelMessage, ...]] = []
    left = tokens
    for record in reversed(recent[-turns:]):
        messages = MESSAGES.validate_python(record["messages"])
        left -= estimate_messages(messages)
        if kept and left < 0:
            break
        kept.append(messages)
    return Context(
        messages=tuple(message for messages in reversed(kept) for message in messages),
        earlier=_gist(recent[: len(recent) - len(kept)], session),
    )


def _since_boundary(history: Sequence[JsonObject]) -> Sequence[JsonObject]:
    boundaries = [place for place, record in enumerate(history) if record.get("boundary")]
    return history[boundaries[-1] + 1 :] if boundaries else history


def _gist(records: Sequence[JsonObject], session: Session) -> JsonObject:
    """Return the facts of turns that a model no longer sees; nothing when there are none.

    The draft and the tickets are in the session and always told. What would be lost is what the
    sender said, what they settled on before there was a draft, and what staff or code promised.
    """
    if not records:
        return {}
    said = [
        line["text"]
        for record in records
        for line in record["inbound"]
        if line["text"] and line["kind"] != "event"
    ]
    told = [
        message["content"]
        for record in records
        if record["author"] != "bot"
        for message in record["outbound"]
    ]
    return {
        "turns": len(records),
        "sender_said": [_clipped(text) for text in said[-LINES_KEPT:]],
        "told": [_clipped(text) for text in told[-PROMISES_KEPT:]],
        "settled": _settled(records, session),
    }


def _settled(records: Sequence[JsonObject], session: Session) -> JsonObject:
    """Return the newest arguments of calls that worked, since the last link closed a transfer."""
    closed_at = session.tickets[-1].created_at if session.tickets else None
    settled: JsonObject = {}
    for record in records:
        if closed_at is not None and datetime.fromisoformat(record["at"]) <= closed_at:
            continue
        for call, result in _exchanges(record["messages"]):
            if "error" not in result:
                settled |= _plain(call["arguments"])
    return settled


def _exchanges(messages: Sequence[JsonObject]) -> Iterator[tuple[JsonObject, JsonObject]]:
    """Yield each call with its result, which belongs to the message before it.

    Ids may begin anew in each reply of a turn, so none is looked up over the whole turn.
    """
    calls: dict[str, JsonObject] = {}
    for message in messages:
        if message["role"] == "assistant":
            calls = {call["id"]: call for call in message.get("calls", ())}
        elif message["role"] == "tool" and message["call_id"] in calls:
            yield calls[message["call_id"]], message["result"]


def _plain(arguments: JsonObject) -> JsonObject:
    return {
        name: value
        for name, value in arguments.items()
        if isinstance(value, str | int | float) and value != "" and len(str(value)) <= CLIP
    }


def _clipped(text: str) -> str:
    return text if len(text) <= CLIP else f"{text[: CLIP - 1]}…"
