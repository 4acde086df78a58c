"""Agent: the last stage. The router chooses an agent, and it replies within the turn's limits.

What the sender may take from the models is reserved first; when nothing is left, code replies and
no model is asked; the same where a sender's turns hit guards or named foreign things too often
that day. A model that fails, or takes longer than the turn has, becomes an honest sentence.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Self

import structlog

from lola.agent.context import EARLIER
from lola.agent.loop import Agent
from lola.agent.result import AgentResult
from lola.conversation.degrade import REASON, after_hit, after_reply, menu
from lola.conversation.handoff import Handoff
from lola.conversation.history import context_of
from lola.conversation.interim import Interim
from lola.conversation.pipeline import BuiltIn
from lola.conversation.result import TurnResult, agent_reply, no_reply, reply_with
from lola.conversation.router import SERVICE_UNAVAILABLE, LogicRouter
from lola.conversation.stages.offers import bound
from lola.conversation.stages.parts import EngineParts
from lola.domain.messages import Outbound, TextMessage
from lola.domain.turn import Turn
from lola.errors import ModelError, PartnerUnavailableError
from lola.formatting import Enhancer
from lola.models.budgets import Budgets
from lola.models.chat import ModelMessage
from lola.models.meter import Meter
from lola.services import Services
from lola.state.rates import DAY, Rate, Rates
from lola.telemetry import names

PROBED = frozenset({"leak", "card", "links"})
"""Guards that are hit where somebody tries to; a wrong figure is the model's own mistake."""

log = structlog.get_logger(__name__)


class AgentStage(BuiltIn):
    """Routes to an agent and asks it. Keeps nothing between turns."""

    name = "Agent"
    summary = "the router chooses an agent, which replies"
    protects = "every message that no other stage ended is answered"

    def __init__(
        self,
        services: Services,
        router: LogicRouter[Agent],
        handoff: Handoff,
        budgets: Budgets,
        rates: Rates,
        interim: Interim,
        enhancer: Enhancer,
    ) -> None:
        self._settings = services.settings
        self._wording = services.wording
        self._router = router
        self._handoff = handoff
        self._budgets = budgets
        self._rates = rates
        probes = services.settings.probes_per_day or 0
        self._probes = Rate(name="probes", count=probes, seconds=DAY)
        self._interim = interim
        self._enhancer = enhancer

    @classmethod
    def from_parts(cls, parts: EngineParts) -> Self:
        """Build the stage."""
        return cls(
            parts.services,
            parts.router,
            parts.handoff,
            parts.budgets,
            parts.rates,
            Interim(parts.services, parts.inbox),
            parts.enhancer,
        )

    async def incoming(self, turn: Turn) -> TurnResult:
        """Reply. Raises StoreUnavailableError, and PartnerUnavailableError if all else fails."""
        meter = Meter()
        route, agent = self._router.route(turn)
        try:
            return await self._answer(turn, route, agent, meter)
        except PartnerUnavailableError as error:
            return await self.without_partner(turn, error, meter)

    async def without_partner(
        self, turn: Turn, error: PartnerUnavailableError, meter: Meter | None = None
    ) -> TurnResult:
        """Reply with the agent for outages, because a partner did not answer this turn."""
        log.warning(names.PARTNER_UNAVAILABLE, partner=error.partner, code=error.code)
        agent = self._router.agent(SERVICE_UNAVAILABLE)
        return await self._answer(turn, SERVICE_UNAVAILABLE, agent, meter or Meter())

    async def _answer(self, turn: Turn, route: str, agent: Agent, meter: Meter) -> TurnResult:
        if not turn.text:
            return replace(no_reply(turn, "nothing_said"), meter=meter)
        context = context_of(
            turn.work.history,
            turn.session,
            turns=self._settings.core_history_window_length,
            tokens=self._settings.core_history_tokens,
        )
        if context.earlier:
            turn = turn.evolve(notes={**turn.notes, EARLIER: context.earlier})
        if (await self._rates.look(turn.account, self._probes)).refused:
            log.warning(names.PROBING_STOPPED, conversation=turn.conversation, route=route)
            return self._handoff.offered(turn, f"{route}:probing", "limits.probes")
        name = str(turn.work.envelopes[-1].seq)
        usage = agent.max_usage(turn, context.messages)
        async with self._budgets.spend(turn, name, usage, meter) as may_ask:
            if may_ask:
                result = await self._ask(turn, route, agent, context.messages, meter)
            else:
                log.warning(names.BUDGET_SPENT, conversation=turn.conversation, route=route)
                result = self._handoff.offered(turn, f"{route}:spent", "agent.spent")
        await self._count_probes(result)
        return replace(result, agent=agent.definition.label(turn.language), meter=meter)

    async def _count_probes(self, result: TurnResult) -> None:
        """Count what looks like an attempt: a reply that a guard refused, another one's id."""
        guards = sum(guard in PROBED for guard in result.findings)
        hits = guards + sum(trace.is_foreign for trace in result.tools)
        if hits:
            turn = result.turn
            await self._rates.take(turn.account, self._probes, at=(turn.now,) * hits)

    async def _ask(
        self,
        turn: Turn,
        route: str,
        agent: Agent,
        history: Sequence[ModelMessage],
        meter: Meter,
    ) -> TurnResult:
        announced: list[Outbound] = []
        try:
            async with self._interim.announcing(turn, announced):
                reply = await agent.answer(
                    turn,
                    history,
                    meter=meter,
                    seconds=self._settings.turn_seconds - turn.seconds,
                )
        except ModelError as error:
            log.warning(names.MODEL_FAILED, code=error.code, reason=error.reason, route=route)
            # What was blocked for its content would be blocked again.
            key = "agent.unsure" if error.reason == "blocked" else "agent.trouble"
            trouble = TextMessage(content=self._wording(key, turn.language))
            result = reply_with(turn, f"{route}:trouble", trouble)
        else:
            result = await self._shaped(route, reply, meter)
        return replace(result, announced=tuple(announced))

    async def _shaped(self, route: str, reply: AgentResult, meter: Meter) -> TurnResult:
        """Give the agent's text its final form, or call the person that it asked for."""
        turn = reply.turn
        if reply.escalate:
            return self._handoff.requested(turn, reply.escalate)
        session, mode = after_hit(turn.session) if reply.is_refused else after_reply(turn)
        turn = turn.evolve(session=session)
        reply = replace(reply, turn=turn)
        if mode == "person":
            result = self._handoff.requested(turn, REASON)
            return replace(result, tools=reply.tools, findings=reply.findings)
        if mode == "menu" and not reply.say:
            return agent_reply(route, reply, (menu(self._wording, turn.language),))
        if reply.is_refused:
            return agent_reply(route, reply, (TextMessage(content=reply.text),))
        messages = reply.say or await self._enhancer.shape(
            reply.text,
            reply.options,
            language=turn.language,
            meter=meter,
            seconds=min(
                self._settings.enhancer_seconds, self._settings.turn_seconds - turn.seconds
            ),
        )
        # A sender is never left without an answer (docs/safety.md G13).
        silence = TextMessage(content=self._wording("agent.trouble", turn.language))
        return agent_reply(route, reply, bound(messages, turn) or (silence,))
