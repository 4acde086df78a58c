"""The audit record of a turn: which route, tools, guards and passages, without what was said."""

from collections.abc import Callable

from lola.conversation.result import TurnResult
from lola.domain.messages import JsonObject


def turn_record(result: TurnResult, fingerprint: Callable[[str], str]) -> JsonObject:
    """Return the record. Of a tool's arguments only the keyed digest is in it.

    `guards` are the guards that found something; without any, all that ran let the reply pass.
    """
    record: JsonObject = {
        "kind": "turn",
        "route": result.route,
        "author": result.author,
        "replies": len(result.messages),
    }
    optional = {
        "staff": result.staff,
        "agent": result.agent,
        "models": list(result.meter.models),
        "tools": [
            {"name": trace.name, "ok": trace.ok, "arguments": fingerprint(trace.arguments)}
            for trace in result.tools
        ],
        "guards": list(result.findings),
        "passages": list(result.passages),
    }
    return record | {name: value for name, value in optional.items() if value}
