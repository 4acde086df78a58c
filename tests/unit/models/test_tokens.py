"""Estimates of tokens by kind of text, corrected by what a model counts."""

import json

import pytest

from lola.models.chat import (
    AssistantMessage,
    DataMessage,
    ModelReply,
    ModelRequest,
    ToolCall,
    ToolMessage,
    Usage,
    UserMessage,
)
from lola.models.failover import Breaker, Candidate, FailoverModel
from lola.models.measured import MeasuredModel
from lola.models.tokens import (
    TokenScale,
    estimate_input,
    estimate_messages,
    estimate_request,
    estimate_tokens,
    usage_of,
)
from lola.telemetry.metrics import Metrics
from lola.testing.scripted_model import ScriptedModel

# Counted with the vocabularies o200k, cl100k, DeepSeek V3 and Claude: (text, least, most).
SMS = ("hola kiero mandar 200 a mi mama en guate x favor kuanto le yega?? grasias", 22, 24)
ANSWER = (
    "Con gusto. De 200 dólares su mamá recibe 1,540.60 quetzales en Banrural. ¿Le parece bien?",
    28,
    34,
)
EMOJI = ("👍🏽🙏🙏 ok 😀 gracias ❤️", 9, 21)
RESULT = {
    "quote": {
        "id": "q_8f31ac",
        "send": {"amount": "200.00", "currency": "USD"},
        "fee": "3.99",
        "rate": "7.7031",
        "receive": {"amount": "1540.62", "currency": "GTQ"},
        "payer": "Banrural",
        "expires_at": "2026-11-30T21:15:00Z",
        "methods": ["cash", "bank_account"],
    }
}
RESULT_TOKENS = 107
REQUEST = ModelRequest(system="You are Lola. " * 20, messages=(UserMessage(text="hola"),))


@pytest.mark.parametrize(("text", "least", "most"), [SMS, ANSWER, EMOJI])
def test_prose_is_estimated_as_real_vocabularies_count(text, least, most) -> None:
    """Spanish with figures, an informal SMS and emoji: not below the lowest, not twice the most."""
    assert least <= estimate_tokens(text) <= 1.3 * most


def test_tool_results_take_more_tokens_than_prose_of_the_same_length() -> None:
    """Braces, quotes and figures are short tokens: 107, not 65 as prose."""
    estimated = estimate_messages([ToolMessage(call_id="c", name="", result=RESULT)])
    assert RESULT_TOKENS <= estimated <= 1.3 * RESULT_TOKENS
    assert estimate_tokens(json.dumps(RESULT)) < estimated


def test_calls_and_data_count_as_data() -> None:
    """Arguments and the data block of a turn are JSON as well."""
    call = AssistantMessage(calls=(ToolCall(id="c", name="", arguments=RESULT),))
    data = DataMessage(marker="k", data=RESULT)
    assert estimate_messages([call]) >= RESULT_TOKENS
    assert estimate_messages([data]) >= RESULT_TOKENS


@pytest.mark.parametrize(
    ("counted", "is_estimate"),
    [
        ({}, True),
        ({"input_tokens": 0, "output_tokens": 0}, True),
        ({"input_tokens": 70}, True),
        ({"input_tokens": 70, "output_tokens": 9}, False),
    ],
)
def test_counts_that_are_missing_are_estimated(counted, is_estimate) -> None:
    """An answer that was not counted is not free, and its figures are marked as a guess."""
    usage = usage_of(REQUEST, ModelReply(text="¿A qué país?"), **counted)
    assert usage.input_tokens >= 70
    assert usage.output_tokens >= 4
    assert usage.is_estimate is is_estimate


def test_a_scale_follows_a_model_and_stays_in_bounds() -> None:
    """Twice the estimate is learned over some answers; nonsense moves it to a limit at most."""
    scale = TokenScale()
    for _ in range(30):
        scale.learn(100, 200)
    assert scale.value == pytest.approx(2.0, abs=0.01)
    for _ in range(100):
        scale.learn(1, 10**9)
    assert scale.value <= 4.0
    for _ in range(100):
        scale.learn(10**9, 1)
    assert scale.value >= 0.5
    before = scale.value
    scale.learn(0, 100)
    scale.learn(100, 0)
    assert scale.value == before


async def test_what_is_set_aside_follows_what_the_dearest_model_counted() -> None:
    """Any model of an order may answer, so the one that counts most is the measure."""
    estimated = estimate_request(REQUEST)
    double = ModelReply(text="x", usage=Usage(input_tokens=2 * estimated, output_tokens=1))
    guess = ModelReply(text="x", usage=Usage(input_tokens=9 * estimated, is_estimate=True))
    first = MeasuredModel(ScriptedModel(*[double] * 20), Metrics())
    second = MeasuredModel(ScriptedModel(*[guess] * 20), Metrics())
    for _ in range(20):
        await first.complete(REQUEST)
        await second.complete(REQUEST)
    assert second.token_scale == 1.0
    candidates = [Candidate(model=model, breaker=Breaker()) for model in (second, first)]
    order = FailoverModel(candidates, first_seconds=8.0)
    assert estimate_input(order, REQUEST) == pytest.approx(2 * estimated, rel=0.02)
