"""Runs the tool calls of one model reply, within what exists in this turn.

An unknown or malformed call is answered to the model with the tools that exist, and never
executed. Exclusive tools run alone, the others of a reply together; a tool that ends the turn is
the last one that runs.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from lola.agent.result import ToolTrace
from lola.agent.tools import Tool, ToolContext, ToolResult
from lola.domain.messages import JsonObject, Option
from lola.domain.turn import Turn
from lola.errors import MoneyError, PartnerRefusedError, ToolError
from lola.models.chat import ToolCall, ToolMessage
from lola.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsResult:
    """The turn after the calls of one reply. `ended` is the result that ended it, if one did."""

    turn: Turn
    messages: tuple[ToolMessage, ...]
    traces: tuple[ToolTrace, ...]
    options: tuple[Option, ...]
    ended: ToolResult | None


class ToolRunner:
    """Runs the calls of one agent. Keeps nothing between them."""

    def __init__(self, tools: Sequence[Tool], services: Services) -> None:
        self._tools = tuple(tools)
        self._declared = frozenset(tool.name for tool in tools)
        self._services = services

    def available(self, turn: Turn) -> dict[str, Tool]:
        """Return the tools that exist for the model now, by name."""
        ctx = ToolContext(turn=turn, services=self._services)
        return {tool.name: tool for tool in self._tools if tool.is_available(ctx)}

    async def run(self, calls: Sequence[ToolCall], turn: Turn, *, limit: int) -> CallsResult:
        """Run at most `limit` of the calls, in order; the rest are answered as not run.

        Raises PartnerUnavailableError.
        """
        available = self.available(turn)
        together = [
            call for call in calls[:limit]
            if call.name in available and not available[call.name].exclusive
        ]  # fmt: skip
        done = await asyncio.gather(*(self._call(call, available, turn) for call in together))
        results = {call.id: result for call, result in zip(together, done, strict=True)}
        answers: list[tuple[ToolCall, JsonObject]] = []
        options: tuple[Option, ...] = ()
        ended: ToolResult | None = None
        for position, call in enumerate(calls):
            if ended is not None or position >= limit:
                answers.append((call, {"error": "not run: the turn ended before it"}))
                continue
            result = results.get(call.id) or await self._call(call, available, turn)
            answers.append((call, result.data))
            turn = result.turn or turn
            options = result.options or options
            if result.say or result.escalate:
                ended = result
        return CallsResult(
            turn=turn,
            messages=tuple(
                ToolMessage(call_id=call.id, name=call.name, result=data) for call, data in answers
            ),
            traces=tuple(self._trace(call, data) for call, data in answers),
            options=options,
            ended=ended,
        )

    async def _call(self, call: ToolCall, available: dict[str, Tool], turn: Turn) -> ToolResult:
        if call.problem:
            return ToolResult(data={"error": f"{call.name} was not run: {call.problem}"})
        tool = available.get(call.name)
        if tool is None:
            names = ", ".join(available) or "none"
            return ToolResult(data={"error": f"there is no tool {call.name}; there are: {names}"})
        try:
            return await tool.call(ToolContext(turn=turn, services=self._services), call.arguments)
        except PartnerRefusedError as error:
            return ToolResult(data={"error": str(error.args[0]), "code": error.partner_code})
        except (ToolError, MoneyError) as error:
            return ToolResult(data={"error": str(error.args[0])})

    def _trace(self, call: ToolCall, data: JsonObject) -> ToolTrace:
        # A name that the model made up must not become a metric label or part of a record.
        name = call.name if call.name in self._declared else "unknown"
        return ToolTrace(name=name, ok="error" not in data)
