"""CommandsAuth: decides whether a slash command may go on (reference/lola.md 8, 13).

`ACTIVE_COMMANDS=false` blocks every message that starts with `/`. When they are active, they are
for operators and testers: in production only the numbers in `COMMAND_NUMBERS` may use them, in
development everybody, unless that list is set.
"""

from typing import Self

from lola.conversation.pipeline import Stage
from lola.domain.messages import TextMessage
from lola.domain.turn import Answer, Turn
from lola.services import Services
from lola.settings import Settings
from lola.text.phone_numbers import canonical
from lola.text.wording import Wording


class CommandsAuthMiddleware(Stage):
    """Lets allowed commands through and answers the others with a notice."""

    name = "CommandsAuth"
    summary = "slash commands: allowed for this deployment and this sender?"

    def __init__(self, settings: Settings, wording: Wording) -> None:
        self._active = settings.active_commands
        self._numbers = frozenset(
            number
            for part in settings.command_numbers.split(",")
            if (number := canonical(part)) is not None
        )
        self._open = not settings.is_production and not self._numbers
        self._wording = wording

    @classmethod
    def build(cls, services: Services) -> Self:
        """Make the stage."""
        return cls(services.settings, services.wording)

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """End the turn with the documented notice when a command is not allowed."""
        if not turn.text.startswith("/") or self._may(turn):
            return turn
        notice = TextMessage(content=self._wording("commands.disabled", turn.language))
        return Answer(turn=turn, messages=(notice,), reason="command_refused")

    def _may(self, turn: Turn) -> bool:
        return self._active and (self._open or turn.address.phone in self._numbers)
