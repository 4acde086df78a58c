"""A turn with tools through LiteLLM's own proxy, in front of servers as strict as the services."""

import pytest
from aiohttp import web

from lola.errors import ModelError
from lola.models.chat import AssistantMessage, ModelRequest, ToolMessage, ToolSchema, UserMessage
from lola.models.openai import OpenAIModel
from tests.gateways.conftest import CHAT, GEMINI, KEY, RESPONSES

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(1200)]

SAID = UserMessage(text="hola")
LOOK = ToolSchema(
    name="look",
    description="Look.",
    parameters={"type": "object", "properties": {"what": {"type": "string"}}},
)


def asking(*messages):
    """A request as the agent loop makes it."""
    return ModelRequest(
        system="You are Lola.", messages=messages or (SAID,), tools=(LOOK,), timeout=60.0
    )


def step(reply):
    """The messages that a round of calls adds to a turn."""
    results = (
        ToolMessage(call_id=call.id, name=call.name, result={"seen": "a"}) for call in reply.calls
    )
    return (AssistantMessage(calls=reply.calls, provider_content=reply.provider_content), *results)


async def turn(gateway, name: str, api: str):
    """Two rounds with a tool, then words; return what the last answer says."""
    server = gateway.behind(name)
    server.calls(("c1", "look", {"what": "a"}))
    server.calls(("c2", "look", {"what": "b"}))
    server.says("Listo.")
    model = OpenAIModel(name, api_key=KEY, base_url=f"{gateway.url}/v1", api=api)
    try:
        first = await model.complete(asking())
        second = await model.complete(asking(SAID, *step(first)))
        last = await model.complete(asking(SAID, *step(first), *step(second)))
    finally:
        await model.close()
    assert server.broken_rules == []
    assert [call.name for call in (*first.calls, *second.calls)] == ["look", "look"]
    return last


@pytest.mark.parametrize("name", [*CHAT, *RESPONSES, *GEMINI])
async def test_a_turn_by_chat_completions(gateway, name: str) -> None:
    """LiteLLM hands newer models on to Responses; signatures and thoughts survive the way."""
    last = await turn(gateway, name, "auto")
    assert (last.text, last.usage.is_estimate) == ("Listo.", False)


@pytest.mark.parametrize("name", [*RESPONSES, *GEMINI])
async def test_a_turn_by_responses(gateway, name: str) -> None:
    """What OPENAI_API=responses asks a gateway for."""
    assert (await turn(gateway, name, "responses")).text == "Listo."


@pytest.mark.parametrize("name", RESPONSES)
async def test_nothing_is_stored_behind_the_gateway(gateway, name: str) -> None:
    """The Responses API stores unless it is told not to, and LiteLLM does not tell it by itself."""
    await turn(gateway, name, "auto")
    assert {body.get("store") for body in gateway.responses.requests} == {False}


@pytest.mark.parametrize(
    ("status", "reason"), [(401, "denied"), (429, "busy"), (500, "broken"), (503, "broken")]
)
async def test_an_error_behind_the_gateway_keeps_its_meaning(gateway, status, reason) -> None:
    """The gateway passes statuses on, in an error object of its own."""
    server = gateway.behind("gpt-5.6-sol")
    server.answers += [server.failure(status, "planted-key hola") for _ in range(4)]
    model = OpenAIModel("gpt-5.6-sol", api_key=KEY, base_url=f"{gateway.url}/v1")
    with pytest.raises(ModelError) as caught:
        await model.complete(asking())
    await model.close()
    assert caught.value.reason == reason
    assert "planted-key" not in str(caught.value)


async def test_a_filter_behind_the_gateway_is_a_block(gateway) -> None:
    """No other model is asked for what one provider's filter took."""
    server = gateway.behind("gpt-5.6-sol")
    words = "Invalid prompt: your prompt was flagged as potentially violating our usage policy."
    error = {"message": words, "type": "invalid_request_error", "code": "invalid_prompt"}
    server.answers.append(web.json_response({"error": error}, status=400))
    model = OpenAIModel("gpt-5.6-sol", api_key=KEY, base_url=f"{gateway.url}/v1")
    with pytest.raises(ModelError) as caught:
        await model.complete(asking())
    await model.close()
    assert caught.value.reason == "blocked"
