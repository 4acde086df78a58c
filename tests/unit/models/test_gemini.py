"""The Gemini adapter against a loopback server with the real wire (reference/channels.md 5)."""

import base64

import pytest
from aiohttp import web

from lola.errors import ConfigurationError, ModelError
from lola.models.chat import (
    MESSAGES,
    AssistantMessage,
    ModelRequest,
    ToolCall,
    ToolMessage,
    ToolSchema,
    UserMessage,
)
from lola.models.gemini import GeminiModel

KEY = "AIza-planted-key"
QUOTE = ToolSchema(
    name="quote",
    description="Price a transfer.",
    parameters={
        "type": "object",
        "properties": {"amount": {"type": "string"}},
        "required": ["amount"],
        "additionalProperties": False,
    },
)


def asking(*messages, tools=(QUOTE,), timeout=5.0):
    """A request as the agent loop makes it."""
    return ModelRequest(
        system="You are Lola.",
        messages=messages or (UserMessage(text="hola"),),
        tools=tools,
        timeout=timeout,
    )


@pytest.fixture
async def model(gemini):
    made = GeminiModel("gemini-2.5-flash", api_key=KEY, base_url=gemini.url)
    yield made
    await made.close()


async def test_thoughts_are_no_words(gemini, model):
    """Text parts are joined and thoughts left out (5.1)."""
    gemini.says({"text": "thinking", "thought": True}, {"text": "Hola, "}, {"text": "soy Lola."})
    assert (await model.complete(asking())).text == "Hola, soy Lola."


@pytest.mark.usefixtures("service_account")
async def test_vertex_is_asked_by_project_with_a_token(gemini):
    """Project, location and a bearer token instead of a key (5.6)."""
    model = GeminiModel("m", project="bank", location="us-central1", base_url=gemini.url)
    gemini.says("hola")
    await model.complete(asking())
    await model.close()
    path = "/v1beta1/projects/bank/locations/us-central1/publishers/google/models/m:generateContent"
    assert gemini.paths == [path]
    assert gemini.headers[0]["Authorization"] == "Bearer vertex-token"
    assert "x-goog-api-key" not in gemini.headers[0]


async def test_the_services_own_advice_beats_the_header(gemini, model):
    """RetryInfo says how long to wait (5.5)."""
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "2.5s"}
    body = {"error": {"code": 429, "message": "x", "status": "RESOURCE_EXHAUSTED",
                      "details": [info]}}  # fmt: skip
    gemini.answers.append(web.json_response(body, status=429, headers={"Retry-After": "9"}))
    with pytest.raises(ModelError) as caught:
        await model.complete(asking())
    assert caught.value.after == 2.5


async def test_the_request_is_pinned_and_explicit(gemini, model):
    """Version, key header, system text, schema, thresholds and limits are all on the wire (5.1)."""
    gemini.says({"text": "hola"})
    await model.complete(asking())
    assert gemini.paths == ["/v1beta/models/gemini-2.5-flash:generateContent"]
    assert gemini.headers[0]["x-goog-api-key"] == KEY
    body = gemini.requests[0]
    assert body["systemInstruction"]["parts"] == [{"text": "You are Lola."}]
    declared = body["tools"][0]["functionDeclarations"][0]
    schema = declared.get("parametersJsonSchema") or declared["parameters_json_schema"]
    assert schema == QUOTE.parameters
    assert {item["threshold"] for item in body["safetySettings"]} == {"BLOCK_ONLY_HIGH"}
    assert body["generationConfig"]["maxOutputTokens"] == 800
    assert body["generationConfig"]["temperature"] == 0.0


async def test_history_goes_back_whole(gemini, model):
    """Signatures return unchanged in their parts, results in the order of the calls (5.2)."""
    signature = base64.b64encode(b"\xfb\xff\xfe>?").decode()
    gemini.says(
        {
            "functionCall": {"id": "c1", "name": "quote", "args": {}},
            "thoughtSignature": signature,
        },
        {"functionCall": {"name": "rates", "args": {}}},
    )
    first = await model.complete(asking())
    history = MESSAGES.validate_python(
        MESSAGES.dump_python(
            (
                UserMessage(text="cotiza"),
                AssistantMessage(calls=first.calls, provider_content=first.provider_content),
                ToolMessage(call_id=first.calls[1].id, name="rates", result={"error": "none"}),
                ToolMessage(call_id="c1", name="quote", result={"fee": "1.99"}),
            ),
            mode="json",
        )
    )
    gemini.says({"text": "listo"})
    await model.complete(asking(*history))
    user, said, results = gemini.requests[1]["contents"]
    assert user["parts"] == [{"text": "cotiza"}]
    call = said["parts"][0]
    assert base64.urlsafe_b64decode(call["thoughtSignature"]) == b"\xfb\xff\xfe>?"
    assert call["functionCall"]["id"] == "c1"
    assert results["role"] == "user"
    assert [part["functionResponse"] for part in results["parts"]] == [
        {"id": "c1", "name": "quote", "response": {"fee": "1.99"}},
        {"name": "rates", "response": {"error": "none"}},
    ]


async def test_another_models_history_is_rebuilt(gemini, model):
    """Signatures are not portable: another model's content is rebuilt from words (5.2)."""
    gemini.says({"text": "ok"})
    await model.complete(
        asking(
            UserMessage(text="hola"),
            AssistantMessage(
                text="¿Cuál?",
                options=("México", "Guatemala"),
                calls=(ToolCall(id="x", name="quote", arguments={"amount": "5"}),),
                provider_content={"model": "gemini:other", "content": {"parts": "unreadable"}},
            ),
            ToolMessage(call_id="x", name="quote", result={"fee": "1"}),
        )
    )
    said = gemini.requests[0]["contents"][1]
    assert said["parts"][0] == {"text": "¿Cuál?\n1. México\n2. Guatemala"}
    assert base64.urlsafe_b64decode(said["parts"][1]["thoughtSignature"]) == (
        b"skip_thought_signature_validator"
    )
    answer = gemini.requests[0]["contents"][2]["parts"][0]["functionResponse"]
    assert "id" not in answer


@pytest.mark.parametrize(
    ("answer", "retryable"),
    [
        ({}, True),
        ({"candidates": []}, True),
        ({"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL"}]}, True),
        ({"candidates": [{"content": {"parts": []}, "finishReason": "STOP"}]}, True),
        ({"candidates": [{"content": {"role": "model"}, "finishReason": "SAFETY"}]}, False),
        (
            {"candidates": [{"content": {"parts": [{"text": "x"}]}, "finishReason": "RECITATION"}]},
            False,
        ),
    ],
)
async def test_answers_without_words_are_errors(gemini, model, answer, retryable):
    """Whatever comes without words or calls raises, and says whether a second try may help."""
    gemini.answers.append(answer)
    with pytest.raises(ModelError) as caught:
        await model.complete(asking())
    assert caught.value.retryable is retryable


def test_a_model_without_key_or_project_is_refused():
    """Nothing is taken from the environment: credentials are passed in or it does not start."""
    with pytest.raises(ConfigurationError):
        GeminiModel("gemini-2.5-flash")
