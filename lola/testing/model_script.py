"""Lets a scripted model reply in one step of a scenario, and says what of the script was unused."""

from collections.abc import Sequence

from lola.models.chat import ModelReply
from lola.testing.compare import Difference
from lola.testing.scenario_steps import ModelStep
from lola.testing.scripted_model import ServedScript, calls, says

_DRAFT = "$draft"
"""An argument with this value becomes the id of the open draft, which no file can know."""


class ModelScript(ServedScript):
    """Plays the `model` steps of one scenario step, in order."""

    def __init__(self, steps: Sequence[ModelStep], *, draft_id: str = "") -> None:
        super().__init__(*(_reply(step, draft_id) for step in steps))

    def differences(self) -> list[Difference]:
        """Return the first step that was never used, or that more was asked for than there is."""
        asked, planned = len(self.requests), self.planned
        if asked == planned:
            return []
        place = ("model", asked) if asked < planned else ("model",)
        expected = f"{planned} calls of the scripted model"
        return [Difference(expected=expected, got=str(asked), loc=place)]


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
