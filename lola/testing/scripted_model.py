"""A chat model that says what a test tells it to, and complains when it was not asked enough.

For tests only, and for the worst case above all: a model that obeys an attacker.
"""

from collections.abc import Iterable

from lola.errors import LolaError
from lola.models.chat import ModelReply, ModelRequest, ToolCall


class ScriptError(LolaError):
    """The script and the service disagree about how often the model is asked."""

    code = "LOLA-902"


class ScriptedModel:
    """Answers its steps in order. A step may be an error, which is raised."""

    name = "scripted"

    def __init__(self, *steps: ModelReply | Exception) -> None:
        self._steps = list(steps)
        self.requests: list[ModelRequest] = []

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Play the next step. Raises ScriptError when there is none."""
        self.requests.append(request)
        if not self._steps:
            raise ScriptError("the model was asked more often than the script says")
        step = self._steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    def finish(self) -> None:
        """Raises ScriptError while steps remain: what was not played proves nothing."""
        if self._steps:
            raise ScriptError(f"{len(self._steps)} steps were never played")

    async def close(self) -> None:
        """There is nothing to close."""


def says(text: str, choices: Iterable[str] = ()) -> ModelReply:
    """A step with words."""
    return ModelReply(text=text, choices=tuple(choices))


def calls(*wishes: tuple[str, dict[str, object]]) -> ModelReply:
    """A step with tool calls, all in one round."""
    return ModelReply(
        calls=tuple(
            ToolCall(id=f"call-{number}", name=name, arguments=arguments)
            for number, (name, arguments) in enumerate(wishes)
        )
    )
