"""Runs turns: opens the turn, passes it through the list of stages, returns what to commit.

It is called with leased work, and may be called again for the same work after a crash, so every
outside effect of a stage (only the widget link) is safe to repeat.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from time import monotonic

import structlog

from lola.conversation.effects import effects_of
from lola.conversation.opening import open_turn
from lola.conversation.order import Entry
from lola.conversation.pipeline import Middleware, Pipeline, kind_of
from lola.conversation.result import TurnResult, as_result, no_reply
from lola.conversation.stages.agent import AgentStage
from lola.conversation.stages.parts import EngineParts
from lola.delivery.model import Effects
from lola.domain.journey import steps_of
from lola.domain.turn import Answer, Turn
from lola.domain.work import Work
from lola.formatting.joining import joined
from lola.models.meter import Meter
from lola.state.audit import AuditLines
from lola.telemetry import names
from lola.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)


class TurnEngine:
    """Handles turns. Built once by the composition root; keeps nothing between turns."""

    def __init__(self, *, parts: EngineParts, entries: Sequence[Entry], metrics: Metrics) -> None:
        stages = [entry.build(parts) for entry in entries]
        self.pipeline = Pipeline(stages, on_outage=_agent_of(stages).without_partner)
        self.router = parts.router
        self._handoff = parts.handoff
        self._clock = parts.services.clock
        self._settings = parts.services.settings
        secret = self._settings.sender_reference_key.get_secret_value()
        self._fingerprint = AuditLines(secret).fingerprint
        self._metrics = metrics
        self._voice_notes, self._file_keeping = parts.voice_notes, parts.file_keeping

    async def __call__(self, work: Work) -> Effects:
        """Return what to commit for this work."""
        started, meter = monotonic(), Meter()
        if self._voice_notes is not None:
            work = await self._voice_notes.hear(work, meter)
        if self._file_keeping is not None:
            work = await self._file_keeping.keep(work)
        turn = self._open(work).evolve(started=started)
        result = await self._run(turn)
        result.meter.add(meter)
        milliseconds = round(turn.seconds * 1000)
        self._count(turn, result, milliseconds)
        return self._effects(turn, result, milliseconds)

    def poisoned(self, work: Work, reason: str) -> Effects:
        """Apologise and call a person for work that cannot be handled; `reason` is a code."""
        turn = self._open(work)
        return self._effects(turn, self._handoff.broken(turn, reason), 0)

    def _open(self, work: Work) -> Turn:
        return open_turn(work, self._clock(), self._settings.default_language)

    async def _run(self, turn: Turn) -> TurnResult:
        answer, seen = await self.pipeline.incoming(turn)
        if not isinstance(answer, Answer):
            return replace(no_reply(answer, kind_of(answer)), stages=_names(seen))
        result = as_result(answer)
        messages = await self.pipeline.outgoing(result.turn, result.messages, seen)
        if self._settings.fold_courtesy:
            messages = joined(messages)
        return replace(result, messages=messages, stages=_names(seen))

    def _effects(self, turn: Turn, result: TurnResult, milliseconds: int) -> Effects:
        patience = timedelta(minutes=self._settings.handoff_minutes)
        return effects_of(
            turn.session,
            result,
            milliseconds=milliseconds,
            patience=patience,
            fingerprint=self._fingerprint,
        )

    def _count(self, before: Turn, result: TurnResult, milliseconds: int) -> None:
        waited = result.turn.now - result.turn.accepted_at
        self._metrics.queue_age(max(0.0, waited.total_seconds()))
        self._metrics.turn(result.route, milliseconds / 1000)
        for trace in result.tools:
            self._metrics.tool_call(trace.name, "ok" if trace.ok else "failed")
        for guard in result.findings:
            self._metrics.guard_hit(guard)
        steps = steps_of(
            before.session,
            result.turn.session,
            is_new=not before.work.state,
            escalated=bool(result.escalate),
        )
        for step in steps:
            self._metrics.step(step)
        meter = result.meter
        log.info(
            names.TURN_DONE,
            conversation=result.turn.conversation,
            trace_id=result.turn.trace_id,
            route=result.route,
            agent=result.agent or None,
            model=meter.models,
            tokens=meter.usage.total_tokens,
            cost=None if meter.cost is None else float(meter.cost),
            milliseconds=milliseconds,
        )


def _names(stages: Sequence[Middleware]) -> tuple[str, ...]:
    return tuple(stage.name for stage in stages)


def _agent_of(stages: Sequence[Middleware]) -> AgentStage:
    return next(stage for stage in stages if isinstance(stage, AgentStage))
