"""Loopback servers that speak the real wires of Gemini and OpenAI, and enforce their rules.

Both share how a test scripts them: answers are queued, played in order, and every request is kept.
A request that breaks a documented rule is answered 400, as the real service would.
"""

import asyncio
import json
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from aiohttp import web

from tests.unit.models import gemini_rules

Call = tuple[str, str, dict[str, Any]]
"""A function call: its id (may be empty), its name, its arguments."""


@dataclass
class ModelServer:
    """Replies with what `answers` holds, in order, and keeps every request it saw."""

    answers: list[Any] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    broken_rules: list[str] = field(default_factory=list)
    url: str = ""

    def app(self) -> web.Application:
        """The application that serves any path."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.handle)
        return app

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Record the request, check it, then give the next answer."""
        self.paths.append(request.path)
        self.headers.append(dict(request.headers))
        body = json.loads(await request.read())
        self.requests.append(body)
        broken = self.broken_rule(body)
        if broken:
            self.broken_rules.append(broken)
            return self.failure(400, broken)
        answer = self.answers.pop(0)
        if answer == "cut":
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if answer == "wait":
            await self.released.wait()
            return web.Response()
        if isinstance(answer, web.Response):
            return answer
        return web.json_response(answer)

    def broken_rule(self, body: dict[str, Any]) -> str:
        """Return which documented rule a request breaks, empty for none."""
        raise NotImplementedError

    def failure(self, status: int, text: str, **headers: str) -> web.Response:
        """An error in the wire's own shape."""
        raise NotImplementedError

    def fails(self, status: int, **headers: str) -> None:
        """Queue an error whose text repeats what must never be repeated."""
        self.answers.append(self.failure(status, "planted-key hola", **headers))


@dataclass
class GeminiServer(ModelServer):
    """`generateContent` (reference/channels.md 5.1 to 5.5); `caching` replies to a new cache."""

    caches: list[dict[str, Any]] = field(default_factory=list)
    caching: int | str = "cachedContents/abc"
    issued: set[str] = field(default_factory=set)
    token: Callable[[], web.Response | Awaitable[web.Response]] | None = None
    tokens: int = 0
    asked_for_token: asyncio.Event = field(default_factory=asyncio.Event)
    account: Path = Path()

    USAGE: ClassVar[dict[str, int]] = {
        "promptTokenCount": 10,
        "candidatesTokenCount": 5,
        "thoughtsTokenCount": 3,
        "cachedContentTokenCount": 4,
        "totalTokenCount": 18,
    }

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Google's token endpoint and the context caches live here too."""
        if request.path == "/token":
            self.tokens += 1
            self.asked_for_token.set()
            grant = {"access_token": "vertex-token", "expires_in": 3600}
            answer = self.token() if self.token else web.json_response(grant)
            return answer if isinstance(answer, web.Response) else await answer
        if request.path.endswith("/cachedContents"):
            self.caches.append(await request.json())
            if isinstance(self.caching, int):
                return self.failure(self.caching, "too short")
            return web.json_response({"name": self.caching, "model": "models/m"})
        return await super().handle(request)

    def broken_rule(self, body: dict[str, Any]) -> str:
        """Return what the services refuse (gemini_rules.py)."""
        return gemini_rules.refused(self.paths[-1], self.headers[-1], body, self.issued)

    def failure(self, status: int, text: str, **headers: str) -> web.Response:
        """Google's error object."""
        error = {"code": status, "message": text, "status": "X"}
        return web.json_response({"error": error}, status=status, headers=headers)

    def replace_account(self, **changes: str) -> None:
        """Write another credentials file in the place of the first."""
        self.account.write_text(json.dumps({**json.loads(self.account.read_text()), **changes}))

    def fails_with_reason(self, status: int, reason: str) -> None:
        """Queue an error that names its reason in Google's own way."""
        error = {"code": status, "status": "INVALID_ARGUMENT", "details": [{"reason": reason}]}
        self.answers.append(web.json_response({"error": error}, status=status))

    def says(self, *parts: dict[str, Any] | str, finish: str = "STOP", **more: Any) -> None:
        """Queue one candidate with these parts."""
        whole = [{"text": part} if isinstance(part, str) else part for part in parts]
        self.remember(whole)
        content = {"role": "model", "parts": whole}
        candidate = {"content": content, "finishReason": finish, "index": 0}
        self.answers.append(
            {"candidates": [candidate], "usageMetadata": self.USAGE, "modelVersion": "m", **more}
        )

    def remember(self, parts: list[dict[str, Any]]) -> None:
        """Keep the ids and signatures that were given out: only these may come back."""
        for part in parts:
            if "thoughtSignature" in part:
                signature = gemini_rules.given_bytes(part["thoughtSignature"])
                self.issued.add(signature.decode("latin-1"))
            self.issued.add(part.get("functionCall", {}).get("id", ""))

    def calls(self, *calls: Call) -> None:
        """Queue function calls; the first has a signature, as the service's own."""
        parts = [
            {"functionCall": {"name": name, "args": arguments, **({"id": id_} if id_ else {})}}
            for id_, name, arguments in calls
        ]
        signature = b64encode(b"signed " + str(len(self.issued)).encode()).decode()
        self.says({**parts[0], "thoughtSignature": signature}, *parts[1:])

    def blocks(self) -> None:
        """Queue a prompt that was blocked."""
        self.answers.append({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}})

    def is_empty(self) -> None:
        """Queue an answer with nothing in it."""
        self.answers.append({"candidates": [{"content": {"parts": []}, "finishReason": "STOP"}]})

    def is_cut_short(self, text: str) -> None:
        """Queue an answer that met the token limit."""
        self.says(text, finish="MAX_TOKENS")


@dataclass
class OpenAIServer(ModelServer):
    """`/v1/chat/completions` (reference/channels.md 5.8)."""

    def broken_rule(self, body: dict[str, Any]) -> str:
        """Each call is answered at once, by its id; arguments and results are strings."""
        open_calls: list[str] = []
        for message in body["messages"]:
            if message["role"] == "tool":
                if message["tool_call_id"] not in open_calls:
                    return "a tool message answers no call"
                if not isinstance(message["content"], str):
                    return "a tool message is no string"
                open_calls.remove(message["tool_call_id"])
            elif open_calls:
                return "tool_calls must be followed by tool messages"
            for call in message.get("tool_calls", ()):
                json.loads(call["function"]["arguments"])
                open_calls.append(call["id"])
        return "tool_calls must be followed by tool messages" if open_calls else ""

    def failure(self, status: int, text: str, **headers: str) -> web.Response:
        """OpenAI's error object."""
        error = {"message": text, "type": "x", "param": None, "code": None}
        return web.json_response({"error": error}, status=status, headers=headers)

    def answers_with(self, message: dict[str, Any], finish: str = "stop", **more: Any) -> None:
        """Queue one choice."""
        choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
        usage = {
            "prompt_tokens": 10,
            "completion_tokens": 8,
            "total_tokens": 18,
            "prompt_tokens_details": {"cached_tokens": 4},
        }
        self.answers.append(
            {
                "id": "c",
                "object": "chat.completion",
                "created": 1,
                "model": "m",
                "choices": [choice],
                "usage": usage,
                **more,
            }
        )

    def says(self, text: str) -> None:
        """Queue words."""
        self.answers_with({"content": text})

    def calls(self, *calls: Call) -> None:
        """Queue function calls; content is null beside them."""
        wishes = [
            {
                "id": id_ or None,
                "type": "function",
                "function": {"name": name, "arguments": json.dumps(arguments)},
            }
            for id_, name, arguments in calls
        ]
        self.answers_with({"content": None, "tool_calls": wishes}, finish="tool_calls")

    def blocks(self) -> None:
        """Queue an answer that the filter took."""
        self.answers_with({"content": ""}, finish="content_filter")

    def is_empty(self) -> None:
        """Queue an answer with nothing in it."""
        self.answers_with({"content": None})

    def is_cut_short(self, text: str) -> None:
        """Queue an answer that met the token limit."""
        self.answers_with({"content": text}, finish="length")
