"""A loopback server that speaks the wire of Gemini's `generateContent`."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass
class GeminiServer:
    """Answers with what `answers` holds, in order, and keeps every request it saw."""

    answers: list[Any] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Record the request, then give the next answer."""
        self.paths.append(request.path)
        self.headers.append(dict(request.headers))
        self.requests.append(json.loads(await request.read()))
        answer = self.answers.pop(0)
        if answer == "cut":
            request.transport.close()
            return web.Response()
        if answer == "wait":
            await self.released.wait()
            return web.Response()
        if isinstance(answer, web.Response):
            return answer
        return web.json_response(answer)

    def says(self, *parts: dict[str, Any], finish: str = "STOP", **more: Any) -> None:
        """Queue one candidate with these parts."""
        self.answers.append(
            {
                "candidates": [
                    {
                        "content": {"role": "model", "parts": list(parts)},
                        "finishReason": finish,
                        "index": 0,
                    }
                ],
                "usageMetadata": {
                    "promptTokenCount": 10,
                    "candidatesTokenCount": 5,
                    "thoughtsTokenCount": 3,
                    "totalTokenCount": 18,
                },
                "modelVersion": "m",
                **more,
            }
        )


@pytest.fixture
async def gemini(monkeypatch):
    """The server, started, with nothing in the environment that the SDK would pick up."""
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    stub = GeminiServer()
    app = web.Application()
    app.router.add_post("/{path:.*}", stub.handle)
    async with TestServer(app) as server:
        stub.url = str(server.make_url("")).rstrip("/")
        yield stub
        stub.released.set()
