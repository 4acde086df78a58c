"""What compatible servers and gateways do on OpenAI's wire, and what they want back."""

import asyncio
import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from lola.errors import ModelError
from lola.models.chat import (
    AssistantMessage,
    ModelRequest,
    ToolCall,
    ToolMessage,
    ToolSchema,
    UserMessage,
)
from lola.models.openai import OpenAIModel

LOOK = ToolSchema(name="look", description="Look.", parameters={"type": "object"})
SAID = UserMessage(text="hola")
SENTINEL = {"google": {"thought_signature": "skip_thought_signature_validator"}}


def asking(*messages):
    """A request as the agent loop makes it."""
    return ModelRequest(
        system="You are Lola.", messages=messages or (SAID,), tools=(LOOK,), timeout=10.0
    )


def wish(id_="c1", arguments="{}", **more):
    """A call on the wire."""
    function = {"name": "look", "arguments": arguments}
    return {"id": id_, "type": "function", "function": function, **more}


def step(reply):
    """The messages that a round of calls adds to a turn."""
    results = (ToolMessage(call_id=call.id, name=call.name, result={}) for call in reply.calls)
    return (AssistantMessage(calls=reply.calls, provider_content=reply.provider_content), *results)


@pytest.fixture
async def made(openai):
    """Models of the compatible server by name, closed at the end."""
    found: list[OpenAIModel] = []

    def make(name="qwen3:8b", **options):
        found.append(OpenAIModel(name, base_url=f"{openai.url}/v1", **options))
        return found[-1]

    yield make
    for model in found:
        await model.close()


async def round_trip(openai, model, message, *later):
    """Let the server call a tool with this message; return the assistant's part of what follows."""
    openai.answers_with({"content": None, **message}, finish="tool_calls")
    openai.says("Listo.")
    reply = await model.complete(asking())
    await model.complete(asking(SAID, *step(reply), *later))
    messages = openai.requests[-1]["messages"]
    return next(item for item in messages if item["role"] == "assistant")


@pytest.mark.parametrize(
    "extra",
    [
        {"extra_content": {"google": {"thought_signature": "c2ln"}}},
        {"provider_specific_fields": {"thought_signature": "c2ln"}},
    ],
)
async def test_a_signature_beside_a_call_goes_back_beside_it(openai, made, extra) -> None:
    """Gemini behind a compatible endpoint, directly or through LiteLLM, answers 400 without it."""
    calls = [wish("c1", **extra), wish("c2")]
    sent = await round_trip(openai, made("google/gemini-3.8-flash"), {"tool_calls": calls})
    assert sent["tool_calls"] == calls


async def test_a_call_of_another_model_gets_the_signature_that_gemini_accepts(openai, made) -> None:
    """After a failover within the turn (reference/channels.md 5.2)."""
    openai.says("Listo.")
    calls = (ToolCall(id="x", name="look"), ToolCall(id="y", name="look"))
    results = (ToolMessage(call_id=call.id, name="look", result={}) for call in calls)
    model = made("gemini-3.8-flash")
    await model.complete(asking(SAID, AssistantMessage(calls=calls), *results))
    first, second = openai.requests[0]["messages"][2]["tool_calls"]
    assert first["extra_content"] == SENTINEL
    assert "extra_content" not in second


@pytest.mark.parametrize(
    "extra",
    [
        {"reasoning_content": "hmm"},
        {"reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}]},
        {"reasoning_items": [{"type": "reasoning", "id": "rs_1", "encrypted_content": "x"}]},
        {"thinking_blocks": [{"type": "thinking", "thinking": "hmm", "signature": "s"}]},
    ],
)
async def test_thoughts_go_back_within_the_turn_only(openai, made, extra) -> None:
    """DeepSeek and Kimi answer 400 without them; they are of no use in the next turn."""
    model = made("deepseek-v4")
    name = next(iter(extra))
    sent = await round_trip(openai, model, {"tool_calls": [wish()], **extra})
    assert sent[name] == extra[name]
    said = (AssistantMessage(text="Listo."), UserMessage(text="gracias"))
    sent = await round_trip(openai, model, {"tool_calls": [wish()], **extra}, *said)
    assert name not in sent


async def test_thoughts_never_reach_the_sender_or_another_model(openai, made) -> None:
    """They are kept beside the calls, not in the text, and carry the name of their model."""
    openai.answers_with({"content": None, "tool_calls": [wish()], "reasoning_content": "hmm"})
    openai.says("Listo.")
    reply = await made("deepseek-v4").complete(asking())
    assert reply.text == ""
    await made("kimi-k3").complete(asking(SAID, *step(reply)))
    assert "hmm" not in json.dumps(openai.requests[-1])


async def test_what_no_server_gave_is_never_sent(openai, made) -> None:
    """Strict services refuse fields that they do not know."""
    sent = await round_trip(openai, made(), {"tool_calls": [wish()]})
    assert sent == {"role": "assistant", "content": None, "tool_calls": [wish()]}


async def test_ids_are_new_over_the_whole_turn(openai, made) -> None:
    """A server that begins with `call_0` in each reply gets other ids back from us."""
    model = made()
    openai.answers_with({"content": None, "tool_calls": [wish("call_0"), wish("call_1")]})
    openai.answers_with({"content": None, "tool_calls": [wish("call_0")]})
    openai.says("Listo.")
    first = await model.complete(asking())
    second = await model.complete(asking(SAID, *step(first)))
    assert [call.id for call in first.calls] == ["call_0", "call_1"]
    assert second.calls[0].id not in {"call_0", "call_1", ""}
    assert (await model.complete(asking(SAID, *step(first), *step(second)))).text == "Listo."
    assert openai.broken_rules == []


@pytest.mark.parametrize("ending", ["stop", "tool_calls", "eos", "end_turn", None, ""])
async def test_an_answer_that_ended_by_itself_is_whole(openai, made, ending) -> None:
    """Also where the server writes the ending in its own words, or none."""
    openai.answers_with({"content": "Con gusto"}, finish=ending)
    assert (await made().complete(asking())).text == "Con gusto"


@pytest.mark.parametrize("ending", ["length", "error", "abort", "of_tomorrow", "insufficient"])
async def test_another_ending_keeps_whole_sentences_or_the_next_model_is_asked(
    openai, made, ending
) -> None:
    """Only the content filter is a block."""
    model = made()
    openai.answers_with({"content": "Con gusto. Recibe 5,6"}, finish=ending)
    openai.answers_with({"content": "Recibe 5,6"}, finish=ending)
    assert (await model.complete(asking())).text == "Con gusto."
    with pytest.raises(ModelError) as caught:
        await model.complete(asking())
    assert (caught.value.reason, caught.value.retryable) == ("empty", True)


async def test_an_ending_that_is_no_word_is_not_repeated(openai, made) -> None:
    """A server may write anything there, and errors are logged."""
    openai.answers_with({"content": None}, finish="planted key hola")
    with pytest.raises(ModelError, match=r"unknown$"):
        await made().complete(asking())


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ({"message": "planted-key", "code": 429}, "busy"),
        ({"message": "planted-key", "code": "503"}, "broken"),
        ({"message": "planted-key", "code": 401}, "denied"),
        ({"message": "planted-key", "code": "content_filter"}, "blocked"),
        ({"message": "planted-key", "type": "insufficient_quota"}, "denied"),
        ({"message": "planted-key"}, "broken"),
    ],
)
async def test_an_error_inside_a_200_is_that_error(openai, made, error, reason) -> None:
    """Gateways answer 200 and say in the body what went wrong at the model behind them."""
    openai.answers.append({"error": error})
    with pytest.raises(ModelError) as caught:
        await made().complete(asking())
    assert caught.value.reason == reason
    assert "planted-key" not in str(caught.value)


async def test_an_empty_account_is_not_asked_again(openai, made) -> None:
    """429 with `insufficient_quota` does not pass; the next model answers at once."""
    error = {"message": "x", "type": "insufficient_quota", "code": "insufficient_quota"}
    openai.answers.append(web.json_response({"error": error}, status=429))
    with pytest.raises(ModelError) as caught:
        await made().complete(asking())
    assert (caught.value.reason, caught.value.retryable) == ("denied", False)


async def test_advice_in_milliseconds_is_read(openai, made) -> None:
    """OpenAI and Azure send it beside or instead of seconds."""
    openai.fails(429, **{"retry-after-ms": "1500"})
    with pytest.raises(ModelError) as caught:
        await made().complete(asking())
    assert caught.value.after == 1.5


async def test_a_redirect_is_not_followed(openai, made) -> None:
    """What a sender wrote goes only to the host that a setting names."""
    openai.answers.append(web.Response(status=307, headers={"Location": f"{openai.url}/other"}))
    with pytest.raises(ModelError) as caught:
        await made().complete(asking())
    assert (caught.value.reason, len(openai.requests)) == ("refused", 1)


@pytest.mark.parametrize(
    "raw",
    [
        "[" * 100_000,
        '{"a": NaN}',
        '{"a": Infinity}',
        json.dumps({"a": 1}) + "}",
        '{"a":' * 60 + "1" + "}" * 60,
    ],
)
async def test_arguments_that_could_not_be_kept_are_a_problem_of_the_call(openai, made, raw):
    """Too deep, no JSON, no number: the call is answered and never run, the turn goes on."""
    openai.answers_with({"content": None, "tool_calls": [wish(arguments=raw)]})
    (call,) = (await made().complete(asking())).calls
    assert call.problem
    assert call.arguments == {}


async def test_half_a_character_is_replaced(openai, made) -> None:
    r"""`\ud800` is legal JSON and no text: sent on or kept, it would end the turn."""
    arguments = '{"name": "Jos\\ud800"}'
    openai.answers_with({"content": "Hola \ud800.", "tool_calls": [wish(arguments=arguments)]})
    openai.says("Listo.")
    model = made()
    reply = await model.complete(asking())
    assert (reply.text, reply.calls[0].arguments) == ("Hola \ufffd.", {"name": "Jos\ufffd"})
    assert (await model.complete(asking(SAID, *step(reply)))).text == "Listo."


@pytest.mark.parametrize(
    "content",
    [
        "hmm, Ana wants money</think>¿A qué país?",
        "[THINK]hmm[/THINK]¿A qué país?",
        "<|channel|>analysis<|message|>hmm<|end|><|channel|>final<|message|>¿A qué país?<|return|>",
        [{"type": "thinking", "thinking": "hmm"}, {"type": "text", "text": "¿A qué país?"}],
    ],
)
async def test_thoughts_in_the_text_never_reach_a_sender(openai, made, content) -> None:
    """In the marks of any template, and where a template wrote the opening mark itself."""
    openai.answers_with({"content": content})
    assert (await made().complete(asking())).text == "¿A qué país?"


@pytest.mark.parametrize("usage", ["none", [1], {"prompt_tokens": "10"}, {"prompt_tokens": -1}])
async def test_counts_that_are_no_numbers_are_estimated(openai, made, usage) -> None:
    """A budget fills whatever a server writes there."""
    openai.answers_with({"content": "Hola."}, usage=usage)
    counted = (await made().complete(asking())).usage
    assert counted.is_estimate
    assert counted.input_tokens > 0
    assert counted.output_tokens > 0


@pytest.mark.usefixtures("_bare_environment")
async def test_no_turn_waits_for_a_free_connection() -> None:
    """More turns at once than any pool's default: the server answers only when all have arrived."""
    turns = 120
    arrived = 0
    everyone = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        nonlocal arrived
        await request.read()
        arrived += 1
        if arrived == turns:
            everyone.set()
        await everyone.wait()
        return web.json_response({"choices": [{"message": {"content": "Hola."}}]})

    app = web.Application()
    app.router.add_post("/v1/chat/completions", answer)
    async with TestServer(app) as server:
        model = OpenAIModel("m", base_url=str(server.make_url("/v1")))
        request = ModelRequest(system="s", messages=(SAID,), timeout=60.0)
        replies = await asyncio.gather(*(model.complete(request) for _ in range(turns)))
        await model.close()
    assert {reply.text for reply in replies} == {"Hola."}
