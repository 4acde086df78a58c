"""Several models in order: who is asked, for how long, and what is left out."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.errors import ModelError
from lola.models.chat import ModelReply, ModelRequest, UserMessage
from lola.models.failover import FAILURES, PAUSE_SECONDS, Breaker, Candidate, FailoverModel
from lola.testing.scripted_model import ScriptedModel, says

REQUEST = ModelRequest(system="s", messages=(UserMessage(text="hola"),), timeout=20.0)
DOWN = ModelError("down", reason="broken", retryable=True)
DENIED = ModelError("no key", reason="denied")
BLOCKED = ModelError("blocked", reason="blocked")


class Time:
    """Seconds that pass only by waiting or by a slow model."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


class Model(ScriptedModel):
    """A scripted model with a name, which spends `seconds` on each answer or its whole timeout."""

    def __init__(self, name: str, time: Time, *steps: ModelReply | Exception, seconds=0.0) -> None:
        super().__init__(*steps)
        self.name = name
        self._time = time
        self._seconds = seconds

    async def complete(self, request: ModelRequest) -> ModelReply:
        if self._seconds > request.timeout:
            self._time.now += request.timeout
            self.requests.append(request)
            raise ModelError("slow", reason="timeout", retryable=True)
        self._time.now += self._seconds
        return await super().complete(request)


@pytest.fixture
def time() -> Time:
    return Time()


def chain(time: Time, *models: Model, first_seconds: float = 8.0) -> FailoverModel:
    candidates = [Candidate(model=model, breaker=Breaker(time)) for model in models]
    return FailoverModel(candidates, first_seconds=first_seconds, now=time, sleep=time.sleep)


async def test_the_first_answers_while_it_can(time) -> None:
    """The second is not asked, and nothing is noted as failed."""
    first, second = Model("a", time, says("hola")), Model("b", time)
    reply = await chain(time, first, second).complete(REQUEST)
    assert (reply.text, reply.failed, second.requests) == ("hola", (), [])


@pytest.mark.parametrize("failure", [DOWN, DENIED, ModelError("x", reason="empty", retryable=True)])
async def test_the_second_answers_when_the_first_fails(time, failure) -> None:
    """At once, and the reply says who failed and why."""
    reply = await chain(time, Model("a", time, failure), Model("b", time, says("hola"))).complete(
        REQUEST
    )
    assert reply.failed == (("a", failure.reason),)
    assert time.now == 100.0


async def test_a_slow_first_model_spends_its_budget_only(time) -> None:
    """Then the second has what is left of the turn (reference/field.md A.1)."""
    slow, quick = Model("a", time, seconds=60), Model("b", time, says("hola"), seconds=2)
    reply = await chain(time, slow, quick, first_seconds=8).complete(REQUEST)
    assert reply.failed == (("a", "timeout"),)
    assert (slow.requests[0].timeout, quick.requests[0].timeout) == (8.0, 12.0)


async def test_a_single_model_has_the_whole_time(time) -> None:
    """The budget is for an order; without a second model nothing is cut."""
    model = Model("a", time, says("hola"))
    await chain(time, model).complete(REQUEST)
    assert model.requests[0].timeout == 20.0


async def test_a_failure_that_may_pass_is_tried_once_more(time) -> None:
    """After a moment, or after the provider's advice."""
    busy = ModelError("busy", reason="busy", retryable=True, after=3.0)
    reply = await chain(time, Model("a", time, busy, says("hola"))).complete(REQUEST)
    assert reply.failed == (("a", "busy"),)
    assert time.now == 103.0


async def test_advice_beyond_the_deadline_is_not_waited_for(time) -> None:
    """A sender gets the honest sentence now instead of nothing later."""
    busy = ModelError("busy", reason="busy", retryable=True, after=60.0)
    model = Model("a", time, busy)
    with pytest.raises(ModelError):
        await chain(time, model).complete(REQUEST)
    assert time.now == 100.0


async def test_when_all_fail_the_error_names_all(time) -> None:
    """Twice where it may pass, once where it may not."""
    models = Model("a", time, DENIED), Model("b", time, DOWN, DOWN)
    with pytest.raises(ModelError) as caught:
        await chain(time, *models).complete(REQUEST)
    assert caught.value.failed == (("a", "denied"), ("b", "broken"), ("b", "broken"))
    for model in models:
        model.finish()


async def test_blocked_content_goes_to_no_other_model(time) -> None:
    """The content filter judged the content, so no other provider is asked."""
    second = Model("b", time)
    with pytest.raises(ModelError) as caught:
        await chain(time, Model("a", time, BLOCKED), second).complete(REQUEST)
    assert (caught.value.reason, second.requests) == ("blocked", [])


async def test_a_failing_model_is_left_out_and_tried_again_later(time) -> None:
    """After some failures in a row no turn waits for it; then one request tries it."""
    first = Model("a", time, *[DENIED] * FAILURES, says("back"), says("still back"))
    second = Model("b", time, *[says("b")] * (FAILURES + 1))
    model = chain(time, first, second)
    for _ in range(FAILURES + 1):
        assert (await model.complete(REQUEST)).text == "b"
    assert len(first.requests) == FAILURES
    time.now += PAUSE_SECONDS
    assert (await model.complete(REQUEST)).text == "back"
    assert (await model.complete(REQUEST)).text == "still back"


def test_only_one_request_tries_a_model_that_was_out(time) -> None:
    """While that request is out, the others go to another model."""
    breaker = Breaker(time)
    for _ in range(FAILURES):
        breaker.failed("broken")
    time.now += PAUSE_SECONDS
    assert not breaker.is_open
    breaker.asked()
    assert breaker.is_open
    breaker.answered()
    assert not breaker.is_open


def test_a_bad_request_is_not_the_models_fault(time) -> None:
    """Refused, blocked and empty answers take no model out of service."""
    breaker = Breaker(time)
    for reason in ("refused", "blocked", "empty") * FAILURES:
        breaker.failed(reason)
    assert not breaker.is_open


async def test_when_all_are_out_they_are_asked_all_the_same(time) -> None:
    """A slow attempt is better than none."""
    model = Model("a", time, *[DENIED] * FAILURES, says("hola"))
    only = chain(time, model)
    for _ in range(FAILURES):
        with pytest.raises(ModelError):
            await only.complete(REQUEST)
    assert (await only.complete(REQUEST)).text == "hola"


async def test_closing_closes_all(time) -> None:
    """And may come twice."""
    model = chain(time, Model("a", time), Model("b", time))
    assert model.name == "a, b"
    await model.close()
    await model.close()


@given(
    spans=st.lists(st.floats(0, 40), min_size=1, max_size=4),
    failures=st.lists(st.sampled_from([DOWN, DENIED]), max_size=8),
)
async def test_no_order_takes_longer_than_the_request_allows(spans, failures) -> None:
    """Whatever fails or hangs, and whatever is retried."""
    time = Time()
    models = [
        Model(str(position), time, *failures, says("x"), says("x"), seconds=span)
        for position, span in enumerate(spans)
    ]
    with suppress(ModelError):
        await chain(time, *models).complete(REQUEST)
    assert sum(len(model.requests) for model in models) <= 2 * len(models)
    assert time.now <= 100.0 + REQUEST.timeout + 0.01
