"""What only OpenAI's Responses API has: thoughts that are carried, nothing stored, its endings."""

import pytest

from lola.errors import ModelError
from lola.models.chat import (
    AssistantMessage,
    ModelRequest,
    ToolCall,
    ToolMessage,
    ToolSchema,
    UserMessage,
)
from lola.models.families import find_family
from lola.models.openai import OpenAIModel

LOOK = ToolSchema(name="look", description="Look.", parameters={"type": "object"})
SAID = UserMessage(text="hola")


def asking(*messages):
    """A request as the agent loop makes it."""
    return ModelRequest(
        system="You are Lola.", messages=messages or (SAID,), tools=(LOOK,), timeout=10.0
    )


def step(reply, result=None):
    """The messages that a round of calls adds to a turn."""
    results = (
        ToolMessage(call_id=call.id, name=call.name, result=result or {"seen": call.id})
        for call in reply.calls
    )
    return (AssistantMessage(calls=reply.calls, provider_content=reply.provider_content), *results)


@pytest.fixture
async def model(responses):
    family = find_family("openai", "gpt-6.1-sol")
    made = OpenAIModel(
        "gpt-6.1-sol", api_key="k", base_url=f"{responses.url}/v1", family=family, api="responses"
    )
    yield made
    await made.close()
    assert responses.broken_rules == []


async def test_the_request_is_explicit(responses, model) -> None:
    """Nothing is stored, thoughts come encrypted, and optional properties are allowed."""
    responses.says("hola")
    await model.complete(asking())
    body = responses.requests[0]
    assert (body["store"], body["include"]) == (False, ["reasoning.encrypted_content"])
    assert (body["instructions"], body["input"]) == (
        "You are Lola.", [{"role": "user", "content": "hola"}]
    )  # fmt: skip
    assert body["tools"] == [
        {"type": "function", "name": "look", "description": "Look.", "strict": False,
         "parameters": {"type": "object"}}
    ]  # fmt: skip
    assert (body["reasoning"], body["max_output_tokens"]) == ({"effort": "low"}, 800)
    assert not {"temperature", "previous_response_id", "conversation"} & set(body)
    assert responses.headers[0]["x-stainless-retry-count"] == "0"


async def test_thoughts_are_carried_through_a_turn_of_several_rounds(responses, model) -> None:
    """Each call goes back behind the encrypted thought that led to it; the server demands it."""
    responses.calls(("c1", "look", {}), ("c2", "look", {}))
    responses.calls(("c3", "look", {}))
    responses.says("Listo.")
    first = await model.complete(asking())
    second = await model.complete(asking(SAID, *step(first)))
    assert (await model.complete(asking(SAID, *step(first), *step(second)))).text == "Listo."
    kinds = [item.get("type", item.get("role")) for item in responses.requests[2]["input"]]
    assert kinds == [
        "user", "reasoning", "function_call", "function_call", "function_call_output",
        "function_call_output", "reasoning", "function_call", "function_call_output",
    ]  # fmt: skip
    assert responses.requests[2]["input"][1]["encrypted_content"] == "encrypted rs_0"


async def test_a_thought_that_is_missing_or_altered_is_refused(responses, model) -> None:
    """The strict server bites."""
    responses.calls(("c1", "look", {}))
    reply = await model.complete(asking())
    bare, result = step(reply)
    for items in ([], [{"type": "reasoning", "id": "rs_0", "encrypted_content": "x"}]):
        kept = {**bare.provider_content, "items": [*items, *bare.provider_content["items"][1:]]}
        altered = AssistantMessage(calls=reply.calls, provider_content=kept)
        with pytest.raises(ModelError) as caught:
            await model.complete(asking(SAID, altered, result))
        assert caught.value.reason == "refused"
    assert len(responses.broken_rules) == 2
    responses.broken_rules.clear()


async def test_thoughts_of_earlier_turns_are_not_sent_again(responses, model) -> None:
    """They are for their own turn; the calls and results of earlier turns stay."""
    responses.calls(("c1", "look", {}))
    responses.says("Listo.")
    first = await model.complete(asking())
    earlier = (SAID, *step(first), AssistantMessage(text="Listo."))
    await model.complete(asking(*earlier, UserMessage(text="gracias")))
    items = responses.requests[1]["input"]
    assert [item.get("type", item.get("role")) for item in items] == [
        "user", "function_call", "function_call_output", "assistant", "user"
    ]  # fmt: skip


async def test_words_beside_a_call_do_not_come_back_as_the_models_own(responses, model) -> None:
    """No guard saw them and no sender read them."""
    responses.calls(("c1", "look", {}), beside="Ya te mandé 500 USD.")
    responses.says("Listo.")
    first = await model.complete(asking())
    await model.complete(asking(SAID, *step(first)))
    assert "500 USD" not in str(responses.requests[1])


async def test_another_models_thoughts_are_not_handed_on(responses, model) -> None:
    """After a failover within the turn only calls and results go over."""
    call = ToolCall(id="c9", name="look")
    kept = {"model": "openai:gpt-6-astra", "items": [{"type": "reasoning", "id": "rs_77"}]}
    responses.says("Listo.")
    await model.complete(
        asking(
            SAID,
            AssistantMessage(calls=(call,), provider_content=kept),
            ToolMessage(call_id="c9", name="look", result={}),
        )
    )
    assert "rs_77" not in str(responses.requests[0])


async def test_a_thought_that_is_not_encrypted_goes_back_as_it_came(responses, model) -> None:
    """Compatible servers write the thought itself."""
    content = [{"type": "reasoning_text", "text": "hmm"}]
    thought = {"id": "rs_1", "type": "reasoning", "summary": [], "content": content}
    wish = {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"}
    responses.answers_with(thought, wish)
    reply = await model.complete(asking())
    assert reply.text == ""
    assert reply.provider_content["items"][0]["content"] == content


async def test_of_commentary_and_answer_only_the_answer_is_for_the_sender(responses, model) -> None:
    """Newer models label what they say on the way."""
    responses.answers_with(
        *responses.thinks(),
        responses.words("Let me look.", phase="commentary"),
        responses.words("¿A qué país?", phase="final_answer"),
    )
    assert (await model.complete(asking())).text == "¿A qué país?"


async def test_a_small_limit_is_raised_to_what_the_service_takes(responses, model) -> None:
    """It refuses fewer than 16 tokens; the turn's own limit is kept by the loop."""
    responses.says("ok")
    request = asking()
    await model.complete(
        ModelRequest(system="s", messages=request.messages, max_output_tokens=5, timeout=5.0)
    )
    assert responses.requests[0]["max_output_tokens"] == 16


@pytest.mark.parametrize(
    ("error", "reason", "retryable"),
    [
        ({"code": "server_error", "message": "planted-key"}, "broken", True),
        ({"code": "rate_limit_exceeded", "message": "planted-key"}, "busy", True),
        ({"code": "invalid_prompt", "message": "planted-key"}, "blocked", False),
        ({"code": "misalignment_policy_violation", "message": "x"}, "blocked", False),
        ({"code": "data_residency_mismatch", "message": "x"}, "refused", False),
        ({"code": "of_tomorrow", "message": "x"}, "broken", True),
        (None, "broken", True),
    ],
)
async def test_a_failed_answer_says_why(responses, model, error, reason, retryable) -> None:
    """Status 200 with `failed` inside: only the content policy is a block."""
    responses.answers_with(status="failed", error=error)
    with pytest.raises(ModelError) as caught:
        await model.complete(asking())
    assert (caught.value.reason, caught.value.retryable) == (reason, retryable)
    assert "planted-key" not in str(caught.value)


@pytest.mark.parametrize("why", ["max_output_tokens", "max_messages", "steered", "of_tomorrow"])
async def test_an_answer_that_is_cut_keeps_its_whole_sentences(responses, model, why) -> None:
    """Only the content filter is a block; with no whole sentence another model is asked."""
    for text in ("Con gusto. Recibe 5,6", "Recibe 5,6"):
        details = {"reason": why}
        words = responses.words(text)
        responses.answers_with(words, status="incomplete", incomplete_details=details)
    assert (await model.complete(asking())).text == "Con gusto."
    with pytest.raises(ModelError) as caught:
        await model.complete(asking())
    assert (caught.value.reason, caught.value.retryable) == ("empty", True)


async def test_a_refusal_is_a_block(responses, model) -> None:
    """The model's considered no."""
    message = {**responses.words(""), "content": [{"type": "refusal", "refusal": "I cannot."}]}
    responses.answers_with(message)
    with pytest.raises(ModelError) as caught:
        await model.complete(asking())
    assert caught.value.reason == "blocked"


async def test_items_of_other_kinds_are_passed_over(responses, model) -> None:
    """A vendor's built-in tools are never asked for; what they leave is no answer."""
    search = {"id": "ws_1", "type": "web_search_call", "status": "completed"}
    responses.answers_with(search, responses.words("Hola."))
    assert (await model.complete(asking())).text == "Hola."
