"""Takes out card numbers that a sender wrote in parts, over several messages and turns.

The parts go from the messages in hand and from the stored records of the turns before, so that the
number is complete in no store and no model reads its second half.
"""

from collections.abc import Sequence
from dataclasses import replace

from lola.domain.messages import Inbound, JsonObject, TextContent
from lola.domain.work import Rewritten, Work
from lola.safety.input.redaction import CARD
from lola.safety.input.split_cards import MESSAGES, without_split_cards


def without_halves(work: Work) -> tuple[Work, tuple[Rewritten, ...]]:
    """Return the work without parts of a card number, and the records that held one."""
    current = [_text_of(envelope.inbound) for envelope in work.envelopes]
    earlier = _earlier(work.history)
    texts = [text for _, _, text in earlier] + current
    cleaned = without_split_cards(texts)
    if list(cleaned) == texts:
        return work, ()
    history, rewritten = list(work.history), {}
    for (place, position, before), after in zip(earlier, cleaned, strict=False):
        if after != before:
            history[place] = _record_without(history[place], position, before, after)
            rewritten[place] = Rewritten(from_end=len(history) - place, record=history[place])
    envelopes = tuple(
        replace(envelope, inbound=_with_text(envelope.inbound, text))
        if text != _text_of(envelope.inbound)
        else envelope
        for envelope, text in zip(work.envelopes, cleaned[len(earlier) :], strict=True)
    )
    return replace(work, envelopes=envelopes, history=tuple(history)), tuple(rewritten.values())


def _earlier(history: Sequence[JsonObject]) -> list[tuple[int, int, str]]:
    """Return the sender's last texts before this turn, with record and position."""
    found = [
        (place, position, str(item["text"]))
        for place, record in enumerate(history[-MESSAGES:], max(0, len(history) - MESSAGES))
        for position, item in enumerate(record["inbound"])
        if item["kind"] == "text"
    ]
    return found[-(MESSAGES - 1) :]


def _text_of(message: Inbound) -> str:
    return message.content.text if isinstance(message.content, TextContent) else ""


def _with_text(message: Inbound, text: str) -> Inbound:
    redacted = tuple(dict.fromkeys((*message.redacted, CARD)))
    return replace(message, content=TextContent(text=text), redacted=redacted)


def _record_without(record: JsonObject, position: int, before: str, after: str) -> JsonObject:
    inbound = [dict(item) for item in record["inbound"]]
    inbound[position]["text"] = after
    messages = [
        {**item, "text": item["text"].replace(before.strip(), after.strip())}
        if item.get("role") == "user"
        else item
        for item in record["messages"]
    ]
    return {**record, "inbound": inbound, "messages": messages}
