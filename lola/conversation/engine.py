"""The road of one turn: consent, owner, pipeline, gates, router, agent, enhancement.

It is called with leased work and answers what to commit. It may be called again for the same work
after a crash, so whatever it does outside (only the widget link) is safe to repeat.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from lola.agent.loop import Agent
from lola.consent import ConsentStore
from lola.conversation.answering import Answering, Running
from lola.conversation.choices import resolve_choice
from lola.conversation.commands import Commands
from lola.conversation.consent import ROUTE as CONSENT
from lola.conversation.consent import ConsentGate
from lola.conversation.deadlines import deadlines
from lola.conversation.deferred import deferred_replies
from lola.conversation.events import Events
from lola.conversation.handoff import Handoff
from lola.conversation.history import record_of
from lola.conversation.notices import notice_for
from lola.conversation.phone_proof import PhoneProof
from lola.conversation.pipeline import Pipeline
from lola.conversation.result import TurnResult, said, silence
from lola.conversation.router import SERVICE_UNAVAILABLE, LogicRouter
from lola.delivery.inbox import Inbox
from lola.delivery.model import Effects, Reply, Work
from lola.domain.session import Session, session_from_json, session_to_json
from lola.domain.turn import Answer, Turn
from lola.errors import PartnerRefusedError, PartnerUnavailableError
from lola.formatting import Enhancer
from lola.models.budgets import Budgets
from lola.money.approvals import read_decision
from lola.money.callbacks import Handlers
from lola.money.data_requests import DataRequests
from lola.money.renewal import read_renewal
from lola.services import Services
from lola.telemetry import names
from lola.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)


class TurnEngine:
    """Answers turns. Built once by the composition root; keeps nothing between turns."""

    def __init__(
        self,
        *,
        services: Services,
        pipeline: Pipeline,
        router: LogicRouter[Agent],
        handlers: Handlers,
        data_requests: DataRequests,
        metrics: Metrics,
        consent: ConsentStore,
        budgets: Budgets,
        inbox: Inbox,
        enhancer: Enhancer,
        proving_channels: Collection[str] = (),
    ) -> None:
        self.pipeline = pipeline
        self.router = router
        self._services = services
        self._wording = services.wording
        self._metrics = metrics
        self._consent = ConsentGate(consent, services.wording, services.settings)
        self._people = Handoff(services.wording)
        self._answering = Answering(services, self._people, budgets, inbox, enhancer)
        self._events = Events(
            services.wording, self._people, services.money, handlers, data_requests
        )
        self._commands = Commands(services, self.router)
        self._numbers = PhoneProof(services.wording, services.settings, proving_channels)

    async def __call__(self, work: Work) -> Effects:
        """Answer what to commit for this work."""
        running = Running(work=work)
        turn = self._open(work)
        outcome = replace(await self._run(turn, running), meter=running.meter)
        milliseconds = round(running.seconds * 1000)
        self._count(outcome, milliseconds / 1000)
        return self._effects(work, turn.session, outcome, milliseconds)

    def poisoned(self, work: Work, reason: str) -> Effects:
        """Apologise and call a person for work that cannot be handled; `reason` is a code."""
        turn = self._open(work)
        outcome = self._people.broken(turn, work.ownership, reason)
        return self._effects(work, turn.session, outcome, 0)

    def _open(self, work: Work) -> Turn:
        newest = work.envelopes[-1]
        now = self._services.clock()
        session = (
            session_from_json(work.state)
            if work.state
            else Session(address=newest.inbound.address, started_at=now)
        )
        proved = next((e.inbound.address for e in work.envelopes if e.inbound.address.phone), None)
        if session.address.phone is None and proved is not None:
            session = session.evolve(address=proved)
        name = next((e.inbound.profile_name for e in work.envelopes if e.inbound.profile_name), "")
        if name and name != session.profile_name:
            session = session.evolve(profile_name=name[:60])
        session = session.evolve(heard_at=_heard_at(work) or session.heard_at)
        return Turn(
            conversation=work.conversation,
            inbound=tuple(resolve_choice(e.inbound, session.offered) for e in work.envelopes),
            session=session,
            now=now,
            accepted_at=work.envelopes[0].accepted_at,
            trace_id=newest.trace_id,
            phone=session.address.phone,
            language=session.language or self._services.settings.default_language,
        )

    async def _run(self, turn: Turn, running: Running) -> TurnResult:
        work = running.work
        if turn.last.is_event:
            return await self._events.handle(turn, work.ownership)
        gated = await self._consent.handle(turn, work)
        if isinstance(gated, TurnResult):
            return gated
        turn = gated
        if work.ownership.owner == "human":
            return silence(turn, "human")
        result, seen_by = await self.pipeline.incoming(turn)
        if isinstance(result, Answer):
            turn = result.turn
            outcome = said(turn, result.reason, *result.messages)
        else:
            turn = result
            outcome = await self._respond(turn, running)
        messages = await self.pipeline.outgoing(turn, outcome.messages, seen_by)
        return replace(outcome, messages=messages)

    async def _respond(self, turn: Turn, running: Running) -> TurnResult:
        """The gates that code keeps, in order; what passes them all goes to an agent."""
        try:
            if (outcome := await self._commands.handle(turn)) is not None:
                return outcome
            if (outcome := self._people.handle(turn, running.work.ownership)) is not None:
                return outcome
            if (outcome := notice_for(turn, self._wording)) is not None:
                return outcome
            if (outcome := self._numbers.handle(turn)) is not None:
                return outcome
            # An outage after this line must not lose what the sender decided.
            turn, outcome = await self._decide(turn)
            if outcome is not None:
                return outcome
            route, agent = self.router.route(turn)
            return await self._answering.answer(turn, running, route, agent)
        except PartnerUnavailableError as error:
            log.warning(names.PARTNER_UNAVAILABLE, partner=error.partner, code=error.code)
            route, agent = SERVICE_UNAVAILABLE, self.router.agent(SERVICE_UNAVAILABLE)
            return await self._answering.answer(turn, running, route, agent)

    async def _decide(self, turn: Turn) -> tuple[Turn, TurnResult | None]:
        """Let code read a decision of the sender; no outcome leaves the reply to an agent."""
        decision = read_decision(turn)
        if decision is not None:
            step = await self._services.money.decide(turn, decision)
            return step.turn, said(step.turn, "money", *step.say) if step.say else None
        terms = read_renewal(turn)
        if terms is not None and "transfer" in turn.allowed_actions:
            # What the corridor no longer allows is the agent's to explain.
            with suppress(PartnerRefusedError):
                step = await self._services.money.prepare(turn, terms, requoted=True)
                return step.turn, said(step.turn, "money", *step.say)
        return turn, None

    def _count(self, outcome: TurnResult, seconds: float) -> None:
        waited = outcome.turn.now - outcome.turn.accepted_at
        self._metrics.queue_age(max(0.0, waited.total_seconds()))
        self._metrics.turn(outcome.route, seconds)
        for trace in outcome.tools:
            self._metrics.tool_call(trace.name, "ok" if trace.ok else "failed")
        for guard in outcome.findings:
            self._metrics.guard_hit(guard)
        meter = outcome.meter
        log.info(
            names.TURN_DONE,
            conversation=outcome.turn.conversation,
            trace_id=outcome.turn.trace_id,
            route=outcome.route,
            agent=outcome.agent or None,
            model=meter.models,
            tokens=meter.usage.total_tokens,
            cost=None if meter.cost is None else float(meter.cost),
            milliseconds=round(seconds * 1000),
        )

    def _effects(
        self, work: Work, before: Session, outcome: TurnResult, milliseconds: int
    ) -> Effects:
        offered = next(
            (options for message in reversed(outcome.messages)
             if (options := getattr(message, "options", ()))),
            (),
        )  # fmt: skip
        session = outcome.turn.session
        # Deferred replies stay deferred while the sender is opted out.
        waits = outcome.turn.last.is_event or outcome.route == CONSENT
        deferred = () if waits else deferred_replies(session, outcome.turn.now)
        if deferred:
            session = session.evolve(deferred=())
        if outcome.messages:
            session = session.evolve(offered=offered)
        patience = timedelta(minutes=self._services.settings.handoff_minutes)
        due = deadlines(before, outcome, work.ownership, patience)
        return Effects(
            address=session.address,
            state=session_to_json(session),
            record=record_of(work, outcome, milliseconds=milliseconds),
            replies=(
                *deferred,
                *(
                    Reply(
                        message=message,
                        author=outcome.author,
                        money=outcome.money,
                        valid_until=due.valid_until,
                    )
                    for message in outcome.messages
                ),
            ),
            escalate=outcome.escalate,
            timers=due.timers,
            audit=outcome.turn.audit,
            cancelled_timers=due.cancelled,
            language=outcome.turn.language,
            heard_at=session.heard_at,
        )


def _heard_at(work: Work) -> datetime | None:
    """When the sender wrote the newest of these; a provider's clock may be late, never early."""
    moments = (
        min(envelope.inbound.sent_at or envelope.accepted_at, envelope.accepted_at)
        for envelope in work.envelopes
        if not envelope.inbound.is_event
    )
    return max(moments, default=None)
