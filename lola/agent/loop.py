"""The agent loop: asks the model, runs the tools it calls, checks its reply.

Code decides, the model only proposes: which tools exist, how many are called and how long a turn
takes. A tool can end the turn with messages written by code; a reply that the guard refuses is
asked for once more and then replaced by a fixed sentence.
"""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from time import monotonic

from lola.agent.context import turn_data
from lola.agent.definitions import AgentDefinition, TurnLimits
from lola.agent.frames import frame
from lola.agent.prompts import prompt_variables
from lola.agent.provenance import Known, labelled
from lola.agent.result import AgentResult, ToolTrace
from lola.agent.retrieval import corridor_of, question_of, topic_of
from lola.agent.review import described, options_named, review, sources_of
from lola.agent.tool_calls import ToolRunner
from lola.agent.tools import Tool, ToolResult
from lola.channel.rendering import as_text
from lola.domain.messages import Option
from lola.domain.passages import Passage, Retriever
from lola.domain.turn import Turn
from lola.errors import ModelError
from lola.models.chat import (
    AssistantMessage,
    ChatModel,
    DataMessage,
    ModelMessage,
    ModelReply,
    ModelRequest,
    ToolMessage,
    Usage,
    UserMessage,
)
from lola.models.meter import Meter
from lola.models.tokens import estimate_input
from lola.money.approvals import options_for
from lola.safety.input.hygiene import clean
from lola.safety.input.redaction import redact_facts
from lola.safety.output.guard import OutputGuard, Verdict
from lola.services import Services

# A shorter reply would be cut in its first sentence.
MIN_OUTPUT_TOKENS = 40
# The guard reads about 60 characters in a millisecond.
_LONG_REPLY = 1_000


class Agent:
    """One agent, ready to answer turns. Keeps nothing between them."""

    def __init__(
        self,
        definition: AgentDefinition,
        *,
        model: ChatModel,
        tools: Sequence[Tool],
        retriever: Retriever | None,
        guard: OutputGuard,
        services: Services,
        canary: str = "",
    ) -> None:
        self.canary = canary
        self.definition = definition
        self.tools = tuple(tools)
        self.described_tools = described(tool.schema for tool in self.tools)
        self.model = model
        self._retriever = retriever if definition.knowledge else None
        self._guard = guard
        self._services = services

    def max_usage(self, turn: Turn, history: Sequence[ModelMessage]) -> Usage:
        """Estimate what one request of this turn may use at most, for the budget to reserve."""
        limits = self.definition.limits(self._services.settings)
        request = _TurnRun(self, turn, history, self._services, limits, Meter()).request()
        tokens = estimate_input(self.model, request)
        return Usage(input_tokens=tokens, output_tokens=limits.output_tokens)

    async def answer(
        self,
        turn: Turn,
        history: Sequence[ModelMessage],
        *,
        meter: Meter | None = None,
        seconds: float | None = None,
    ) -> AgentResult:
        """Run one turn, within `seconds` if that is less than the agent's own limit.

        Raises ModelError, and PartnerUnavailableError from a tool; `meter` counts what the models
        used in that case too.
        """
        limits = self.definition.limits(self._services.settings)
        if seconds is not None:
            limits = replace(limits, seconds=min(limits.seconds, seconds))
        run = _TurnRun(self, turn, history, self._services, limits, meter or Meter())
        try:
            async with asyncio.timeout(limits.seconds):
                await run.find_passages(self._retriever)
                return await run.result(self._guard)
        except TimeoutError:
            raise ModelError("the turn ran out of time", reason="timeout", retryable=True) from None


def _without_data(reply: ModelReply) -> AssistantMessage:
    """Return a model's calls as they are kept: arguments hold no data that no store may hold."""
    calls = tuple(replace(one, arguments=redact_facts(one.arguments)) for one in reply.calls)
    is_clean = calls == tuple(reply.calls)
    return AssistantMessage(
        calls=calls, provider_content=reply.provider_content if is_clean else None
    )


class _TurnRun:
    """The state of one turn while an agent answers it."""

    def __init__(
        self,
        agent: Agent,
        turn: Turn,
        history: Sequence[ModelMessage],
        services: Services,
        limits: TurnLimits,
        meter: Meter,
    ) -> None:
        self._agent = agent
        self._turn = turn
        self._services = services
        self._history = tuple(history)
        self._said = UserMessage(text=clean(turn.text))
        self._steps: list[ModelMessage] = []
        self._traces: list[ToolTrace] = []
        self._options: tuple[Option, ...] = ()
        self._passages: tuple[Passage, ...] = ()
        self._runner = ToolRunner(agent.tools, services, limit=limits.tool_calls, known=self._known)
        self._limits = limits
        self._meter = meter
        self._output_before = meter.usage.output_tokens
        self._deadline = monotonic() + limits.seconds

    async def find_passages(self, retriever: Retriever | None) -> None:
        """Search the approved documents, for agents that use them."""
        question = question_of(self._turn)
        if retriever is not None and question:
            self._passages = await retriever.search(
                question,
                self._turn.language,
                topic=topic_of(self._turn, self._history),
                corridor=corridor_of(self._turn),
            )

    async def result(self, guard: OutputGuard) -> AgentResult:
        """Ask the model and run its tool calls until it answers in text or a tool ends the turn."""
        while True:
            reply = await self._ask()
            if not reply.calls:
                return await self._checked(reply, guard)
            ended = await self._run_calls(reply)
            if ended is not None:
                return self._said_by_code(ended)

    def request(self, note: str = "") -> ModelRequest:
        """Build the next request. Raises ModelError when no output tokens are left for it."""
        tools = self._runner.available(self._turn) if self._runner.calls_left > 0 else {}
        data = turn_data(self._turn, self._passages)
        if note:
            data["finding"] = note
        return ModelRequest(
            system=self._prompt(),
            messages=(
                *self._history,
                DataMessage(marker=secrets.token_hex(6), data=data),
                self._said,
                *self._steps,
            ),
            tools=tuple(tool.schema for tool in tools.values()),
            language=self._turn.language,
            temperature=self._agent.definition.temperature,
            max_output_tokens=self._output_left(),
            timeout=min(
                self._services.settings.model_seconds, max(0.1, self._deadline - monotonic())
            ),
        )

    async def _ask(self, note: str = "") -> ModelReply:
        request = self.request(note)
        try:
            reply = await self._agent.model.complete(request)
        except ModelError as error:
            self._meter.failed_over(error.failed)
            raise
        self._meter.answered(reply)
        if request.tools or not reply.calls:
            return reply
        # Calls of a model that was offered no tool are ignored. They are not kept either, since
        # providers refuse a history in which a call has no result.
        return replace(reply, calls=(), provider_content=None)

    def _output_left(self) -> int:
        """Return how many output tokens this turn has left (docs/safety.md G12)."""
        spent = self._meter.usage.output_tokens - self._output_before
        left = self._limits.output_tokens - spent
        if left < min(MIN_OUTPUT_TOKENS, self._limits.output_tokens):
            raise ModelError("the turn has no output tokens left", reason="spent")
        return left

    async def _run_calls(self, reply: ModelReply) -> ToolResult | None:
        """Run the calls of a reply; return the result that ended the turn, if one did."""
        done = await self._runner.run(reply.calls, self._turn)
        # Text beside calls is dropped: no guard saw it and no sender reads it.
        self._steps += [
            _without_data(reply),
            *done.messages,
        ]
        self._traces += done.traces
        self._turn = done.turn
        self._options = done.options or self._options
        return done.ended

    def _known(self, turn: Turn) -> Known:
        heard = (*self._history, self._said, *self._steps)
        return Known(labelled(turn, heard=heard, passages=self._passages))

    def _prompt(self) -> str:
        settings, user = self._services.settings, self._turn.identity.user
        prompt = self._agent.definition.prompt(self._turn.language).render(
            **prompt_variables(
                now=self._turn.now,
                sender=user.first_name if user else "",
                brand_name=settings.brand_name,
                assistant_name=settings.assistant_name,
            ),
        )
        # The canary is written nowhere else: a reply that contains it repeats the prompt.
        return f"{prompt}\n\n{self._agent.canary}".rstrip()

    async def _checked(self, reply: ModelReply, guard: OutputGuard) -> AgentResult:
        """Return the reply, a second one when the guard refused it, or a fixed sentence."""
        verdict = await self._review(reply, guard)
        findings = verdict.findings
        is_refused = False
        if not verdict.ok:
            reply = await self._ask(note=verdict.advice)
            again = await self._review(reply, guard)
            if reply.calls or not again.ok:
                findings = (*findings, *again.findings)
                is_refused = True
                reply = ModelReply(text=self._frame(again))
        options = options_named(reply.choices, self._known_options())
        self._steps.append(
            AssistantMessage(
                text=reply.text,
                options=tuple(option.title for option in options),
                provider_content=reply.provider_content,
            )
        )
        return self._result(
            text=reply.text, options=options, findings=findings, is_refused=is_refused
        )

    def _frame(self, verdict: Verdict) -> str:
        """Return the fixed sentence for a reply that was refused twice."""
        wording, language = self._services.wording, self._turn.language
        if verdict.findings == ("language",):
            return wording("agent.trouble", language)
        results = [item.result for item in self._steps if isinstance(item, ToolMessage)]
        return frame(results, wording, language)

    async def _review(self, reply: ModelReply, guard: OutputGuard) -> Verdict:
        """Return the guard's verdict; a long reply is read in a thread, so that no turn waits."""
        sources = sources_of(
            self._turn,
            heard=(*self._history, self._said),
            steps=self._steps,
            passages=self._passages,
        )
        language, system = self._turn.language, self._prompt()
        tools = self._agent.described_tools
        judge = partial(
            review, reply, guard, sources, language=language, system=system, tools=tools
        )
        return await asyncio.to_thread(judge) if len(reply.text) > _LONG_REPLY else judge()

    def _known_options(self) -> tuple[Option, ...]:
        """Return the buttons of the open summary and the options of this turn's tools."""
        draft, wording = self._turn.session.draft, self._services.wording
        summary = options_for(draft.approval, wording, self._turn.language) if draft else ()
        return (*summary, *self._options)

    def _said_by_code(self, result: ToolResult) -> AgentResult:
        text = "\n".join(as_text(message) for message in result.say)
        options = tuple(
            option.title for message in result.say for option in getattr(message, "options", ())
        )
        self._steps.append(AssistantMessage(text=text, options=options))
        return self._result(say=result.say, money=result.money, escalate=result.escalate)

    def _result(self, **fields: object) -> AgentResult:
        return AgentResult(
            turn=self._turn,
            messages=(self._said, *self._steps),
            tools=tuple(self._traces),
            passages=tuple(passage.id for passage in self._passages),
            **fields,  # type: ignore[arg-type]
        )
