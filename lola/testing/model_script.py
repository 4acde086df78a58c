"""Lets a scripted model reply in one step of a scenario, and says what of the script was unused."""

from collections.abc import Sequence

from lola.errors import ModelError
from lola.models.chat import ModelReply, ModelRequest
from lola.testing.compare import Difference
from lola.testing.scenario_steps import ModelStep
from lola.testing.scripted_model import calls, says

_DRAFT = "$draft"
"""An argument with this value becomes the id of the open draft, which no file can know."""


class ModelScript:
    """A chat model that plays the `model` steps of one scenario step, in order."""

    name = "scripted"

    def __init__(self, steps: Sequence[ModelStep], *, draft_id: str = "") -> None:
        self._replies = [_reply(step, draft_id) for step in steps]
        self._asked = 0

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Play the next step. Raises ModelError when there is none."""
        del request
        self._asked += 1
        if self._asked > len(self._replies):
            raise ModelError("the script has ended", reason="refused", retryable=False)
        return self._replies[self._asked - 1]

    async def close(self) -> None:
        """Do nothing."""

    def differences(self) -> list[Difference]:
        """Return the first step that was never used, or that more was asked for than there is."""
        planned = len(self._replies)
        if self._asked == planned:
            return []
        place = ("model", self._asked) if self._asked < planned else ("model",)
        expected = f"{planned} calls of the scripted model"
        return [Difference(expected=expected, got=str(self._asked), loc=place)]


def _reply(step: ModelStep, draft_id: str) -> ModelReply:
    if not step.calls:
        return says(step.says, step.choices)
    return calls(
        *(
            (
                name,
                {key: draft_id if value == _DRAFT else value for key, value in arguments.items()},
            )
            for name, arguments in step.calls.items()
        )
    )
