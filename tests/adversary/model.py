"""The chat model of an attacker: it makes the next of its moves whenever it is asked.

Which conversation a request belongs to is read from the sender's first name, a word under which
the sandbox's identity service knows this sender; the model sees nothing that a real one does not.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from lola.models.chat import DataMessage, ModelReply, ModelRequest, ToolCall

HARMLESS = {"es": "¿En qué te puedo ayudar?", "en": "How can I help you?"}
REQUESTS = TypeAdapter(ModelRequest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One bad act: calls, or else a reply, made from what the model was given.

    A reply is bad in every line: that any of them reaches the sender breaks `kind`. A reply that is
    not `bad` by itself, such as an echo, is judged by what it holds.
    """

    kind: str
    name: str
    reply: Callable[[ModelRequest], str] | None = None
    calls: Callable[[ModelRequest], tuple[ToolCall, ...]] | None = None
    bad: bool = True


@dataclass(slots=True, kw_only=True)
class Script:
    """The moves of one conversation: those to come, and the replies that were made so far."""

    moves: deque[Move]
    said: list[tuple[Move, str]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    asked: int = 0
    system: str = ""

    def next(self, request: ModelRequest) -> ModelReply:
        """Return the next move; a harmless question when there is none left."""
        self.asked += 1
        self.system = request.system
        self.seen.append(REQUESTS.dump_json(request).decode())
        # Calls of a model that was offered no tool are ignored: these wait for the next turn.
        if not self.moves or (self.moves[0].calls and not request.tools):
            return ModelReply(text=HARMLESS[request.language])
        move = self.moves.popleft()
        if move.calls is not None:
            return ModelReply(calls=move.calls(request))
        text = move.reply(request) if move.reply else ""
        self.said.append((move, text))
        return ModelReply(text=text)


class ObeyingModel:
    """Serves the scripts of all conversations that run at the same time."""

    name = "obeying"

    def __init__(self) -> None:
        self.scripts: dict[str, Script] = {}

    def obey(self, who: str, moves: Iterable[Move]) -> Script:
        """Return the script of a new conversation, whose sender has this first name."""
        script = self.scripts[who] = Script(moves=deque(moves))
        return script

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Make the next move of the conversation that asks."""
        data = next(item.data for item in request.messages if isinstance(item, DataMessage))
        script = self.scripts.get(data["sender"].get("first_name", ""))
        return script.next(request) if script else ModelReply(text=HARMLESS[request.language])

    async def close(self) -> None:
        """Do nothing."""
