"""The documented two-stage pipeline in a running service, over Gemini's real wire."""

import json
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from lola.settings import load_settings
from lola.testing.harness import Harness

pytestmark = [pytest.mark.e2e]


class Shaper:
    """Detects Spanish, then returns the reply with its options reversed."""

    def __init__(self) -> None:
        self.calls = 0
        self.is_down = False

    async def handle(self, request: web.Request) -> web.Response:
        """Return on the wire of `generateContent`."""
        body = json.loads(await request.read())
        self.calls += 1
        if self.is_down:
            return web.Response(status=500)
        text = body["contents"][-1]["parts"][-1]["text"]
        return _candidate(_shape(text) if body.get("tools") else {"text": "es"})


def _shape(text: str) -> dict[str, Any]:
    lines = text.split("\n")
    options = [line.removeprefix("- ") for line in lines if line.startswith("- ")]
    content = "\n".join(line for line in lines if not line.startswith("- ")).strip()
    kind = "text" if not options else "buttons" if len(options) <= 3 else "select"
    arguments = {"type": kind, "content": content, "options": options[::-1]}
    return {"functionCall": {"name": "show", "args": arguments}}


def _candidate(part: dict[str, Any]) -> web.Response:
    content = {"role": "model", "parts": [part]}
    return web.json_response(
        {"candidates": [{"content": content, "finishReason": "STOP", "index": 0}]}
    )


async def test_answers_are_shaped_by_the_configured_model(tmp_path) -> None:
    """Two calls per answer of an agent; with the model down, code shapes it and nothing is lost."""
    shaper = Shaper()
    app = web.Application()
    app.router.add_post("/{path:.*}", shaper.handle)
    async with TestServer(app) as server:
        settings = load_settings(
            port=0, lola_data=tmp_path, retriever="", lola_model="offline",
            enhancer_model="gemini:shaper", gemini_api_key=SecretStr("k"),
            google_gemini_base_url=str(server.make_url("")).rstrip("/"),
        )  # fmt: skip
        async with Harness(settings) as harness:
            shaped = await harness.sender("+15550104951").say("quiero enviar 200 dólares")
            calls = shaper.calls
            shaper.is_down = True
            by_code = await harness.sender("+15550104952").say("quiero enviar 200 dólares")
    assert calls == 2
    ours, theirs = by_code.replies[-1], shaped.replies[-1]
    assert len(ours.options) > 1
    assert theirs.options == ours.options[::-1]
    assert theirs.text == ours.text
