"""The record of a turn as it is kept, and the model's window over the last ones.

The window is cut between turns, never inside one, so that every tool result stays behind its call
(the peer framework's most repeated bug, reference/celai.md 4).
"""

from collections.abc import Sequence

from lola.conversation.outcome import Outcome
from lola.delivery.model import Work
from lola.messages import EventContent, Inbound, JsonObject, outbound_to_json
from lola.models.chat import MESSAGES, ModelMessage
from lola.turn import spoken


def record_of(work: Work, outcome: Outcome, *, milliseconds: int) -> JsonObject:
    """Answer the plain JSON that stands for this turn in the history."""
    turn = outcome.turn
    return {
        "turn": str(work.envelopes[-1].seq),
        "trace_id": turn.trace_id,
        "at": turn.now.isoformat(),
        "inbound": [
            {
                "id": envelope.inbound.id,
                "kind": envelope.inbound.content.type,
                "text": _words(envelope.inbound),
                "at": envelope.accepted_at.isoformat(),
            }
            for envelope in work.envelopes
        ],
        "outbound": [outbound_to_json(message) for message in outcome.messages],
        "author": outcome.author,
        "staff": outcome.staff,
        "route": outcome.route,
        "tools": [{"name": trace.name, "ok": trace.ok} for trace in outcome.tools],
        "passages": list(outcome.passages),
        "findings": list(outcome.findings),
        "language": turn.language,
        "agent": outcome.agent,
        "model": outcome.meter.to_json(),
        "ms": milliseconds,
        "boundary": outcome.boundary,
        "messages": MESSAGES.dump_python(outcome.remember, mode="json"),
    }


def _words(message: Inbound) -> str:
    """What stands in the transcript: the sender's words, or an event's name."""
    content = message.content
    return content.name if isinstance(content, EventContent) else spoken(message)


def window(history: Sequence[JsonObject], turns: int) -> tuple[ModelMessage, ...]:
    """Answer the messages of the last `turns` turns since the last boundary, oldest first."""
    since = [
        position for position, record in enumerate(history) if record.get("boundary")
    ]  # fmt: skip
    recent = history[since[-1] + 1 :] if since else history
    messages: list[ModelMessage] = []
    for record in recent[-turns:]:
        messages.extend(MESSAGES.validate_python(record["messages"]))
    return tuple(messages)
