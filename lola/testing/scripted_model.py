"""A chat model that follows a test's script, for instance a model that obeys an attacker."""

from collections.abc import Iterable

from lola.errors import LolaError, ModelError
from lola.models.chat import ModelReply, ModelRequest, ToolCall


class ScriptError(LolaError):
    """The model was called more or less often than the script says."""

    code = "LOLA-902"


class ScriptedModel:
    """A chat model that plays its steps in order. A step may be an error, which is raised."""

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
        """Raise ScriptError if steps remain, because the test did not do what it claims."""
        if self._steps:
            raise ScriptError(f"{len(self._steps)} steps were never played")

    async def close(self) -> None:
        """Do nothing."""


class ServedScript(ScriptedModel):
    """A script for the agents of a running service.

    Being asked too often fails the turn as an outage of the model would, and fails `finish` too.
    """

    def __init__(self, *steps: ModelReply | Exception) -> None:
        super().__init__(*steps)
        self.planned = len(steps)

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Play the next step. Raises ModelError when there is none."""
        try:
            return await super().complete(request)
        except ScriptError as error:
            raise ModelError(str(error), reason="refused", retryable=False) from None

    def finish(self) -> None:
        """Raise ScriptError unless the script was played exactly once, to its end."""
        super().finish()
        if len(self.requests) > self.planned:
            raise ScriptError(f"{self.planned} steps, but asked {len(self.requests)} times")


def says(text: str, choices: Iterable[str] = ()) -> ModelReply:
    """Return a step that replies with text."""
    return ModelReply(text=text, choices=tuple(choices))


def calls(*wanted: tuple[str, dict[str, object]]) -> ModelReply:
    """Return a step with tool calls, all in one message."""
    return ModelReply(
        calls=tuple(
            ToolCall(id=f"call-{number}", name=name, arguments=arguments)
            for number, (name, arguments) in enumerate(wanted)
        )
    )
