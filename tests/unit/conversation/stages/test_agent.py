"""An agent's reply within its budgets, in the running service (`stages.agent`)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from lola.models.chat import Usage
from lola.models.meter import Meter
from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.waiting import until
from tests.support import turn
from tests.unit.models.servers import GeminiServer, OpenAIServer

VERIFIED = "+15550100001"
PRICE = {"gemini:gemini-3.8-flash": {"input": "1", "output": "2", "cached": "0.5"}}


class SlowServer(GeminiServer):
    """Holds every reply back until it is told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def handle(self, request):
        self.asked.set()
        await self.go.wait()
        return await super().handle(request)


@pytest.fixture
def serving(tmp_path) -> Callable:
    @asynccontextmanager
    async def started(stub: GeminiServer, **settings) -> AsyncIterator[Harness]:
        async with TestServer(stub.app()) as server:
            chosen = load_settings(
                port=0,
                lola_data=tmp_path,
                retriever="",
                gemini_api_key=SecretStr("k"),
                google_gemini_base_url=str(server.make_url("")).rstrip("/"),
                model_prices=PRICE,
                **settings,
            )
            async with Harness(chosen) as harness:
                yield harness

    return started


async def newest(harness, line) -> dict:
    history = (await harness.service.store.read(line.conversation, limit=1)).history
    return history[-1]


async def test_a_turn_records_what_its_models_took(serving) -> None:
    """The record has the models, their calls, tokens and cost, once per turn."""
    stub = GeminiServer()
    stub.says("Con gusto.")
    async with serving(stub) as harness:
        line = harness.sender(VERIFIED)
        await line.say("hola")
        record = await newest(harness, line)
        assert record["model"] == {
            "models": ["gemini:gemini-3.8-flash"],
            "calls": 1,
            "input_tokens": 10,
            "cached_tokens": 4,
            "output_tokens": 8,
            "is_estimate": False,
            "cost": "0.000024",
            "failed": [],
        }
        assert record["agent"].startswith("sender_home@")
        assert "lola_model_cost_total" in harness.service.metrics.render().decode()


async def test_the_second_model_answers_and_the_record_says_who_failed(serving) -> None:
    """A failing first model costs the sender nothing; record and metrics name both."""
    stub, second = GeminiServer(), OpenAIServer()
    stub.fails(503)
    second.says("Con gusto.")
    async with TestServer(second.app()) as server:
        order = {
            "lola_model": "gemini:gemini-3.8-flash,openai:m",
            "openai_base_url": str(server.make_url("/v1")),
        }
        async with serving(stub, **order) as harness:
            line = harness.sender(VERIFIED)
            report = await line.say("hola")
            assert (report.route, report.replies[0].text) == ("sender_home", "Con gusto.")
            model = (await newest(harness, line))["model"]
            assert model["models"] == ["openai:m"]
            assert model["failed"] == [["gemini:gemini-3.8-flash", "broken"]]
            metrics = harness.service.metrics.render().decode()
    assert 'lola_model_calls_total{model="gemini:gemini-3.8-flash",outcome="broken"} 1.0' in metrics
    assert 'lola_model_calls_total{model="openai:m",outcome="ok"} 1.0' in metrics


async def test_blocked_content_is_not_asked_for_again(serving) -> None:
    """The sender is offered what we can do, and not told to write the same once more."""
    stub = GeminiServer()
    stub.blocks()
    async with serving(stub) as harness:
        report = await harness.sender(VERIFIED).say("hola")
        assert report.route == "sender_home:trouble"
        assert "pasarte con una persona" in report.replies[0].text


async def test_a_sender_who_has_spent_the_day_gets_a_sentence_and_a_person(serving) -> None:
    """No model is asked, and the button calls a person (docs/safety.md G12, 3.5)."""
    stub = GeminiServer()
    async with serving(stub, sender_tokens_per_day=1) as harness:
        line = harness.sender(VERIFIED)
        report = await line.say("hola")
        assert report.route == "sender_home:spent"
        assert "mañana podemos continuar" in report.replies[0].text
        assert stub.requests == []
        ((_, title),) = report.replies[0].options
        assert (await line.choose(title)).route == "people"


async def test_what_a_turn_took_is_settled(serving) -> None:
    """After the turn the account holds the tokens of the provider and nothing set aside."""
    stub = GeminiServer()
    stub.says("Con gusto.")
    async with serving(stub, sender_tokens_per_day=50_000) as harness:
        line = harness.sender(VERIFIED)
        await line.say("hola")
        budgets = harness.service.budgets
        probe = turn("x", phone=VERIFIED, now=harness.service.clock())
        async with budgets.spend(probe, "p", Usage(input_tokens=50_000 - 18), Meter()) as exact:
            assert exact
        async with budgets.spend(probe, "q", Usage(input_tokens=50_000 - 17), Meter()) as over:
            assert not over


async def test_a_slow_answer_is_announced_once_and_comes_behind(serving) -> None:
    """The sender reads "one moment" while the model thinks; the record has it first, once."""
    stub = SlowServer()
    stub.says("Aquí estoy.")
    async with serving(stub, moment_seconds={"whatsapp": 0.01}) as harness:
        line = harness.sender(VERIFIED)
        turn_done = asyncio.create_task(line.say("hola"))
        await stub.asked.wait()
        await until(lambda: _delivered(line, 1))
        assert [seen.text for seen in line.last_seen] == [
            "Un momento, por favor: lo estoy consultando."
        ]
        stub.go.set()
        report = await turn_done
        assert [seen.text for seen in report.replies][1:] == ["Aquí estoy."]
        record = await newest(harness, line)
        assert [message["content"] for message in record["outbound"]] == [
            "Un momento, por favor: lo estoy consultando.",
            "Aquí estoy.",
        ]


@pytest.mark.parametrize("delay", [0.0, 60.0, {"sms": 0.01}])
async def test_a_quick_answer_is_not_announced(serving, delay) -> None:
    """Off, not due yet, or not wanted on this channel."""
    stub = GeminiServer()
    stub.says("Aquí estoy.")
    async with serving(stub, moment_seconds=delay) as harness:
        report = await harness.sender(VERIFIED).say("hola")
        assert [seen.text for seen in report.replies] == ["Aquí estoy."]


async def test_a_model_that_never_answers_ends_in_an_honest_sentence(serving) -> None:
    """At the turn's deadline, with the failure in the record; the message is not handled twice."""
    stub = SlowServer()
    async with serving(stub, turn_seconds=0.3) as harness:
        line = harness.sender(VERIFIED)
        report = await line.say("hola")
        assert report.route == "sender_home:trouble"
        assert "no quiero inventar nada" in report.replies[0].text
        assert (await newest(harness, line))["model"]["calls"] == 0
        stub.go.set()


async def _delivered(line, count: int) -> bool:
    return len(line.last_seen) >= count


async def test_a_sender_who_keeps_probing_reaches_no_model(serving) -> None:
    """After two replies that a guard stopped, code answers for the rest of the day."""
    stub = GeminiServer()
    for _ in range(6):
        stub.says("Entra a https://evil.example/x")
    async with serving(stub, probes_per_day=2) as harness:
        line = harness.sender(VERIFIED)
        while (report := await line.say("dame el enlace")).route == "sender_home":
            assert len(stub.requests) <= 4
        asked = len(stub.requests)
        assert report.route == "sender_home:probing"
        assert "no puedo seguir contestando preguntas libres" in report.replies[0].text
        await line.say("¿y ahora?")
        assert len(stub.requests) == asked
