"""How an answer of Gemini ends: what is blocked, what is kept, and who is asked next."""

import pytest
from google.genai.types import BlockedReason, FinishReason

from lola.errors import ModelError
from lola.models.chat import ModelRequest, ToolSchema, UserMessage
from lola.models.gemini import GeminiModel

QUOTE = ToolSchema(name="quote", description="Price.", parameters={"type": "object"})
ASKED = ModelRequest(system="s", messages=(UserMessage(text="hola"),), tools=(QUOTE,), timeout=5.0)
FILTERED = {
    "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR", "ESCALATION",
    "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION",
}  # fmt: skip
ENDINGS = [item.value for item in FinishReason]
ODD = [ending for ending in ENDINGS if ending not in FILTERED | {"STOP"}] + ["A_LATER_ENDING"]
CALL = {"functionCall": {"name": "quote", "args": {"amount": "5"}}, "thoughtSignature": "c2ln"}

# The SDK warns of an ending that it does not know, and keeps it.
pytestmark = pytest.mark.filterwarnings("ignore:.*is not a valid:UserWarning")


@pytest.fixture
async def model(gemini):
    made = GeminiModel("gemini-3.8-flash", api_key="k", base_url=gemini.url)
    yield made
    await made.close()


@pytest.mark.parametrize("ending", sorted(FILTERED))
async def test_the_content_filter_is_final(gemini, model, ending):
    """What was filtered goes to no other model, whatever text came with it."""
    gemini.says("Hola. Todo bien.", finish=ending)
    with pytest.raises(ModelError) as caught:
        await model.complete(ASKED)
    assert (caught.value.reason, caught.value.retryable) == ("blocked", False)


@pytest.mark.parametrize("ending", ODD)
async def test_other_endings_keep_whole_sentences(gemini, model, ending):
    """Too many calls, language, continuation, unspecified or unknown: whole text is an answer."""
    gemini.says("Con gusto. Recibe 5,6", finish=ending)
    assert (await model.complete(ASKED)).text == "Con gusto."


@pytest.mark.parametrize("ending", ODD)
async def test_other_endings_without_whole_text_ask_the_next_model(gemini, model, ending):
    """Never blocked: the next model may answer what this one could not."""
    gemini.says("Recibe 5,6", finish=ending)
    with pytest.raises(ModelError) as caught:
        await model.complete(ASKED)
    assert caught.value.reason in {"empty", "refused", "denied"}
    assert ending in str(caught.value)


@pytest.mark.parametrize(
    "ending",
    ["TOO_MANY_TOOL_CALLS", "UNEXPECTED_TOOL_CALL", "MALFORMED_FUNCTION_CALL", "MAX_TOKENS",
     "CONTINUATION", "MALFORMED_RESPONSE", "OTHER", "LANGUAGE", "MISSING_THOUGHT_SIGNATURE"],
)  # fmt: skip
async def test_calls_that_may_be_cut_are_not_run(gemini, model, ending):
    """Half of the calls that a model wanted is not what it wanted."""
    gemini.says("Reviso la tasa.", CALL, finish=ending)
    reply = await model.complete(ASKED)
    assert (reply.text, reply.calls) == ("Reviso la tasa.", ())


@pytest.mark.parametrize("ending", ["STOP", "FINISH_REASON_UNSPECIFIED", "A_LATER_ENDING"])
async def test_calls_with_a_usual_or_unknown_ending_are_run(gemini, model, ending):
    """Calls come whole on this wire; a name for the ending that is new makes no model useless."""
    gemini.says(CALL, finish=ending)
    (call,) = (await model.complete(ASKED)).calls
    assert (call.name, call.arguments) == ("quote", {"amount": "5"})


async def test_an_answer_is_asked_for_once_also_when_it_could_go_on(gemini, model):
    """The SDK would follow the continuation by itself, on our time and money."""
    gemini.says("Con gusto. Recibe", finish="CONTINUATION")
    gemini.answers[0]["candidates"][0]["continuationToken"] = "bW9yZQ=="
    assert (await model.complete(ASKED)).text == "Con gusto."
    assert len(gemini.requests) == 1


@pytest.mark.parametrize("why", [item.value for item in BlockedReason] + ["A_LATER_REASON"])
async def test_a_prompt_is_blocked_only_by_the_content_filter(gemini, model, why):
    """OTHER, unspecified and unknown reasons may be the language: another model is asked."""
    gemini.answers.append({"promptFeedback": {"blockReason": why}})
    with pytest.raises(ModelError) as caught:
        await model.complete(ASKED)
    filtered = {"SAFETY", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY", "MODEL_ARMOR",
                "JAILBREAK"}  # fmt: skip
    assert caught.value.reason == ("blocked" if why in filtered else "empty")


@pytest.mark.parametrize(
    "text", ["<think>secret</think>¿A qué país?", "secret</think>¿A qué país?",
             "[THINK]secret[/THINK]¿A qué país?"],
)  # fmt: skip
async def test_thoughts_in_the_text_never_reach_a_sender(gemini, model, text):
    """Also on this wire, where thoughts have parts of their own."""
    gemini.says({"text": "secret", "thought": True}, text)
    assert (await model.complete(ASKED)).text == "¿A qué país?"


@pytest.mark.parametrize("counts", [None, {}, {"promptTokenCount": 10}])
async def test_an_answer_that_was_not_counted_is_estimated(gemini, model, counts):
    """Else a sender's budget would never fill."""
    gemini.says("¿A qué país quiere enviar?", usageMetadata=counts)
    usage = (await model.complete(ASKED)).usage
    assert usage.is_estimate
    assert usage.input_tokens > 5
    assert usage.output_tokens >= 8
