"""An agent's answer within its turn's budgets. Whatever happens, the sender gets words.

What the sender may take from the models is set aside first; when there is none left, code answers
and no model is asked. A slow answer is announced once, ahead of itself. A model that fails, or
takes longer than the turn has, is an honest sentence.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from time import monotonic

import structlog

from lola.agent.context import EARLIER
from lola.agent.loop import Agent
from lola.agent.result import AgentResult
from lola.conversation.handoff import Handoff
from lola.conversation.history import window
from lola.conversation.result import TurnResult, from_agent, said, silence
from lola.delivery.inbox import Inbox
from lola.delivery.model import Effects, Reply, Work
from lola.domain.messages import Outbound, TextMessage
from lola.domain.turn import Turn
from lola.errors import ModelError, StoreUnavailableError
from lola.formatting import Enhancer
from lola.models.budgets import Budgets
from lola.models.chat import ModelMessage
from lola.models.meter import Meter
from lola.services import Services
from lola.telemetry import names

# Later than this, "one moment" would be said about something long answered.
MOMENT_HOLDS = timedelta(seconds=30)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A turn that is being worked on: its work, when it began, and what its models took so far."""

    work: Work
    started: float = field(default_factory=monotonic)
    meter: Meter = field(default_factory=Meter)

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return monotonic() - self.started


class Answering:
    """Asks agents. Keeps nothing between turns."""

    def __init__(
        self,
        services: Services,
        people: Handoff,
        budgets: Budgets,
        inbox: Inbox,
        enhancer: Enhancer,
    ) -> None:
        self._services = services
        self._settings = services.settings
        self._wording = services.wording
        self._people = people
        self._budgets = budgets
        self._inbox = inbox
        self._enhancer = enhancer

    async def answer(self, turn: Turn, running: Running, route: str, agent: Agent) -> TurnResult:
        """Answer with an agent. Raises PartnerUnavailableError, and StoreUnavailableError."""
        if not turn.text:
            return silence(turn, "nothing_said")
        seen = window(
            running.work.history,
            turn.session,
            turns=self._settings.core_history_window_length,
            tokens=self._settings.core_history_tokens,
        )
        if seen.earlier:
            turn = turn.evolve(notes={**turn.notes, EARLIER: seen.earlier})
        name = str(running.work.envelopes[-1].seq)
        usage = agent.max_usage(turn, seen.messages)
        async with self._budgets.spend(turn, name, usage, running.meter) as may_ask:
            if may_ask:
                outcome = await self._ask(turn, running, route, agent, seen.messages)
            else:
                log.warning(names.BUDGET_SPENT, conversation=turn.conversation, route=route)
                outcome = self._people.offered(turn, f"{route}:spent", "agent.spent")
        return replace(outcome, agent=agent.definition.label(turn.language))

    async def _ask(
        self,
        turn: Turn,
        running: Running,
        route: str,
        agent: Agent,
        history: Sequence[ModelMessage],
    ) -> TurnResult:
        announced: list[Outbound] = []
        try:
            async with self._announcing(turn, running, announced):
                result = await agent.answer(
                    turn,
                    history,
                    meter=running.meter,
                    seconds=self._settings.turn_seconds - running.seconds,
                )
        except ModelError as error:
            log.warning(names.MODEL_FAILED, code=error.code, reason=error.reason, route=route)
            # What was blocked for its content would be blocked again.
            key = "agent.unsure" if error.reason == "blocked" else "agent.trouble"
            trouble = TextMessage(content=self._wording(key, turn.language))
            outcome = said(turn, f"{route}:trouble", trouble)
        else:
            outcome = await self._said(route, result, running)
        return replace(outcome, announced=tuple(announced))

    async def _said(self, route: str, result: AgentResult, running: Running) -> TurnResult:
        if result.escalate:
            return self._people.requested(result.turn, running.work.ownership, result.escalate)
        messages = result.say or await self._enhancer.shape(
            result.text,
            result.options,
            language=result.turn.language,
            meter=running.meter,
            seconds=min(
                self._settings.enhancer_seconds, self._settings.turn_seconds - running.seconds
            ),
        )
        return from_agent(route, result, messages)

    @asynccontextmanager
    async def _announcing(
        self, turn: Turn, running: Running, announced: list[Outbound]
    ) -> AsyncIterator[None]:
        """Say "one moment" when the body takes longer than the channel's delay."""
        delay = self._settings.moment_seconds
        if isinstance(delay, Mapping):
            delay = delay.get(turn.address.channel, 0.0)
        if not delay:
            yield
            return
        task = asyncio.create_task(self._announce(turn, running, delay, announced))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def _announce(
        self, turn: Turn, running: Running, delay: float, announced: list[Outbound]
    ) -> None:
        await asyncio.sleep(max(0.0, delay - running.seconds))
        moment = TextMessage(content=self._wording("agent.moment", turn.language))
        ahead = Effects(
            address=turn.session.address,
            state={},
            record={},
            replies=(Reply(message=moment, valid_until=self._services.clock() + MOMENT_HOLDS),),
            language=turn.language,
            heard_at=turn.session.heard_at,
        )
        # An answer that comes unannounced is better than none: Redis will be asked again for it.
        with suppress(StoreUnavailableError):
            if await self._inbox.send_interim(running.work, ahead):
                announced.append(moment)
