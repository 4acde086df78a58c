"""A thousand turns against a first model that fails in every way: none is lost, none is wrong."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from lola.errors import ModelError
from lola.models.chat import ChatModel, ModelRequest, ToolSchema, UserMessage
from lola.models.failover import PAUSE_SECONDS, Breaker, Candidate, FailoverModel
from lola.models.gemini import GeminiModel
from lola.models.openai import OpenAIModel

LOOK = ToolSchema(name="look", description="Look.", parameters={"type": "object"})
WIRES = ("chat", "responses", "gemini")
TURNS = 1002
AT_ONCE = 16

STATUSES = (307, 400, 401, 403, 404, 408, 409, 413, 418, 422, 429, 451, 500, 502, 503, 504, 529)
BROKEN = {
    "html": "<html>Bad Gateway</html>",
    "nothing": "",
    "null": "null",
    "a list": "[1, 2]",
    "cut JSON": '{"choices": [{"message": {"con',
    "no answer": '{"choices": [], "output": [], "candidates": []}',
    "null answer": '{"choices": null, "output": null, "candidates": null}',
    "wrong types": '{"choices": "x", "output": "x", "candidates": "x"}',
    "an error inside": '{"error": {"message": "x", "code": 503}, "output": []}',
}
# What was said, and how the answer ended.
SAID = {
    "thoughts only": ("<think>Ana wants money", "whole"),
    "cut in a sentence": ("Recibe 5,6", "cut"),
    "an ending of tomorrow": ("Recibe 5,6", "odd"),
    "no words": ("", "whole"),
    "an empty call": (None, "whole"),
}
OTHER = ("cut connection", "hangs", "half a body", "broken gzip", "no content")
WAYS = (*map(str, STATUSES), *BROKEN, *SAID, *OTHER)
ENDINGS = {
    "whole": ("stop", None, "STOP"),
    "cut": ("length", "max_output_tokens", "MAX_TOKENS"),
    "odd": ("of_tomorrow", "of_tomorrow", "OF_TOMORROW"),
}


def answer(text: str | None, ending: str) -> dict[str, Any]:
    """One body that each of the three wires reads as its own."""
    chat, responses, gemini = ENDINGS[ending]
    message = {"type": "message", "content": [{"type": "output_text", "text": text}]}
    return {
        "choices": [{"message": {"content": text}, "finish_reason": chat}],
        "status": "incomplete" if responses else "completed",
        "incomplete_details": {"reason": responses} if responses else None,
        "output": [message] if text else [],
        "candidates": [
            {"content": {"role": "model", "parts": [{"text": text}] if text else []},
             "finishReason": gemini}
        ],
    }  # fmt: skip


@dataclass
class FailingServer:
    """Fails in the way that stands in the request, whichever wire it came by."""

    asked: Counter[str] = field(default_factory=Counter)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Find the way in the sender's words and fail in it."""
        body = await request.text()
        way = body.partition("way:")[2].partition(".")[0]
        self.asked[way] += 1
        if way == "blocked":
            return web.json_response(BLOCKED)
        if way in SAID:
            return web.json_response(answer(*SAID[way]))
        if way in BROKEN:
            return web.Response(text=BROKEN[way], content_type="application/json")
        if way.isdigit():
            error = {"error": {"message": "x", "code": int(way), "status": "X"}}
            headers = {"Location": "/other", "Retry-After": "120"}
            return web.json_response(error, status=int(way), headers=headers)
        return await self.other(way, request)

    async def other(self, way: str, request: web.Request) -> web.StreamResponse:
        """Fail below HTTP, or by not answering."""
        assert request.transport is not None
        match way:
            case "hangs":
                await self.released.wait()
            case "cut connection":
                request.transport.abort()
            case "half a body":
                whole = web.StreamResponse(headers={"Content-Length": "1000"})
                await whole.prepare(request)
                await whole.write(b'{"choices": [')
                request.transport.abort()
                return whole
            case "broken gzip":
                headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
                return web.Response(body=b"no gzip", headers=headers)
        return web.Response(status=204)


BLOCKED = {
    "choices": [{"message": {"content": ""}, "finish_reason": "content_filter"}],
    "status": "incomplete",
    "incomplete_details": {"reason": "content_filter"},
    "output": [],
    "promptFeedback": {"blockReason": "SAFETY"},
}


@dataclass
class GoodServer:
    """Answers every request."""

    asked: int = 0

    async def handle(self, request: web.Request) -> web.Response:
        """Answer in words."""
        await request.read()
        self.asked += 1
        return web.json_response(answer("Listo.", "whole"))


def made(wire: str, url: str) -> ChatModel:
    """A model of the wire at that address."""
    if wire == "gemini":
        return GeminiModel("gemini-3.8-flash", api_key="k", base_url=url)
    return OpenAIModel("m", base_url=f"{url}/v1", api="chat" if wire == "chat" else "responses")


@asynccontextmanager
async def served(handle: Any) -> AsyncIterator[str]:
    """A running server and its address."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


def always_closed() -> Breaker:
    """A breaker whose pause is over at each look, so that every turn asks the first model."""
    seconds = count(0.0, PAUSE_SECONDS + 1)
    return Breaker(lambda: next(seconds))


def asking(way: str) -> ModelRequest:
    """A turn that makes the first model fail in this way."""
    words = UserMessage(text=f"way:{way}.")
    return ModelRequest(system="s", messages=(words,), tools=(LOOK,), timeout=60.0)


@pytest.mark.parametrize("wire", WIRES)
async def test_no_turn_is_lost_however_the_first_model_fails(wire: str, monkeypatch) -> None:
    """The second answers each of them, and is asked once for each."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    failing, good = FailingServer(), GoodServer()
    second_wire = WIRES[(WIRES.index(wire) + 1) % len(WIRES)]
    ways = [WAYS[turn % len(WAYS)] for turn in range(TURNS // len(WIRES))]
    slots = asyncio.Semaphore(AT_ONCE)
    async with served(failing.handle) as bad_url, served(good.handle) as good_url:
        models = [made(wire, bad_url), made(second_wire, good_url)]
        order = FailoverModel(
            [Candidate(model=model, breaker=always_closed()) for model in models],
            first_seconds=2.0,
        )

        async def turn(way: str) -> tuple[str, str]:
            async with slots:
                reply = await order.complete(asking(way))
            assert [name for name, _ in reply.failed] == [models[0].name], way
            return way, reply.text

        said = await asyncio.gather(*(turn(way) for way in ways))
        failing.released.set()
        await order.close()
    assert len(WAYS) >= 30
    assert set(said) == {(way, "Listo.") for way in WAYS}
    assert good.asked == len(ways)
    # Once each; on a slow machine a request may run out of time before it arrives.
    assert set(failing.asked) == set(WAYS)
    assert failing.asked.total() <= len(ways)


@pytest.mark.parametrize("wire", WIRES)
async def test_what_was_blocked_goes_to_no_other_model(wire: str, monkeypatch) -> None:
    """The one failure after which the second is not asked."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    failing, good = FailingServer(), GoodServer()
    async with served(failing.handle) as bad_url, served(good.handle) as good_url:
        models = [made(wire, bad_url), made(wire, good_url)]
        order = FailoverModel(
            [Candidate(model=model, breaker=always_closed()) for model in models], first_seconds=2.0
        )
        with pytest.raises(ModelError) as caught:
            await order.complete(asking("blocked"))
        await order.close()
    assert (caught.value.reason, good.asked) == ("blocked", 0)


async def test_a_first_model_that_is_gone_loses_no_turn_either(monkeypatch) -> None:
    """Nobody listens at its address: after three turns it is left out, and all are answered."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    good = GoodServer()
    async with served(good.handle) as good_url:
        models = [made("chat", "http://127.0.0.1:9"), made("chat", good_url)]
        order = FailoverModel(
            [Candidate(model=model, breaker=Breaker()) for model in models], first_seconds=5.0
        )
        replies = [await order.complete(asking("gone")) for _ in range(20)]
        await order.close()
    assert {reply.text for reply in replies} == {"Listo."}
    assert [len(reply.failed) for reply in replies] == [1, 1, 1, *[0] * 17]
    assert json.dumps(replies[0].failed) == '[["openai:m", "unreachable"]]'
