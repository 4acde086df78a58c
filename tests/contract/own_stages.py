"""Stages as a bank writes them, for the tests of the pipeline's promises."""

from dataclasses import dataclass, field
from typing import ClassVar

from lola.conversation.pipeline import EVERYTHING, Stage, kind_of
from lola.domain.messages import Outbound, TextMessage
from lola.domain.turn import Answer, Turn

SHOUT = TextMessage(content="¡Habla el banco!")


@dataclass
class Book:
    """What a stage saw: the kind of turn with its text or the event's name."""

    lines: list[tuple[str, str]] = field(default_factory=list)


class Watcher(Stage):
    """Sees everything, writes it down, and tries to speak whenever the bot must not."""

    name = "Watcher"
    summary = "writes down what happens"
    sees = EVERYTHING
    book: ClassVar[Book] = Book()

    async def incoming(self, turn: Turn) -> Turn | Answer:
        kind = kind_of(turn)
        self.book.lines.append((kind, turn.text or getattr(turn.last.content, "name", "")))
        if kind == "messages":
            return turn
        return Answer(turn=turn, messages=(SHOUT,), route="watcher")

    async def outgoing(self, turn: Turn, messages: tuple[Outbound, ...]) -> tuple[Outbound, ...]:
        return messages if kind_of(turn) == "messages" else (*messages, SHOUT)


class Plain(Stage):
    """Declares nothing, and therefore sees messages to the bot."""

    name = "Plain"
    summary = "writes down what it sees"
    book: ClassVar[Book] = Book()

    async def incoming(self, turn: Turn) -> Turn | Answer:
        self.book.lines.append((kind_of(turn), turn.text))
        return turn
