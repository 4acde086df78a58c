"""What was done in a chat, as a scenario file (docs/scenarios.md)."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from lola.cli.chat.client import ChatError
from lola.testing.scenarios import load_scenarios
from lola.testing.turn_line import TurnLine

KINDS = {"passed": "verified", "pending": "pending", "blocked": "blocked", "broken": "broken"}
"""Verdict → the kind of sender that a scenario file names."""


@dataclass(slots=True, kw_only=True)
class Recording:
    """The steps of one sender on one channel; `left_out` are those that no scenario can have."""

    channel: str
    phone: str
    name: str
    verdict: str = ""
    steps: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def add(self, step: dict[str, Any], turns: tuple[TurnLine, ...] = ()) -> None:
        """Keep a step, and what its turns did as what the scenario expects of it."""
        expect: dict[str, Any] = {}
        if turns:
            replies = [reply for turn in turns for reply in turn.replies]
            tools = list(dict.fromkeys(name for turn in turns for name in turn.tools))
            expect = {"route": turns[-1].route, "links": sum(len(one.links) for one in replies)}
            expect |= {"tools": tools} if tools else {}
            expect |= {} if replies else {"silent": True}
        self.steps.append(step | ({"expect": expect} if expect else {}))

    def save(self, path: Path) -> str:
        """Write the file and return a line about it. Raises ChatError when it cannot be written."""
        if not self.steps:
            raise ChatError("nothing was done yet that a scenario can have")
        sender: dict[str, Any] = {"name": self.name, "phone": self.phone}
        if self.verdict:
            sender = {"name": self.name, "kind": KINDS[self.verdict]}
        document = {
            "name": path.stem.replace("_", " ").replace("-", " "),
            "sender": sender,
            "channel": self.channel,
            "steps": self.steps,
        }
        text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=100)
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise ChatError(f"{path} cannot be written: {error.strerror}") from None
        load_scenarios(path)
        omitted = f"; left out: {', '.join(self.left_out)}" if self.left_out else ""
        return f"{len(self.steps)} steps in {path}{omitted}"
