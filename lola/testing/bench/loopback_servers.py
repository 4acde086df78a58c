"""The provider and the model of a measured service: a recording Graph API, a scripted Gemini.

They do as little as possible, in a process whose CPU time is not counted.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable
from itertools import count
from time import perf_counter
from typing import Self

from aiohttp import web

from lola.domain.messages import JsonObject

_USAGE = {"promptTokenCount": 400, "candidatesTokenCount": 20, "totalTokenCount": 420}

_REPLY = "Con gusto. ¿A qué país quiere enviar?"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Loopback:
    """A server with one handler on a free loopback port, for `async with`."""

    def __init__(self, handler: Handler) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handler)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        self.url = ""

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()


class RecordingGraph:
    """Accepts every message and records its time by recipient (digits only)."""

    def __init__(self) -> None:
        self._arrivals: defaultdict[str, list[float]] = defaultdict(list)
        self._ids = count(1)
        self._changed = asyncio.Condition()

    @property
    def messages(self) -> int:
        """The number of messages, without read receipts."""
        return sum(map(len, self._arrivals.values()))

    def forget(self) -> None:
        """Delete all records, for a new measurement."""
        self._arrivals.clear()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Respond as Meta does (reference/channels.md 1.7)."""
        body = json.loads(await request.read())
        if body.get("status") == "read":
            return web.json_response({"success": True})
        recipient = str(body["to"]).lstrip("+")
        async with self._changed:
            self._arrivals[recipient].append(perf_counter())
            self._changed.notify_all()
        message = {"id": f"wamid.BENCH{next(self._ids)}"}
        contact = {"input": recipient, "wa_id": recipient}
        return web.json_response(
            {"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]}
        )

    async def arrival(self, recipient: str, number: int) -> float:
        """Wait for the message with this number to a recipient, and return its time."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._arrivals[recipient]) >= number)
        return self._arrivals[recipient][number - 1]


class StalledModel:
    """A model that never responds."""

    def __init__(self) -> None:
        self.released = asyncio.Event()

    async def handle(self, _: web.Request) -> web.StreamResponse:
        """Hang until the measurement is over."""
        await self.released.wait()
        return web.Response(status=503)


class OpenAIModel:
    """A model behind OpenAI's wire that answers at once; with `tool`, after one tool call."""

    def __init__(self) -> None:
        self.tool = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Respond as chat completions do (reference/channels.md 5.8)."""
        last = json.loads(await request.read())["messages"][-1]
        message: JsonObject = {"role": "assistant", "content": _REPLY}
        ending = "stop"
        if self.tool and last["role"] != "tool":
            function = {"name": self.tool, "arguments": "{}"}
            call = {"id": "call_bench", "type": "function", "function": function}
            message, ending = (
                {"role": "assistant", "content": None, "tool_calls": [call]},
                "tool_calls",
            )
        choice = {"index": 0, "message": message, "finish_reason": ending}
        usage = {"prompt_tokens": 400, "completion_tokens": 20, "total_tokens": 420}
        return web.json_response(
            {"id": "bench", "object": "chat.completion", "created": 1, "model": "bench",
             "choices": [choice], "usage": usage}
        )  # fmt: skip


async def answer_with_one_tool_call(request: web.Request) -> web.StreamResponse:
    """Respond as Gemini does: first with a tool call, then with a text."""
    contents = json.loads(await request.read())["contents"]
    last = contents[-1]["parts"][-1]
    part: JsonObject = {"functionCall": {"name": "get_countries", "args": {}}}
    if "functionResponse" in last:
        part = {"text": _REPLY}
    candidate = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
    return web.json_response(
        {"candidates": [candidate], "usageMetadata": _USAGE, "modelVersion": "bench"}
    )
