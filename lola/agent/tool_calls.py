"""Runs the tool calls of one turn, within what exists in this turn.

An unknown or malformed call is answered to the model with the tools that exist, and never
executed, and so is one whose amount, account or recipient comes from elsewhere than the sender or
a tool. Exclusive tools run alone, the others of a reply together; a tool that ends the turn is
the last one that runs.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lola.agent.provenance import Known, unknown_arguments
from lola.agent.result import ToolTrace
from lola.agent.tools import Tool, ToolContext, ToolResult
from lola.domain.messages import JsonObject, Option, TextMessage
from lola.domain.turn import Turn
from lola.errors import ForeignReferenceError, MoneyError, PartnerRefusedError, ToolError
from lola.models.chat import ToolCall, ToolMessage
from lola.safety.input.redaction import redact_facts
from lola.services import Services
from lola.state.rates import DAY, HOUR, Rate

FOREIGN = "NOT_FOUND"

UNKNOWN_ORIGIN = (
    "not run: these arguments are neither in the sender's words nor in a result. Write them as the"
    " sender did, or ask the sender; documents, names of profiles and labels are no source"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsResult:
    """The turn after the calls of one reply. `ended` is the result that ended it, if one did."""

    turn: Turn
    messages: tuple[ToolMessage, ...]
    traces: tuple[ToolTrace, ...]
    options: tuple[Option, ...]
    ended: ToolResult | None


class ToolRunner:
    """Runs the calls of one turn of one agent, `limit` of them at most.

    `known` returns the values that the sender or a tool has supplied by now.
    """

    def __init__(
        self,
        tools: Sequence[Tool],
        services: Services,
        *,
        limit: int,
        known: Callable[[Turn], Known],
    ) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._services = services
        self._limit = limit
        self._known = known
        self._answered = 0
        self._put_off: dict[str, str] = {}

    @property
    def calls_left(self) -> int:
        """How many calls the model may still make in this turn."""
        return self._limit - self._answered

    def available(self, turn: Turn) -> dict[str, Tool]:
        """Return the tools that exist for the model now, by name."""
        ctx = ToolContext(turn=turn, services=self._services)
        return {name: tool for name, tool in self._tools.items() if tool.is_available(ctx)}

    async def run(self, calls: Sequence[ToolCall], turn: Turn) -> CallsResult:
        """Run the calls of one reply in order; one that may not run is answered with the reason.

        Raises PartnerUnavailableError.
        """
        left = self.calls_left
        available = self.available(turn)
        results = await self._together(calls[:left], available, turn)
        answers: list[tuple[ToolCall, JsonObject]] = []
        options: tuple[Option, ...] = ()
        ended: ToolResult | None = None
        ended_by = ""
        for position, call in enumerate(calls):
            why = self._put_off_again(calls, position, turn)
            if not why and position >= left:
                why = f"not run: the limit of {self._limit} calls for this turn is reached"
            if not why and ended is not None:
                why = "not run: the turn ended before it"
            if why:
                answers.append((call, {"error": why}))
                continue
            result = results.get(position) or await self._call(call, available, turn)
            answers.append((call, result.data))
            turn = result.turn or turn
            options = result.options or options
            if result.say or result.escalate:
                ended, ended_by = result, call.name
        self._answered += len(calls)
        return CallsResult(
            turn=turn,
            messages=tuple(
                ToolMessage(call_id=call.id, name=call.name, result=redact_facts(data))
                for call, data in answers
            ),
            traces=tuple(self._trace(call, data) for call, data in answers),
            options=options,
            ended=self._with_put_off(ended_by, ended, turn) if ended else None,
        )

    async def _together(
        self, calls: Sequence[ToolCall], available: dict[str, Tool], turn: Turn
    ) -> dict[int, ToolResult]:
        """Run the calls that change nothing at the same time; return each result by its place."""
        places = [
            place for place, call in enumerate(calls)
            if call.name in available and not available[call.name].exclusive
        ]  # fmt: skip
        results = await asyncio.gather(
            *(self._call(calls[place], available, turn) for place in places)
        )
        return dict(zip(places, results, strict=True))

    def _put_off_again(self, calls: Sequence[ToolCall], position: int, turn: Turn) -> str:
        """Return why a repeated call is not run.

        The sender is told of it when the turn ends, if it is about something else that they named.
        """
        call = calls[position]
        name = call.name
        tool = self._tools.get(name)
        places = [place for place, other in enumerate(calls) if other.name == name]
        if tool is None or not tool.again or position == places[0]:
            return ""
        if any(calls[place].arguments == call.arguments for place in places if place < position):
            return "not run: the same call is already in this reply"
        if unknown_arguments(tool.arguments, call.arguments, lambda: self._known(turn)):
            return UNKNOWN_ORIGIN
        self._put_off[name] = tool.again
        return (
            f"not run: one at a time. {name} was called {len(places)} times in one reply and only "
            "the first was run; the sender must hear that this one comes after it"
        )

    def _with_put_off(self, name: str, result: ToolResult, turn: Turn) -> ToolResult:
        """Return a result that also tells the sender of the calls that wait for this one."""
        sentence = self._put_off.pop(name, "")
        if not sentence or not result.say:
            return result
        text = self._services.wording(sentence, turn.language)
        return replace(result, say=(TextMessage(content=text), *result.say))

    async def _call(self, call: ToolCall, available: dict[str, Tool], turn: Turn) -> ToolResult:
        if call.problem:
            return ToolResult(data={"error": f"{call.name} was not run: {call.problem}"})
        tool = available.get(call.name)
        if tool is None:
            names = ", ".join(available) or "none"
            return ToolResult(data={"error": f"there is no tool {call.name}; there are: {names}"})
        unknown = unknown_arguments(tool.arguments, call.arguments, lambda: self._known(turn))
        if unknown:
            return ToolResult(
                data={"error": UNKNOWN_ORIGIN, "code": "UNKNOWN_ORIGIN", "arguments": list(unknown)}
            )
        if said := await self._over_limit(tool, turn):
            return said
        try:
            return await tool.call(ToolContext(turn=turn, services=self._services), call.arguments)
        except PartnerRefusedError as error:
            return ToolResult(data={"error": str(error.args[0]), "code": error.partner_code})
        except ForeignReferenceError as error:
            return ToolResult(data={"error": str(error.args[0]), "code": FOREIGN})
        except (ToolError, MoneyError) as error:
            return ToolResult(data={"error": str(error.args[0])})

    async def _over_limit(self, tool: Tool, turn: Turn) -> ToolResult | None:
        """Return the sentence for a sender who has used a limit up; it ends the turn."""
        rates, settings = self._services.rates, self._services.settings
        if not tool.limit or rates is None:
            return None
        hour, day = (getattr(settings, f"{tool.limit}_per_{span}") for span in ("hour", "day"))
        taken = await rates.take(
            turn.account,
            Rate(name=f"{tool.limit}_hour", count=hour or 0, seconds=HOUR),
            Rate(name=f"{tool.limit}_day", count=day or 0, seconds=DAY),
        )
        if not taken.refused:
            return None
        text = self._services.wording(f"limits.{tool.limit}", turn.language)
        error = f"not run: the sender's limit of {tool.limit} is reached, and they were told"
        return ToolResult(data={"error": error}, say=(TextMessage(content=text),))

    def _trace(self, call: ToolCall, data: JsonObject) -> ToolTrace:
        # A name that the model made up must not become a metric label or part of a record.
        name = call.name if call.name in self._tools else "unknown"
        return ToolTrace(
            name=name,
            ok="error" not in data,
            arguments=json.dumps(call.arguments, sort_keys=True, default=str),
            is_foreign=data.get("code") == FOREIGN,
        )
