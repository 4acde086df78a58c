"""CommandsAuth and Commands: slash commands for testers (reference/lola.md 8, 13, 20.1).

`ACTIVE_COMMANDS=false` blocks every message that starts with `/`. When they are active, they are
for operators and testers: in production only the numbers in `COMMAND_NUMBERS` may use them, in
development every sender, unless that list is set. No command shows a prompt, a secret or another
sender's data.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Self

import lola
from lola.conversation.pipeline import BuiltIn, Stage
from lola.conversation.result import TurnResult, reply_with
from lola.conversation.router import LogicRouter
from lola.conversation.stages.parts import EngineParts
from lola.domain.messages import TextMessage
from lola.domain.session import Session
from lola.domain.turn import Answer, Turn
from lola.services import Services
from lola.settings import Settings
from lola.text.phone_numbers import canonical
from lola.text.wording import Wording

ROUTE = "command"


class CommandsAuth(Stage):
    """Lets allowed commands through and replies to the others with a notice."""

    name = "CommandsAuth"
    summary = "slash commands: allowed for this deployment and this sender?"
    protects = "only testers use commands, and act as another sender with them"
    ahead_of = frozenset({"PhoneFaker", "Commands"})

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
        """Build the stage."""
        return cls(services.settings, services.wording)

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """End the turn with the documented notice when a command is not allowed."""
        if not turn.text.startswith("/") or self._may_use(turn):
            return turn
        notice = TextMessage(content=self._wording("commands.disabled", turn.language))
        return Answer(turn=turn, messages=(notice,), route="command_refused")

    def _may_use(self, turn: Turn) -> bool:
        return self._active and (self._open or turn.address.phone in self._numbers)


class CommandsStage(BuiltIn):
    """Runs the commands that CommandsAuth let through."""

    name = "Commands"
    summary = "runs /info, /new and /payers"

    def __init__(self, services: Services, router: LogicRouter[Any]) -> None:
        self._services = services
        self._wording = services.wording
        self._router = router
        self._handlers: dict[str, Callable[[Turn], Awaitable[TurnResult]]] = {
            "/info": self._info,
            "/new": self._new,
            "/payers": self._payers,
        }

    @classmethod
    def from_parts(cls, parts: EngineParts) -> Self:
        """Build the stage."""
        return cls(parts.services, parts.router)

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """End the turn when the burst is a command."""
        if not turn.text.startswith("/"):
            return turn
        handler = self._handlers.get(turn.text.split()[0].lower())
        if handler is None:
            names = ", ".join(self._handlers)
            return self._say(turn, self._wording("commands.unknown", turn.language, names=names))
        return await handler(turn)

    async def _info(self, turn: Turn) -> TurnResult:
        route, _ = self._router.route(turn)
        return self._say(
            turn,
            self._wording(
                "commands.info",
                turn.language,
                version=lola.__version__,
                conversation=turn.conversation,
                route=route,
                identity=turn.identity.status,
                spoken=turn.language,
                model=", ".join(self._services.settings.model_names),
            ),
        )

    async def _new(self, turn: Turn) -> TurnResult:
        """Forget the session and its history; tickets that are out stay known."""
        fresh = Session(
            address=turn.session.address,
            started_at=turn.now,
            tickets=turn.session.tickets,
            enrolments=turn.session.enrolments,
        )
        result = self._say(turn.evolve(session=fresh), self._wording("commands.new", turn.language))
        return replace(result, boundary=True)

    async def _payers(self, turn: Turn) -> TurnResult:
        lines = []
        for corridor in await self._services.remittances.corridors():
            payers = await self._services.remittances.payers(corridor.country)
            names = ", ".join(payer.name for payer in payers) or "-"
            lines.append(f"{corridor.country}: {names}")
        return self._say(turn, "\n".join(lines))

    def _say(self, turn: Turn, text: str) -> TurnResult:
        return reply_with(turn, ROUTE, TextMessage(content=text[:1024]))
