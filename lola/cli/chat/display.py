"""How `lola chat` shows turns: bubbles at a terminal, or one JSON object per line."""

import json
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lola.cli.chat.commands import HELP
from lola.cli.transcripts import bubble
from lola.testing.turn_line import ReplyLine, Trace, TurnLine

CLIP = 400


class Display:
    """Prints to `out` what happened, and to stderr what the chat has to say itself."""

    def __init__(self, out: TextIO, *, as_json: bool) -> None:
        self._as_json = as_json
        self._out = out
        self._console = Console(file=out, highlight=False)
        self._notes = Console(stderr=True, highlight=False)

    def turn(self, turn: TurnLine) -> None:
        """Show a turn of the service."""
        if self._as_json:
            self._out.write(turn.model_dump_json() + "\n")
            self._out.flush()
            return
        self._bubbles(turn.replies)
        facts = [turn.route, *turn.tools, *turn.passages, f"{turn.ms} ms"]
        self._console.print(" · ".join(facts), style="dim", markup=False)

    def arrived(self, replies: tuple[ReplyLine, ...]) -> None:
        """Show messages that no message of the sender caused."""
        if self._as_json:
            self.turn(TurnLine(replies=replies))
        else:
            self._bubbles(replies)

    def _bubbles(self, replies: tuple[ReplyLine, ...]) -> None:
        for reply in replies:
            links = tuple(("", url) for url in reply.links)
            self._console.print(bubble(reply.text, reply.options, links, numbered=True))

    def note(self, text: str, *, is_error: bool = False) -> None:
        """Say something about the chat itself, on stderr."""
        self._notes.print(text, style="red" if is_error else "dim", markup=False, soft_wrap=True)

    def trace(self, turn: TurnLine) -> None:
        """Show how a turn was made: tools with arguments and results, guards, model, time."""
        if self._as_json:
            self.turn(turn)
            return
        table = Table(show_header=False, box=None)
        table.add_column(style="dim")
        table.add_column(overflow="fold")
        for name, value in _facts(turn, turn.trace or Trace(turn="", trace_id="")):
            if value:
                table.add_row(name, Text(_clipped(value)))
        self._console.print(table)

    def help(self) -> None:
        """List the commands."""
        for name, (usage, text) in HELP.items():
            self.note(f"/{name} {usage}".ljust(32) + text)
        self.note("a number chooses that option of the last message that offered some")


def _facts(turn: TurnLine, trace: Trace) -> list[tuple[str, Any]]:
    tools = [one["name"] + ("" if one.get("ok", True) else " (failed)") for one in trace.tools]
    return [
        ("route", turn.route),
        ("agent", trace.agent or ""),
        ("language", turn.language),
        ("tools", ", ".join(tools)),
        *(("", line) for message in trace.messages for line in _calls(message)),
        ("passages", ", ".join(turn.passages)),
        ("guards", ", ".join(map(str, trace.findings))),
        ("model", trace.model),
        ("time", f"{turn.ms} ms"),
        ("trace id", trace.trace_id),
    ]


def _calls(message: dict[str, Any]) -> list[str]:
    """Return the calls of tools that a message has, and the result that it is."""
    if message.get("role") == "tool":
        return [f"← {message['name']} {json.dumps(message['result'], ensure_ascii=False)}"]
    return [
        f"→ {call['name']} {json.dumps(call['arguments'], ensure_ascii=False)}"
        for call in message.get("calls", ())
    ]


def _clipped(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= CLIP else f"{text[:CLIP]}…"
