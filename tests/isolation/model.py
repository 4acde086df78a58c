"""A chat model that repeats every planted value it was given; at times it is slow or fails."""

import asyncio
import random

from pydantic import TypeAdapter

from lola.errors import ModelError
from lola.models.chat import ModelReply, ModelRequest, ToolCall, ToolMessage
from tests.isolation.values import owners_of, values_in

TOO_LONG = 5.0
"""Longer than a turn may take, so the request is cancelled."""
_REQUESTS = TypeAdapter(ModelRequest)


class EchoingModel:
    """Counts what it saw: `mixed` are requests with the values of two conversations."""

    name = "echoing"

    def __init__(self, seed: int, slow: float) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._slow = slow
        self.requests = self.cancelled = self.mixed = 0

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Repeat, call a tool, fail, or take too long."""
        self.requests += 1
        text = _REQUESTS.dump_json(request).decode()
        self.mixed += len(owners_of(text)) > 1
        try:
            await asyncio.sleep(self._seconds())
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self._chance.random() < 0.05:
            raise ModelError("overloaded", reason="overloaded", retryable=True)
        asked = any(isinstance(message, ToolMessage) for message in request.messages[-1:])
        names = {tool.name for tool in request.tools}
        if "get_recipients" in names and not asked and self._chance.random() < 0.2:
            return ModelReply(calls=(ToolCall(id="c1", name="get_recipients"),))
        return ModelReply(text=f"Entendido: {', '.join(values_in(text))}.")

    async def close(self) -> None:
        """Do nothing."""

    def _seconds(self) -> float:
        return TOO_LONG if self._chance.random() < self._slow else self._chance.random() / 100
