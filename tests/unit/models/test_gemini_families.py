"""Every Gemini model gets what its family takes, before a server that is as strict as they are."""

import json
from base64 import b64encode

import pytest

from lola.errors import ModelError
from lola.models.chat import (
    AssistantMessage,
    DataMessage,
    ModelRequest,
    ToolCall,
    ToolMessage,
    ToolSchema,
    UserMessage,
)
from lola.models.gemini import GeminiModel

QUOTE = ToolSchema(name="quote", description="Price.", parameters={"type": "object"})
MODELS = (
    "gemini-2.0-flash", "gemini-2.5-flash", "gemini-2.5-flash-lite", "gemini-2.5-pro",
    "gemini-3-flash-preview", "gemini-3.1-pro-preview", "gemini-3.5-flash-lite",
    "gemini-3.6-flash", "gemini-3.8-flash", "gemini-4-argon", "gemini-4-hydrogen",
    "gemini-4.5-flash", "gemini-5-pro", "gemini-flash-latest", "gemini-flash-lite-latest",
    "gemini-pro-latest", "tuned-for-the-bank",
)  # fmt: skip


def asking(*messages, timeout=8.0):
    return ModelRequest(
        system="You are Lola.",
        messages=messages or (UserMessage(text="hola"),),
        tools=(QUOTE,),
        timeout=timeout,
    )


@pytest.fixture(params=["developer", "vertex"])
async def made(request, gemini):
    """Models on either service, closed at the end."""
    models = []

    def make(name):
        access = {"api_key": "k"} if request.param == "developer" else {
            "project": "bank", "location": "us-central1"
        }  # fmt: skip
        models.append(GeminiModel(name, base_url=gemini.url, **access))
        return models[-1]

    if request.param == "vertex":
        request.getfixturevalue("service_account")
    yield make
    for model in models:
        await model.close()


@pytest.mark.parametrize("name", MODELS)
async def test_a_turn_of_tools_is_taken_from_every_model(gemini, made, name):
    """Data, two calls and their results, then text: nothing of it is refused."""
    model = made(name)
    gemini.calls(("", "quote", {"amount": "50"}), ("", "quote", {"amount": "60"}))
    gemini.says("Listo.")
    asked = (DataMessage(marker="k9k9", data={"draft": None}), UserMessage(text="cotiza"))
    first = await model.complete(asking(*asked))
    results = [ToolMessage(call_id=call.id, name="quote", result={"fee": "1"})
               for call in first.calls]  # fmt: skip
    kept = AssistantMessage(calls=first.calls, provider_content=first.provider_content)
    reply = await model.complete(asking(*asked, kept, *results))
    assert reply.text == "Listo."
    assert gemini.broken_rules == []


@pytest.mark.parametrize("name", ["gemini-2.5-flash", "gemini-3.8-flash"])
async def test_a_turn_that_another_model_began_is_taken(gemini, made, name):
    """Calls that this model did not make carry the sentinel in place of a signature."""
    gemini.says("Listo.")
    call = ToolCall(id="x", name="quote")
    foreign = {"model": "gemini:other", "content": {"parts": [{"thoughtSignature": "eA=="}]}}
    said = AssistantMessage(calls=(call,), provider_content=foreign)
    result = ToolMessage(call_id="x", name="quote", result={})
    assert (await made(name).complete(asking(UserMessage(text="a"), said, result))).text == "Listo."
    assert gemini.broken_rules == []


@pytest.mark.parametrize("seconds", [4.0, 8.0, 9.9, 20.0])
async def test_the_deadline_stays_on_our_side(gemini, made, seconds):
    """Deadlines under 10 s are refused, so none is sent (reference/surprises.md 1.1)."""
    gemini.says("hola")
    assert (await made("gemini-3.8-flash").complete(asking(timeout=seconds))).text == "hola"
    assert "X-Server-Timeout" not in gemini.headers[0]


@pytest.mark.parametrize(
    ("name", "thinking"),
    [
        ("gemini-2.0-flash", None),
        ("gemini-2.5-flash", {"thinkingBudget": 0}),
        ("gemini-2.5-pro", {"thinkingBudget": 128}),
        ("gemini-3.8-flash", {"thinkingLevel": "LOW"}),
        ("gemini-4-argon", {"thinkingLevel": "LOW"}),
        ("gemini-pro-latest", {"thinkingLevel": "LOW"}),
        ("tuned-for-the-bank", None),
    ],
)
async def test_the_least_thinking_is_asked_for(gemini, made, name, thinking):
    """Thoughts are billed as output and take time; an unknown name gets no wish at all."""
    gemini.says("hola")
    await made(name).complete(asking())
    asked = json.dumps(gemini.requests[0]["generationConfig"].get("thinkingConfig"))
    assert asked.replace("thinking_level", "thinkingLevel").replace(
        "thinking_budget", "thinkingBudget"
    ) == json.dumps(thinking)


@pytest.mark.parametrize("name", ["gemini-3-flash-preview", "gemini-3.8-flash", "gemini-4-argon"])
async def test_no_sampling_parameter_goes_to_generation_three_and_later(gemini, made, name):
    """They are ignored from 3.6 on and refused later; below 1 they make older ones loop."""
    gemini.says("hola")
    await made(name).complete(asking())
    sampling = {"temperature", "topP", "topK", "candidateCount"}
    assert not sampling & set(gemini.requests[0]["generationConfig"])


class TestTheServerRefuses:
    """The loopback server refuses each request that breaks a rule."""

    @pytest.fixture
    def post(self, gemini, aiohttp_session):
        async def posted(model, **changes):
            body = {"contents": [{"role": "user", "parts": [{"text": "hola"}]}], **changes}
            headers = {"x-goog-api-key": "k", **body.pop("headers", {})}
            gemini.says("hola")
            url = f"{gemini.url}/v1beta/models/{model}:generateContent"
            async with aiohttp_session.post(url, json=body, headers=headers) as answer:
                return answer.status, (await answer.json()).get("error", {}).get("message", "")

        return posted

    @pytest.mark.parametrize(
        ("model", "changes", "why"),
        [
            ("gemini-3.8-flash", {"headers": {"X-Server-Timeout": "8"}}, "too short"),
            ("gemini-3.8-flash", {"headers": {"x-goog-api-key": ""}}, "unregistered"),
            ("gemini-3.8-flash", {"temprature": 1}, "Unknown name"),
            ("gemini-3.8-flash", {"generationConfig": {"temperature": 0}}, "not supported"),
            ("gemini-3.5-flash-lite", {"generationConfig": {"topP": 1}}, "not supported"),
            ("gemini-4-argon", {"generationConfig": {"candidateCount": 1}}, "not supported"),
            (
                "gemini-3.8-flash",
                {"generationConfig": {"thinkingConfig": {"thinking_level": "MINIMAL"}}},
                "MINIMAL",
            ),
            (
                "gemini-2.5-flash",
                {"generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}}},
                "level",
            ),
            (
                "gemini-2.5-pro",
                {"generationConfig": {"thinkingConfig": {"thinkingBudget": 0}}},
                "budget",
            ),
            (
                "gemini-2.0-flash",
                {"generationConfig": {"thinkingConfig": {"thinkingBudget": 0}}},
                "not supported",
            ),
        ],
    )
    async def test_what_the_service_refuses(self, post, model, changes, why):
        """Deadlines, missing keys, unknown fields, sampling and thinking by family."""
        status, message = await post(model, **changes)
        assert status == 400
        assert why in message

    @pytest.mark.parametrize(
        ("signature", "why"),
        [(None, "missing a thought_signature"), (b64encode(b"forged").decode(), "Corrupted")],
    )
    async def test_calls_of_the_turn_without_their_signature(self, post, signature, why):
        """Missing on generation 3, or not one that was given out (reference/channels.md 5.2)."""
        call = {"functionCall": {"name": "quote", "args": {}}}
        if signature is not None:
            call["thoughtSignature"] = signature
        result = {"functionResponse": {"name": "quote", "response": {}}}
        status, message = await post(
            "gemini-3.8-flash",
            contents=[
                {"role": "user", "parts": [{"text": "hola"}]},
                {"role": "model", "parts": [call]},
                {"role": "user", "parts": [result]},
            ],
        )
        assert status == 400
        assert why in message


async def test_a_key_that_is_not_valid_is_denied_although_the_service_says_400(gemini, made):
    """The developer service answers INVALID_ARGUMENT; the breaker and the hint need "denied"."""
    gemini.fails_with_reason(400, "API_KEY_INVALID")
    with pytest.raises(ModelError) as caught:
        await made("gemini-3.8-flash").complete(asking())
    assert (caught.value.reason, caught.value.retryable) == ("denied", False)
    assert caught.value.hint
