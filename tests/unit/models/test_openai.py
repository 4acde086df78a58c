"""What only OpenAI's wire has, and what compatible servers do to it (reference/channels.md 5.8)."""

import json

import pytest
from aiohttp import web

from lola.errors import ConfigurationError, ModelError
from lola.models.chat import AssistantMessage, DataMessage, ModelRequest, ToolSchema, UserMessage
from lola.models.openai import OpenAIModel

LOOK = ToolSchema(name="look", description="Look.", parameters={"type": "object"})


def asking(*messages):
    """A request as the agent loop makes it."""
    return ModelRequest(
        system="You are Lola.",
        messages=messages or (UserMessage(text="hola"),),
        tools=(LOOK,),
        timeout=5.0,
    )


@pytest.fixture
async def model(openai):
    made = OpenAIModel("qwen3:8b", base_url=f"{openai.url}/v1")
    yield made
    await made.close()


async def test_the_request_is_explicit(openai, model):
    """System text, schema, limits, and a key that a server without keys accepts."""
    openai.says("hola")
    await model.complete(asking())
    body = openai.requests[0]
    assert openai.paths == ["/v1/chat/completions"]
    assert body["messages"][0] == {"role": "system", "content": "You are Lola."}
    assert body["tools"][0] == {
        "type": "function",
        "function": {"name": "look", "description": "Look.", "parameters": {"type": "object"}},
    }
    assert (body["model"], body["max_tokens"], body["temperature"]) == ("qwen3:8b", 800, 0.0)
    assert openai.headers[0]["x-stainless-retry-count"] == "0"


async def test_neighbours_of_one_role_become_one_message(openai, model):
    """Chat templates of vLLM and others demand that user and assistant alternate."""
    openai.says("ok")
    await model.complete(
        asking(
            UserMessage(text="a"),
            UserMessage(text="b"),
            AssistantMessage(text="c"),
            AssistantMessage(text="d"),
            DataMessage(marker="k9", data={}),
            UserMessage(text="e"),
        )
    )
    roles = [message["role"] for message in openai.requests[0]["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    assert openai.requests[0]["messages"][1]["content"] == "a\n\nb"


@pytest.mark.parametrize(
    ("raw", "arguments", "problem"),
    [
        ('{"a": 1}', {"a": 1}, ""),
        ({"a": 1}, {"a": 1}, ""),
        ('"{\\"a\\": 1}"', {"a": 1}, ""),
        ("", {}, ""),
        (None, {}, ""),
        ("null", {}, ""),
        ('{"a": ', {}, "not valid JSON"),
        ("[1]", {}, "not a JSON object"),
        ("7", {}, "not a JSON object"),
    ],
)
async def test_arguments_are_read_in_every_spelling(openai, model, raw, arguments, problem):
    """A string of JSON, an object, JSON in JSON, nothing; what cannot be read says so."""
    wish = {"id": "c", "type": "function", "function": {"name": "look", "arguments": raw}}
    openai.answers_with({"content": None, "tool_calls": [wish]}, finish="tool_calls")
    (call,) = (await model.complete(asking())).calls
    assert call.arguments == arguments
    assert problem in call.problem
    assert bool(call.problem) is bool(problem)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<think>Ana wants money</think>\n¿A qué país?", "¿A qué país?"),
        ([{"type": "text", "text": "¿A qué "}, {"type": "text", "text": "país?"}], "¿A qué país?"),
    ],
)
async def test_words_are_found_in_every_form(openai, model, content, text):
    """Parts are joined; thoughts that a server left in the text never reach a sender."""
    openai.answers_with({"content": content})
    assert (await model.complete(asking())).text == text


async def test_thoughts_alone_are_no_answer(openai, model):
    """A model that ran out of tokens while thinking has said nothing."""
    openai.answers_with({"content": "<think>hmm, let me"}, finish="length")
    with pytest.raises(ModelError) as caught:
        await model.complete(asking())
    assert caught.value.reason == "empty"


@pytest.mark.parametrize("usage", [None, {}])
async def test_missing_usage_is_estimated_and_marked(openai, model, usage):
    """Budgets count for servers that do not."""
    openai.answers_with({"content": "Con mucho gusto te ayudo."}, usage=usage)
    reply = await model.complete(asking())
    assert reply.usage.is_estimate
    assert reply.usage.input_tokens > 5
    assert reply.usage.output_tokens == 9


async def test_a_refusal_is_a_block(openai, model):
    """`refusal` beside null content is the provider's considered no."""
    openai.answers_with({"content": None, "refusal": "I cannot."})
    with pytest.raises(ModelError) as caught:
        await model.complete(asking())
    assert caught.value.reason == "blocked"


async def test_a_filtered_prompt_is_a_block(openai, model):
    """Azure and gateways answer 400 with the filter's code."""
    error = {"error": {"message": "x", "code": "content_filter", "type": None, "param": None}}
    openai.answers.append(web.json_response(error, status=400))
    with pytest.raises(ModelError) as caught:
        await model.complete(asking())
    assert (caught.value.reason, caught.value.retryable) == ("blocked", False)


async def test_no_choice_is_an_error(openai, model):
    """An answer without choices may pass at the next try."""
    openai.answers.append({"id": "c", "object": "chat.completion", "choices": []})
    with pytest.raises(ModelError) as caught:
        await model.complete(asking())
    assert caught.value.retryable


def test_a_model_without_key_or_address_is_refused(monkeypatch):
    """Nothing is taken from the environment but through the settings."""
    monkeypatch.setenv("OPENAI_API_KEY", "ambient")
    with pytest.raises(ConfigurationError, match="OPENAI_API_KEY"):
        OpenAIModel("gpt-4.1-mini")


async def test_results_are_strings_of_json(openai, model):
    """Text of senders stays readable: no escapes that cost tokens."""
    openai.says("ok")
    await model.complete(asking(UserMessage(text="mañana")))
    assert "mañana" in json.dumps(openai.requests[0], ensure_ascii=False)
