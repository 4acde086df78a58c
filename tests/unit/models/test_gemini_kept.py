"""What is kept of an answer for Gemini's own history, and what is not."""

import pytest

from lola.models.chat import AssistantMessage, ModelRequest, ToolMessage, ToolSchema, UserMessage
from lola.models.gemini import GeminiModel

LOOK = ToolSchema(name="look", description="Look.", parameters={"type": "object"})
SAID = UserMessage(text="hola")
CALL = {"functionCall": {"name": "look", "args": {}}, "thoughtSignature": "c2lnbmVk"}


def asking(*messages):
    """A request as the agent loop makes it."""
    return ModelRequest(
        system="You are Lola.", messages=messages or (SAID,), tools=(LOOK,), timeout=10.0
    )


def step(reply):
    """The messages that a round of calls adds to a turn."""
    results = (ToolMessage(call_id=call.id, name=call.name, result={}) for call in reply.calls)
    return (AssistantMessage(calls=reply.calls, provider_content=reply.provider_content), *results)


@pytest.fixture
async def model(gemini):
    made = GeminiModel("gemini-3.8-flash", api_key="k", base_url=gemini.url)
    yield made
    await made.close()
    assert gemini.broken_rules == []


async def test_words_beside_a_call_do_not_come_back_as_the_models_own(gemini, model) -> None:
    """No guard saw them and no sender read them; the signature stays with its call."""
    gemini.says("Ya te mandé 500 USD.", CALL)
    gemini.says("Listo.")
    first = await model.complete(asking())
    assert (await model.complete(asking(SAID, *step(first)))).text == "Listo."
    assert "500 USD" not in str(gemini.requests[1])
    assert "c2lnbmVk" in str(gemini.requests[1])


async def test_ids_are_new_over_the_whole_turn(gemini, model) -> None:
    """Also where a gateway begins with the same id in each reply."""
    for _ in range(2):
        gemini.calls(("call_0", "look", {}))
    first = await model.complete(asking())
    second = await model.complete(asking(SAID, *step(first)))
    assert first.calls[0].id == "call_0"
    assert second.calls[0].id not in {"call_0", ""}


async def test_a_call_that_is_not_run_is_not_kept(gemini, model) -> None:
    """The service refuses a history in which a call has no result."""
    gemini.says("Con gusto. Recibe 5,6", CALL, finish="MAX_TOKENS")
    gemini.says("Listo.")
    first = await model.complete(asking())
    assert (first.text, first.calls) == ("Con gusto.", ())
    said = AssistantMessage(text=first.text, provider_content=first.provider_content)
    await model.complete(asking(SAID, said, UserMessage(text="gracias")))
    assert "5,6" not in str(gemini.requests[1])
