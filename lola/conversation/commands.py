"""Slash commands for testers, registered on the router's side (reference/lola.md 8, 20.1).

CommandsAuth has already decided whether the sender may use them; what gets here is allowed. No
command shows a prompt, a secret or another sender's data.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import lola
from lola.conversation.result import TurnResult, said
from lola.conversation.router import LogicRouter
from lola.domain.messages import TextMessage
from lola.domain.session import Session
from lola.domain.turn import Turn
from lola.services import Services


class Commands:
    """The built-in commands by name."""

    def __init__(self, services: Services, router: LogicRouter[Any]) -> None:
        self._services = services
        self._wording = services.wording
        self._router = router
        self._handlers: dict[str, Callable[[Turn], Awaitable[TurnResult]]] = {
            "/info": self._info,
            "/new": self._new,
            "/payers": self._payers,
        }

    async def handle(self, turn: Turn) -> TurnResult | None:
        """Run the command that the burst is, or answer None when it is none."""
        if not turn.text.startswith("/"):
            return None
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
            address=turn.session.address, started_at=turn.now, tickets=turn.session.tickets
        )
        outcome = self._say(
            turn.evolve(session=fresh), self._wording("commands.new", turn.language)
        )
        return replace(outcome, boundary=True)

    async def _payers(self, turn: Turn) -> TurnResult:
        lines = []
        for corridor in await self._services.remittances.corridors():
            payers = await self._services.remittances.payers(corridor.country)
            names = ", ".join(payer.name for payer in payers) or "-"
            lines.append(f"{corridor.country}: {names}")
        return self._say(turn, "\n".join(lines))

    def _say(self, turn: Turn, text: str) -> TurnResult:
        return said(turn, "command", TextMessage(content=text[:1024]))
