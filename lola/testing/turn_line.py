"""One turn as JSON: what the simulated devices return and `lola chat --json` prints.

The schema is published by `lola chat --schema`; a field is added but never renamed.
"""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict

from lola.testing.device import Kind, Received
from lola.testing.simulated_sender import TurnReport


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReplyLine(_Line):
    """One message that the sender got; `options` are titles, `links` are addresses."""

    type: Kind
    text: str
    options: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


class Trace(_Line):
    """How the turn was made, from the conversation's history.

    `tools` are names with `ok`, `findings` are what guards found, `model` is what the calls of chat
    models used, and `messages` are the calls of tools with arguments and results.
    """

    turn: str
    trace_id: str
    agent: str | None = None
    author: str | None = None
    tools: tuple[dict[str, Any], ...] = ()
    findings: tuple[Any, ...] = ()
    model: dict[str, Any] = {}
    messages: tuple[dict[str, Any], ...] = ()


class TurnLine(_Line):
    """One turn. Without a `trace` no message of the sender caused it, such as a colleague's."""

    route: str = ""
    tools: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()
    language: str = ""
    ms: int = 0
    replies: tuple[ReplyLine, ...] = ()
    trace: Trace | None = None


def reply_lines(messages: Iterable[Received]) -> tuple[ReplyLine, ...]:
    """Return messages as a sender sees them."""
    return tuple(
        ReplyLine(
            type=one.kind,
            text=one.text,
            options=tuple(title for _, title in one.options),
            links=tuple(url for _, url in one.links),
        )
        for one in messages
    )


def turn_line(report: TurnReport) -> TurnLine:
    """Return a turn with the part of its history record that a tester needs."""
    kept = {name: report.record[name] for name in Trace.model_fields if name in report.record}
    return TurnLine(
        route=report.route,
        tools=report.tools,
        passages=report.passages,
        language=report.language,
        ms=report.milliseconds,
        replies=reply_lines(report.replies),
        trace=Trace(**kept),
    )
