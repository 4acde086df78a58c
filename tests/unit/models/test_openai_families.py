"""A turn with tools on servers as strict as OpenAI: every model of the table, and newer ones."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from lola.errors import ModelError
from lola.models.chat import (
    AssistantMessage,
    ModelRequest,
    ToolMessage,
    ToolSchema,
    UserMessage,
)
from lola.models.families import family_table, find_family
from lola.models.openai import OpenAIModel
from tests.unit.models import openai_rules

LOOK = ToolSchema(
    name="look",
    description="Look.",
    parameters={"type": "object", "properties": {"what": {"type": "string"}}},
)
KNOWN = [
    row.name.partition(":")[2] for row in family_table().models if row.name.startswith("openai:")
]
NEWER = ["gpt-5.4-pro", "gpt-5.6-cyber", "gpt-6.2-sol", "gpt-6.2-astra", "gpt-7-luna", "gpt-8"]


def asking(*messages):
    """A request as the agent loop makes it."""
    return ModelRequest(
        system="You are Lola.",
        messages=messages or (UserMessage(text="hola"),),
        tools=(LOOK,),
        timeout=10.0,
    )


@asynccontextmanager
async def opened(model: OpenAIModel) -> AsyncIterator[OpenAIModel]:
    """Close the model at the end, whatever happens."""
    try:
        yield model
    finally:
        await model.close()


def made(name: str, server, *, api="auto"):
    """A model that takes the loopback server for OpenAI's own service."""
    family = find_family("openai", name)
    api = family.api if api == "auto" else api
    address = f"{server.url}/v1"
    return opened(OpenAIModel(name, api_key="k", base_url=address, family=family, api=api))


@pytest.mark.parametrize("name", KNOWN + NEWER)
async def test_the_service_takes_a_turn_with_tools(name, strict_chat, responses) -> None:
    """A call and its result by the API that the family names (reference/surprises.md 1.2)."""
    server = responses if find_family("openai", name).api == "responses" else strict_chat
    server.calls(("c1", "look", {"what": "a"}))
    server.says("Listo.")
    async with made(name, server) as model:
        first = await model.complete(asking())
        (call,) = first.calls
        last = await model.complete(
            asking(
                UserMessage(text="hola"),
                AssistantMessage(calls=first.calls, provider_content=first.provider_content),
                ToolMessage(call_id=call.id, name=call.name, result={"seen": "a"}),
            )
        )
    assert (last.text, server.broken_rules) == ("Listo.", [])
    assert {body["store"] for body in server.requests} == {False}


@pytest.mark.parametrize("name", [name for name in KNOWN if find_family("openai", name).efforts])
async def test_every_model_that_thinks_can_be_asked_by_responses(name, responses) -> None:
    """A deployment may choose one API for all its models."""
    responses.says("Listo.")
    async with made(name, responses, api="responses") as model:
        assert (await model.complete(asking())).text == "Listo."


async def test_an_old_model_by_responses_sends_nothing_about_thinking(responses) -> None:
    """gpt-4.1 takes a temperature there, and refuses encrypted thoughts and an effort."""
    responses.does_think = False
    responses.says("Listo.")
    async with made("gpt-4.1", responses, api="responses") as model:
        assert (await model.complete(asking())).text == "Listo."
    assert responses.requests[0]["temperature"] == 0.0


@pytest.mark.parametrize(
    ("base_url", "api", "name", "found"),
    [
        ("", "auto", "gpt-5.6-sol", "chat"),
        ("", "auto", "gpt-6.1-sol", "responses"),
        ("https://eu.api.openai.com/v1", "auto", "gpt-6-astra", "responses"),
        ("", "chat", "gpt-6.1-sol", "chat"),
        ("", "responses", "gpt-5.6-sol", "responses"),
        ("http://vllm:8000/v1", "auto", "qwen3:8b", "chat"),
        ("http://litellm:4000/v1", "auto", "gpt-6.1-sol", "chat"),
        ("http://litellm:4000/v1", "responses", "gpt-6.1-sol", "responses"),
        ("https://api.openai.com.evil.example/v1", "auto", "gpt-6.1-sol", "chat"),
    ],
)
def test_the_api_follows_the_table_and_the_setting(base_url, api, name, found) -> None:
    """Compatible servers are asked by chat completions unless a setting says otherwise."""
    assert OpenAIModel(name, api_key="k", base_url=base_url, api=api).api == found


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("qwen3:8b", "max_tokens"),
        ("google/gemini-3.8-flash", "max_tokens"),
        ("gpt-oss-20b", "max_tokens"),
        ("openai/gpt-5.6-sol", "max_completion_tokens"),
    ],
)
async def test_the_token_limit_has_the_name_that_the_server_knows(openai, name, limit) -> None:
    """Compatible servers know the older name, OpenAI's newer models refuse it."""
    openai.says("ok")
    async with opened(OpenAIModel(name, base_url=f"{openai.url}/v1")) as model:
        await model.complete(asking())
    assert openai.requests[0][limit] == 800
    assert len({"max_tokens", "max_completion_tokens"} & set(openai.requests[0])) == 1


BROKEN = [
    ({"reasoning_effort": "low"}, "gpt-5.4"),
    ({}, "gpt-5.6-sol"),
    ({"reasoning_effort": "none"}, "gpt-6-astra"),
    ({"reasoning_effort": "none"}, "gpt-5-mini"),
    ({"reasoning_effort": "none", "temperature": 0}, "gpt-6-sol"),
    ({"reasoning_effort": "none", "max_tokens": 5}, "gpt-5.4"),
    ({"shout": True}, "gpt-4.1"),
]


@pytest.mark.parametrize(("options", "name"), BROKEN)
def test_the_strict_server_bites(options, name) -> None:
    """What the service refuses is refused here, so that a passing test means something."""
    tool = {"type": "function", "function": {"name": "look", "parameters": LOOK.parameters}}
    body = {"model": name, "messages": [{"role": "user", "content": "hola"}], "tools": [tool]}
    assert openai_rules.chat_refusal({**body, **options})


async def test_a_refused_request_is_an_error_of_the_request(strict_chat) -> None:
    """The next model is asked, and this one is not taken out of service."""
    wrong = find_family("openai", "gpt-4.1")
    address = f"{strict_chat.url}/v1"
    async with opened(OpenAIModel("gpt-5.6-sol", base_url=address, family=wrong)) as model:
        with pytest.raises(ModelError) as caught:
            await model.complete(asking())
    assert caught.value.reason == "refused"
