"""Explicit context caches of the fixed prefix: never in the way of an answer."""

import pytest

from lola.errors import ModelError
from lola.models.chat import ModelRequest, ToolSchema, UserMessage
from lola.models.gemini import GeminiModel

TOOL = ToolSchema(name="look", description="Look.", parameters={"type": "object"})


def asking(system="You are Lola."):
    return ModelRequest(system=system, messages=(UserMessage(text="hola"),), tools=(TOOL,))


@pytest.fixture
async def model(gemini):
    made = GeminiModel("gemini-2.5-flash", api_key="k", base_url=gemini.url, cache_minutes=5)
    yield made
    await made.close()


async def answers(gemini, model, *texts, **asked):
    """Ask for each text in turn, and let what is made beside an answer come to its end."""
    for text in texts:
        gemini.says(text)
        assert (await model.complete(asking(**asked))).text == text
        for prefix in model._prefixes._prefixes.values():
            if prefix.making is not None:
                await prefix.making


async def test_the_prefix_goes_up_once_and_is_named_from_then_on(gemini, model):
    """System text and tools are in the cache; the third request carries its name instead."""
    await answers(gemini, model, "uno", "dos", "tres", "cuatro")
    (cached,) = gemini.caches
    assert cached["systemInstruction"]["parts"] == [{"text": "You are Lola."}]
    assert cached["tools"][0]["functionDeclarations"][0]["name"] == "look"
    assert cached["ttl"] == "300s"
    assert "hola" not in str(cached)
    named = ["cachedContent" in body for body in gemini.requests]
    assert named == [False, False, True, True]
    assert gemini.broken_rules == []


async def test_a_prefix_that_does_not_come_back_is_not_cached(gemini, model):
    """Storage is paid for what is used twice."""
    for number in range(3):
        await answers(gemini, model, "hola", system=f"prefix {number}")
    assert gemini.caches == []


@pytest.mark.parametrize("status", [400, 403, 429, 500])
async def test_a_refused_cache_is_not_asked_for_again(gemini, model, status):
    """Too short a prompt, no right, an outage: answers go on without, and quietly."""
    gemini.caching = status
    await answers(gemini, model, "uno", "dos", "tres", "cuatro")
    assert len(gemini.caches) == 1
    assert not any("cachedContent" in body for body in gemini.requests)


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_a_cache_that_is_gone_costs_one_request(gemini, model, status):
    """The same answer is asked for with the whole prefix, in the same call."""
    await answers(gemini, model, "uno", "dos", "tres")
    gemini.fails(status)
    await answers(gemini, model, "cuatro")
    assert ["cachedContent" in body for body in gemini.requests[-2:]] == [True, False]


async def test_another_failure_is_not_asked_twice(gemini, model):
    """Only a cache that is gone is worth a second request."""
    await answers(gemini, model, "uno", "dos")
    gemini.fails(500)
    with pytest.raises(ModelError):
        await model.complete(asking())
    assert len(gemini.requests) == 3


async def test_without_a_lifetime_nothing_is_stored(gemini):
    """Off by default: stored prompts are not "zero retention" (docs/safety.md 3.6)."""
    model = GeminiModel("gemini-2.5-flash", api_key="k", base_url=gemini.url)
    await answers(gemini, model, "uno", "dos", "tres")
    await model.close()
    assert gemini.caches == []


async def test_closing_ends_what_is_being_made(gemini, model):
    """A cache in the making does not outlive its model."""
    gemini.says("uno")
    await model.complete(asking())
    gemini.says("dos")
    await model.complete(asking())
    await model.close()
    assert model._prefixes._prefixes == {}
