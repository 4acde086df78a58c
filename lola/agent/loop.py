"""The agent loop: prompt, model, the tools that exist now, approved passages.

The model proposes and this loop disposes. An unknown or malformed call is answered to the model
with the real tools and never executed; a tool may end the turn with words that code wrote; the
number of calls and the seconds are capped; words that a guard refuses never leave.
"""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import monotonic

from lola.agent.context import earlier_words, turn_data
from lola.agent.definitions import AgentDefinition, TurnLimits
from lola.agent.prompts import prompt_variables
from lola.agent.tools import Tool, ToolContext, ToolResult
from lola.channel.labels import label_options
from lola.channel.rendering import as_text
from lola.domain.messages import Option, Outbound, TextMessage
from lola.domain.passages import Passage, Retriever
from lola.domain.turn import Turn
from lola.errors import ModelError, MoneyError, PartnerRefusedError, ToolError
from lola.models.chat import (
    AssistantMessage,
    ChatModel,
    DataMessage,
    ModelMessage,
    ModelReply,
    ModelRequest,
    ToolCall,
    ToolMessage,
    Usage,
    UserMessage,
)
from lola.models.meter import Meter
from lola.models.tokens import estimate_input
from lola.money.confirmation import options_for
from lola.safety.input.hygiene import clean
from lola.safety.output.findings import Finding
from lola.safety.output.grounding import Sources
from lola.safety.output.guard import OutputGuard, Verdict
from lola.services import Services

# What a model did that called tools although it was offered none.
SPEECHLESS = Finding(guard="silence", excerpt="", why="answer in words, no tool can be called now")
# A shorter answer would be cut in its first sentence.
LEAST_OUTPUT_TOKENS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolTrace:
    """One executed or refused call, free of arguments."""

    name: str
    ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentResult:
    """What an agent came to. Either `say` (code's words) or `text` (the model's) is filled."""

    turn: Turn
    text: str = ""
    options: tuple[Option, ...] = ()
    say: tuple[Outbound, ...] = ()
    money: bool = False
    escalate: str = ""
    messages: tuple[ModelMessage, ...] = ()
    tools: tuple[ToolTrace, ...] = ()
    passages: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()


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
        self.model = model
        self._retriever = retriever if definition.knowledge else None
        self._guard = guard
        self._services = services

    def most(self, turn: Turn, history: Sequence[ModelMessage]) -> Usage:
        """Guess the most that one request of this turn may take, before its budget is asked."""
        limits = self.definition.limits(self._services.settings)
        request = _Run(self, turn, history, self._services, limits, Meter()).request()
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
        """Answer one turn, within `seconds` if that is less than the agent's own limit.

        `meter` counts what the models took, also when this raises: ModelError, or
        PartnerUnavailableError from a tool.
        """
        limits = self.definition.limits(self._services.settings)
        if seconds is not None:
            limits = replace(limits, seconds=min(limits.seconds, seconds))
        run = _Run(self, turn, history, self._services, limits, meter or Meter())
        try:
            async with asyncio.timeout(limits.seconds):
                await run.start(self._retriever)
                return await run.finish(self._guard)
        except TimeoutError:
            raise ModelError("the turn ran out of time", reason="timeout", retryable=True) from None


class _Run:
    """The moving parts of one answer."""

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
        self._put_off: dict[str, str] = {}
        self._passages: tuple[Passage, ...] = ()
        self._limits = limits
        self._meter = meter
        self._output_before = meter.usage.output_tokens
        self._deadline = monotonic() + limits.seconds

    async def start(self, retriever: Retriever | None) -> None:
        """Look up approved passages, for agents that opted in."""
        if retriever is not None and self._said.text:
            self._passages = await retriever.search(self._said.text, self._turn.language)

    async def finish(self, guard: OutputGuard) -> AgentResult:
        """Run rounds of tool calls until there are words, and let the guard see them."""
        while True:
            reply = await self._ask()
            if not reply.calls:
                return await self._words(reply, guard)
            ended = await self._round(reply)
            if ended is not None:
                return ended

    def request(self, note: str = "") -> ModelRequest:
        """Answer what the model is asked next. Raises ModelError when no tokens are left for it."""
        calls_left = self._limits.tool_calls - len(self._traces)
        tools = self._available() if calls_left > 0 else {}
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
        # No tool was offered, so calls are not looked at. Without results they must not be kept
        # either: providers refuse a history in which a call has none.
        return replace(reply, calls=(), provider_content=None)

    def _output_left(self) -> int:
        """Answer how many tokens the turn may still be answered with (safety.md G12)."""
        spent = self._meter.usage.output_tokens - self._output_before
        left = self._limits.output_tokens - spent
        if left < min(LEAST_OUTPUT_TOKENS, self._limits.output_tokens):
            raise ModelError("the turn has no output tokens left", reason="spent")
        return left

    async def _round(self, reply: ModelReply) -> AgentResult | None:
        """Execute one round of calls; return a result when a tool ended the turn."""
        left = self._limits.tool_calls - len(self._traces)
        # Text beside calls is dropped: no guard saw it and no sender reads it.
        self._steps.append(
            AssistantMessage(calls=reply.calls, provider_content=reply.provider_content)
        )
        available = self._available()
        results = await self._together(reply.calls[:left], available)
        ended: ToolResult | None = None
        by = ""
        for position, call in enumerate(reply.calls):
            why = self._put_off_again(reply.calls, position) or (
                f"not run: the limit of {self._limits.tool_calls} calls for this turn is reached"
                if position >= left
                else "not run: the turn ended before it" if ended else ""
            )  # fmt: skip
            if why:
                self._answer(call, {"error": why}, ok=False)
                continue
            result = results.get(position) or await self._call(call, available)
            self._answer(call, result.data, ok="error" not in result.data)
            self._turn = result.turn or self._turn
            self._options = result.options or self._options
            if result.say or result.escalate:
                ended, by = result, call.name
        return self._ended(self._with_put_off(by, ended)) if ended else None

    async def _together(
        self, calls: Sequence[ToolCall], available: dict[str, Tool]
    ) -> dict[int, ToolResult]:
        """Run the calls that change nothing at the same time; return each result by its place."""
        places = [
            place for place, call in enumerate(calls)
            if call.name in available and not available[call.name].exclusive
        ]  # fmt: skip
        results = await asyncio.gather(*(self._call(calls[place], available) for place in places))
        return dict(zip(places, results, strict=True))

    def _put_off_again(self, calls: Sequence[ToolCall], position: int) -> str:
        """Return why a repeated call is not run; the sender hears of it when the turn ends."""
        name = calls[position].name
        sentence = next((tool.again for tool in self._agent.tools if tool.name == name), "")
        places = [place for place, call in enumerate(calls) if call.name == name]
        if not sentence or position == places[0]:
            return ""
        self._put_off[name] = sentence
        return (
            f"not run: one at a time. {name} was called {len(places)} times in one reply and only "
            "the first was run; the sender must hear that this one comes after it"
        )

    def _with_put_off(self, name: str, result: ToolResult) -> ToolResult:
        """Return a result that also tells the sender of the calls that wait for this one."""
        sentence = self._put_off.pop(name, "")
        if not sentence or not result.say:
            return result
        words = self._services.wording(sentence, self._turn.language)
        return replace(result, say=(TextMessage(content=words), *result.say))

    async def _call(self, call: ToolCall, available: dict[str, Tool]) -> ToolResult:
        if call.problem:
            return ToolResult(data={"error": f"{call.name} was not run: {call.problem}"})
        tool = available.get(call.name)
        if tool is None:
            names = ", ".join(available) or "none"
            return ToolResult(data={"error": f"there is no tool {call.name}; there are: {names}"})
        try:
            return await tool.call(
                ToolContext(turn=self._turn, services=self._services), call.arguments
            )
        except PartnerRefusedError as error:
            return ToolResult(data={"error": str(error.args[0]), "code": error.partner_code})
        except (ToolError, MoneyError) as error:
            return ToolResult(data={"error": str(error.args[0])})

    def _answer(self, call: ToolCall, data: dict[str, object], *, ok: bool) -> None:
        # A made-up name goes back to the model only: it is nobody's label and nobody's record.
        declared = any(tool.name == call.name for tool in self._agent.tools)
        self._traces.append(ToolTrace(name=call.name if declared else "unknown", ok=ok))
        self._steps.append(ToolMessage(call_id=call.id, name=call.name, result=data))

    def _available(self) -> dict[str, Tool]:
        ctx = ToolContext(turn=self._turn, services=self._services)
        return {tool.name: tool for tool in self._agent.tools if tool.is_available(ctx)}

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
        # A word that stands nowhere else: when it comes back, the prompt is being repeated.
        return f"{prompt}\n\n{self._agent.canary}".rstrip()

    async def _words(self, reply: ModelReply, guard: OutputGuard) -> AgentResult:
        verdict = self._review(reply, guard)
        findings = verdict.findings
        if not verdict.ok:
            reply = await self._ask(note=verdict.advice)
            again = self._review(reply, guard)
            if reply.calls or not again.ok:
                findings = (*findings, *again.findings)
                frame = "trouble" if again.findings == ("language",) else "unsure"
                words = self._services.wording(f"agent.{frame}", self._turn.language)
                reply = ModelReply(text=words)
        options = self._chosen(reply.choices)
        self._steps.append(
            AssistantMessage(
                text=reply.text,
                options=tuple(option.title for option in options),
                provider_content=reply.provider_content,
            )
        )
        return self._result(text=reply.text, options=options, findings=findings)

    def _review(self, reply: ModelReply, guard: OutputGuard) -> Verdict:
        if not reply.text.strip():
            return Verdict(details=(SPEECHLESS,))
        shown = "\n".join((reply.text, *reply.choices))
        return guard.review(shown, self._sources(), self._turn.language, system=self._prompt())

    def _sources(self) -> Sources:
        """Where the words may take their facts from (safety.md G6)."""
        data = turn_data(self._turn, ())
        heard = (*self._history, self._said)
        return Sources(
            tool_results=tuple(
                step.result for step in self._steps if isinstance(step, ToolMessage)
            ),
            facts=({"draft": data["draft"], "tickets": data["tickets"]},),
            passages=tuple(passage.text for passage in self._passages),
            sender_words="\n".join(
                (
                    *earlier_words(self._turn),
                    *(item.text for item in heard if isinstance(item, UserMessage)),
                )
            ),
            links=tuple(ticket.short_url for ticket in self._turn.session.tickets),
        )

    def _chosen(self, titles: tuple[str, ...]) -> tuple[Option, ...]:
        """Titles of a tool's options or of the summary keep their ids; others become their own."""
        draft = self._turn.session.draft
        summary = options_for(draft, self._services.wording, self._turn.language) if draft else ()
        known = {option.title.casefold(): option for option in (*summary, *self._options)}
        return tuple(
            known.get(title.casefold()) or label_options(((title, title),))[0] for title in titles
        )

    def _ended(self, result: ToolResult) -> AgentResult:
        said = "\n".join(as_text(message) for message in result.say)
        options = tuple(
            option.title for message in result.say for option in getattr(message, "options", ())
        )
        self._steps.append(AssistantMessage(text=said, options=options))
        return self._result(say=result.say, money=result.money, escalate=result.escalate)

    def _result(self, **fields: object) -> AgentResult:
        return AgentResult(
            turn=self._turn,
            messages=(self._said, *self._steps),
            tools=tuple(self._traces),
            passages=tuple(passage.id for passage in self._passages),
            **fields,  # type: ignore[arg-type]
        )
