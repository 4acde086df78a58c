"""Only ModelError leaves the OpenAI adapter: every exception of its layers, and odd bodies."""

import json

import httpx2
import openai as sdk
import pytest
from aiohttp import web

from lola.errors import ModelError
from lola.models.chat import ModelRequest, ToolSchema, UserMessage
from lola.models.families import find_family
from lola.models.openai import OpenAIModel
from tests.unit.models.test_boundary import every_exception

REQUEST = ModelRequest(
    system="You are Lola.",
    messages=(UserMessage(text="hola"),),
    tools=(ToolSchema(name="look", description="Look.", parameters={"type": "object"}),),
    timeout=10.0,
)
BODIES = [
    "", " ", "null", "true", "7", '"text"', "[]", "[1]", "{}", "<html>Bad Gateway</html>",
    '{"choices": ', '{"choices": null}', '{"choices": []}', '{"choices": "none"}',
    '{"choices": {}}', '{"choices": [null]}', '{"choices": ["x"]}', '{"choices": [{}]}',
    '{"choices": [{"message": null}]}', '{"choices": [{"message": "x"}]}',
    '{"choices": [{"message": {"content": null}}]}',
    '{"choices": [{"message": {"content": 7}}]}',
    '{"choices": [{"message": {"content": {"text": "x"}}}]}',
    '{"choices": [{"message": {"content": [null, 7, "x"]}}]}',
    '{"choices": [{"message": {"tool_calls": "x"}}]}',
    '{"choices": [{"message": {"tool_calls": [null]}}]}',
    '{"choices": [{"message": {"tool_calls": [{"function": "x"}]}}]}',
    '{"choices": [{"message": {"content": "Hola"}, "finish_reason": {}}]}',
    '{"choices": [{"message": {"content": "Hola"}, "finish_reason": ["x"]}]}',
    '{"output": null}', '{"output": "none"}', '{"output": [null]}', '{"output": ["x"]}',
    '{"output": [{}]}', '{"output": [{"type": "message"}]}',
    '{"output": [{"type": "message", "content": "x"}]}',
    '{"output": [{"type": "message", "content": [null]}]}',
    '{"output": [{"type": "message", "content": [{"type": "output_text"}]}]}',
    '{"output": [{"type": "message", "content": [{"type": "output_text", "text": 7}]}]}',
    '{"output": [{"type": {}}]}', '{"output": [], "status": "failed"}',
    '{"output": [], "status": {}}', '{"output": [], "status": "queued"}',
    '{"output": [], "error": "x"}', '{"output": [], "error": {"code": {}}}',
    '{"output": [], "incomplete_details": "x"}', '{"output": [], "status": "incomplete"}',
    '{"error": null}', '{"error": "x"}', '{"error": []}', '{"error": {"code": []}}',
    '{"a":' * 5000 + "1" + "}" * 5000,
]  # fmt: skip


class Raising(httpx2.AsyncBaseTransport):
    """A transport of the SDK's HTTP stack that raises what it is told to."""

    error: BaseException

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        raise self.error


@pytest.fixture(params=["chat", "responses"])
def model(request):
    """A model of OpenAI, by each wire."""
    return OpenAIModel(
        "gpt-5.6-sol", api_key="planted-key", base_url="http://127.0.0.1:9/v1", api=request.param
    )


async def outcome(model) -> str:
    """The text of the answer, or the reason for having none."""
    try:
        return (await model.complete(REQUEST)).text
    except ModelError as error:
        return error.reason


async def test_every_exception_under_the_sdk_is_a_model_error(model) -> None:
    """Of the SDK, its HTTP stack, TLS, sockets and JSON: with a reason, and without the text."""
    transport = Raising()
    model._client._client = sdk.AsyncOpenAI(
        api_key="planted-key",
        base_url="http://127.0.0.1:9/v1",
        max_retries=0,
        http_client=httpx2.AsyncClient(transport=transport),
    )
    seen = 0
    for transport.error in every_exception():
        with pytest.raises(ModelError) as caught:
            await model.complete(REQUEST)
        assert "planted-key" not in str(caught.value)
        assert caught.value.__cause__ is None
        seen += 1
    assert seen > 150
    await model.close()


@pytest.mark.parametrize("api", ["chat", "responses"])
@pytest.mark.parametrize("kind", ["application/json", "text/html", "text/event-stream"])
async def test_no_body_is_more_than_a_model_error(openai, api, kind) -> None:
    """HTML, cut and nested JSON, empty choices, null and wrong types in every place."""
    model = OpenAIModel("qwen3:8b", base_url=f"{openai.url}/v1", api=api)
    for body in BODIES:
        openai.answers.append(web.Response(text=body, content_type=kind))
        assert await outcome(model) in {"Hola", "unreadable", "empty", "broken"}, body
    await model.close()


@pytest.mark.parametrize("api", ["chat", "responses"])
@pytest.mark.parametrize("status", [400, 401, 418, 429, 500, 599])
async def test_no_error_body_is_more_than_a_model_error(openai, api, status) -> None:
    """The same bodies with an error's status: the status says what it is."""
    model = OpenAIModel("qwen3:8b", base_url=f"{openai.url}/v1", api=api)
    for body in [*BODIES, json.dumps({"error": {"code": {}, "type": 7, "message": []}})]:
        openai.answers.append(web.Response(text=body, status=status))
        with pytest.raises(ModelError) as caught:
            await model.complete(REQUEST)
        assert caught.value.reason in {"refused", "denied", "busy", "broken"}, body
    await model.close()


async def test_an_own_fault_in_the_request_loses_no_turn(openai) -> None:
    """What cannot be written as JSON is this model's error; the next model is asked."""
    model = OpenAIModel("qwen3:8b", base_url=f"{openai.url}/v1")
    loop: dict[str, object] = {}
    loop["self"] = loop
    odd = ToolSchema(name="look", description="Look.", parameters=loop)
    with pytest.raises(ModelError):
        await model.complete(
            ModelRequest(system="s", messages=REQUEST.messages, tools=(odd,), timeout=5.0)
        )
    await model.close()


def test_the_family_of_the_fuzzed_model_is_known() -> None:
    """The fuzz sends what a turn sends: tools with an effort."""
    assert find_family("openai", "gpt-5.6-sol").effort == "none"
