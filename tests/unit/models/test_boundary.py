"""Nothing but ModelError leaves an adapter, whatever the SDK, its HTTP stack or its auth raise."""

import asyncio
import importlib
import inspect
import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from aiohttp import web
from google.genai.errors import APIError

from lola.errors import ModelError
from lola.models.boundary import model_boundary
from lola.models.chat import MESSAGES, ModelRequest, UserMessage
from lola.models.failover import Breaker
from lola.models.gemini import GeminiModel

MODULES = (
    "builtins", "asyncio", "json", "ssl", "socket", "zlib", "binascii", "concurrent.futures",
    "google.genai.errors", "google.auth.exceptions", "google.auth.aio.transport", "openai",
    "aiohttp", "aiohttp.client_exceptions", "aiohttp.http_exceptions", "httpx", "httpx2",
    "httpcore", "httpcore2", "requests.exceptions", "urllib3.exceptions", "anyio", "h11",
    "tenacity", "yarl",
)  # fmt: skip
ASKED = ModelRequest(system="s", messages=(UserMessage(text="hola"),), timeout=5.0)
BODIES: tuple[Any, ...] = (
    {}, {"error": {"code": "x", "message": "planted-key"}}, {"error": {"details": ["planted-key"]}},
    {"error": {"details": "planted-key"}}, {"code": None, "message": "planted-key"},
)  # fmt: skip
REASONS = {"timeout", "unreachable", "denied", "unreadable", "broken"}
# These end the process or the task on purpose.
NOT_OURS = (KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError)


def module(name: str) -> object:
    """Import a module; other versions of the SDKs may be built on other ones."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return importlib.import_module("builtins")


def every_exception() -> Iterator[BaseException]:
    """Yield one exception of each class that the modules define or show, without its text."""
    found = {
        cls
        for name in MODULES
        for cls in list(vars(module(name)).values())
        if inspect.isclass(cls) and issubclass(cls, Exception) and not issubclass(cls, NOT_OURS)
    }
    for cls in sorted(found, key=lambda cls: (cls.__module__, cls.__qualname__)):
        if issubclass(cls, ExceptionGroup):
            yield cls("planted-key", [ValueError("planted-key")])
        elif issubclass(cls, UnicodeError):
            yield UnicodeDecodeError("utf-8", b"planted-key", 0, 1, "planted-key")
        else:
            error = cls.__new__(cls)
            error.args = ("planted-key",)
            yield error


@pytest.mark.parametrize(
    "error", list(every_exception()), ids=lambda error: type(error).__qualname__
)
def test_every_class_of_every_layer_becomes_a_model_error(error) -> None:
    """With a reason of the closed set and without the text, which may hold a key."""
    with pytest.raises(ModelError) as caught, model_boundary("gemini"):
        raise error
    assert caught.value.reason in REASONS
    assert "planted-key" not in str(caught.value)
    assert caught.value.__cause__ is None
    breaker = Breaker()
    for _ in range(3):
        breaker.failed(caught.value.reason)
    assert breaker.is_open


class BrokenSdk:
    """In place of google-genai's client: every request ends in the same exception."""

    def __init__(self, error: Exception) -> None:
        self.aio = self.models = self.caches = self
        self._error = error

    async def generate_content(self, **_: object) -> None:
        raise self._error

    async def aclose(self) -> None:
        """Nothing was opened."""

    def close(self) -> None:
        """Nothing was opened."""


async def test_no_exception_of_the_sdk_leaves_the_gemini_adapter() -> None:
    """Also the SDK's own status errors, with any status or none."""
    model = GeminiModel("gemini-3.8-flash", api_key="k")
    strange = [APIError(code, body) for code in (0, 99, 302, 418, 600) for body in BODIES]
    for error in [*every_exception(), *strange]:
        model._client._client = BrokenSdk(error)
        with pytest.raises(ModelError) as caught:
            await model.complete(ASKED)
        assert "planted-key" not in str(caught.value)
    await model.close()


def variants(body: Any) -> Iterator[Any]:
    """Yield a body with each of its values replaced by each kind of JSON, or left out."""
    yield from (None, True, 7, -1.5, "planted-key", [], {}, [None], ["x"], [[]], {"a": None})
    if isinstance(body, dict):
        for key, value in body.items():
            yield {name: item for name, item in body.items() if name != key}
            yield from ({**body, key: other} for other in variants(value))
    elif isinstance(body, list):
        for place, value in enumerate(body):
            yield from ([*body[:place], other, *body[place + 1 :]] for other in variants(value))


async def test_no_odd_error_page_leaves_the_gemini_adapter(gemini) -> None:
    """Errors of proxies and portals have any body under any content type."""
    pages = ("", "<html>", "{", "null", "[]", "[[]]", '"planted-key"', '{"error": []}',
             '{"error": "planted-key"}', '[{"error": {"message": "planted-key"}}]')  # fmt: skip
    kinds = ("application/json", "text/html")
    model = GeminiModel("gemini-3.8-flash", api_key="k", base_url=gemini.url)
    for status, page, kind in product((400, 401, 429, 500, 503), pages, kinds):
        gemini.answers.append(web.Response(status=status, text=page, content_type=kind))
        with pytest.raises(ModelError) as caught:
            await model.complete(ASKED)
        assert "planted-key" not in str(caught.value)
    await model.close()


@pytest.mark.filterwarnings("ignore:.*is not a valid:UserWarning")
async def test_no_odd_answer_leaves_the_gemini_adapter_as_anything_else(gemini) -> None:
    """Whatever kind of JSON is where another was promised: a reply or a ModelError."""
    gemini.says("Hola.", {"functionCall": {"id": "c", "name": "quote", "args": {"a": 1}},
                          "thoughtSignature": "c2ln"})  # fmt: skip
    whole = gemini.answers.pop()
    odd = [*variants(whole), *variants({"promptFeedback": {"blockReason": "SAFETY"}})]
    model = GeminiModel("gemini-3.8-flash", api_key="k", base_url=gemini.url)
    outcomes = set()
    for body in odd:
        gemini.answers.append(web.json_response(body))
        try:
            reply = await model.complete(ASKED)
        except ModelError as error:
            outcomes.add(error.reason)
        else:
            outcomes.add("replied")
            assert MESSAGES.validate_python(({"role": "assistant", "text": reply.text},))
    await model.close()
    assert len(odd) > 300
    assert outcomes == {"replied", "empty", "unreadable"}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TimeoutError(), "timeout"),
        (ConnectionResetError(), "unreachable"),
        (json.JSONDecodeError("x", "", 0), "unreadable"),
        (TypeError("string indices must be integers"), "unreadable"),
        (ExceptionGroup("x", [ExceptionGroup("y", [OSError()])]), "unreachable"),
        (RuntimeError("session is closed"), "broken"),
    ],
)
def test_the_reason_says_what_happened(error, reason) -> None:
    """Operators see a time-out as a time-out, also inside a group."""
    with pytest.raises(ModelError) as caught, model_boundary("x"):
        raise error
    assert (caught.value.reason, caught.value.retryable) == (reason, True)


def test_the_adapters_own_statuses_come_first() -> None:
    """What the adapter translates itself is kept as it is."""
    mine = ModelError("busy", reason="busy", after=2.0)
    with pytest.raises(ModelError) as caught, model_boundary("x", lambda _: mine):
        raise ValueError
    assert caught.value is mine


def test_a_model_error_passes_unchanged() -> None:
    """An adapter's own verdict is not translated a second time."""
    mine = ModelError("blocked", reason="blocked")
    with pytest.raises(ModelError) as caught, model_boundary("x"):
        raise mine
    assert caught.value is mine


async def test_a_cancelled_turn_stays_cancelled() -> None:
    """A turn that is stopped must not go on with another model."""
    entered = asyncio.Event()

    async def turn() -> None:
        with model_boundary("x"):
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(turn())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_that_an_sdk_made_up_is_an_error() -> None:
    """A future that the SDK dropped must not look like a stopped turn."""
    future = asyncio.get_running_loop().create_future()
    future.cancel()
    with pytest.raises(ModelError) as caught, model_boundary("x"):
        await future
    assert caught.value.reason == "broken"
