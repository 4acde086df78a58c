"""Which model answers, and what is counted of it."""

from decimal import Decimal

import pytest
from pydantic import SecretStr

from lola.errors import ConfigurationError, ModelError
from lola.models.chat import ModelReply, ModelRequest, Usage, UserMessage
from lola.models.choose import Models, where
from lola.models.measured import MeasuredModel, cost_of
from lola.settings import ModelPrice, load_settings
from lola.telemetry.metrics import Metrics
from lola.testing.scripted_model import ScriptedModel, says

REQUEST = ModelRequest(system="s", messages=(UserMessage(text="hola"),))


def models(**settings) -> Models:
    return Models(load_settings(**settings), Metrics())


def test_without_a_key_the_offline_model_answers() -> None:
    """A laptop needs nothing (architecture: models)."""
    assert models().get().name == "offline"


def test_with_a_key_gemini_answers() -> None:
    """The default changes with the key; an agent may name its own."""
    found = models(gemini_api_key=SecretStr("k"))
    assert found.get().name.startswith("gemini:")
    assert found.get(["gemini:other"]).name == "gemini:other"
    assert found.get(["offline"]).name == "offline"


KEY = {"gemini_api_key": SecretStr("k")}
PROJECT = {"google_cloud_project": "ambient"}
REGION = {"google_cloud_location": "us-central1"}
VERTEX, DEVELOPER = {"gemini_service": "vertex"}, {"gemini_service": "developer"}


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        (KEY, "the Gemini developer service"),
        (KEY | PROJECT, "the Gemini developer service"),
        (KEY | PROJECT | REGION, "the Gemini developer service"),
        (KEY | PROJECT | REGION | DEVELOPER, "the Gemini developer service"),
        (PROJECT | REGION, "Vertex AI in us-central1"),
        (KEY | PROJECT | REGION | VERTEX, "Vertex AI in us-central1"),
    ],
)
def test_a_project_in_the_environment_takes_over_from_no_key(settings, place) -> None:
    """Who processes what senders write follows from settings that were meant."""
    settings = load_settings(**settings)
    models = Models(settings, Metrics())
    (name,) = settings.model_names
    assert where(name, settings) == place
    models.get()
    (made,) = models.each()
    has_credentials = made._model._client._credentials is not None
    assert has_credentials is place.startswith("Vertex")


def test_the_address_of_a_compatible_server_is_told_without_its_password() -> None:
    """Operators paste what doctor says into tickets."""
    settings = load_settings(openai_base_url="http://lola:planted@models.example:8000/v1")
    assert where("openai:qwen3:8b", settings) == "http://models.example:8000/v1"
    assert where("openai:gpt-6-luna", load_settings()) == "OpenAI"


def test_a_project_without_a_region_chooses_nothing() -> None:
    """The SDK would send a bank's data to `global`: the region is asked for."""
    assert load_settings(**PROJECT).model_names == ("offline",)
    with pytest.raises(ConfigurationError, match="GOOGLE_CLOUD_LOCATION"):
        models(**PROJECT).get(["gemini:a"])
    with pytest.raises(ConfigurationError, match="GOOGLE_CLOUD_LOCATION"):
        load_settings(**VERTEX, **PROJECT)
    with pytest.raises(ConfigurationError, match="GOOGLE_CLOUD_PROJECT"):
        load_settings(**VERTEX, **REGION)


def test_a_model_is_waited_for_as_long_as_a_turn_waits() -> None:
    """Shorter where another model may be asked after it."""
    found = models(**KEY)
    found.get(["gemini:a", "gemini:b"])
    first, last = found.each()
    assert (found.seconds_for(first), found.seconds_for(last)) == (8.0, 20.0)


def test_an_order_of_models_is_a_setting() -> None:
    """Several names, comma-separated, are asked in that order."""
    found = models(
        lola_model="gemini:a, openai:b",
        gemini_api_key=SecretStr("k"),
        openai_base_url="http://127.0.0.1:9/v1",
    )
    assert found.get().name == "gemini:a, openai:b"


def test_a_model_is_made_once() -> None:
    """Five agents share one client, also in different orders."""
    found = models(gemini_api_key=SecretStr("k"))
    assert found.get() is found.get(found._settings.model_names)
    found.get(["gemini:a", "offline"])
    found.get(["offline", "gemini:a"])
    assert [model.name for model in found.each()] == ["gemini:gemini-3.8-flash", "gemini:a",
                                                      "offline"]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["gpt:4", "gemini:", "gemini:x", "openai:", "openai:x", "llama", "offline:x"]
)
def test_a_model_that_cannot_be_used_stops_the_start(name: str) -> None:
    """Unknown providers, missing names and missing keys are refused by setting."""
    with pytest.raises(ConfigurationError, match=r"LOLA_MODEL|GEMINI_API_KEY|OPENAI_API_KEY"):
        models().get([name])


def test_a_budget_in_money_needs_every_price() -> None:
    """A model without a price would be free: it stops the start."""
    limited = {"sender_cost_per_day": Decimal(1), "gemini_api_key": SecretStr("k")}
    with pytest.raises(ConfigurationError, match="MODEL_PRICES: has no price for gemini:a"):
        models(**limited).get(["gemini:a"])
    price = {"gemini:a": {"input": "1", "output": "1"}}
    assert models(**limited, model_prices=price).get(["gemini:a", "offline"])


async def test_calls_and_failures_are_counted() -> None:
    """Per model and outcome, and the error still reaches the loop."""
    metrics = Metrics()
    down = ModelError("down", reason="busy")
    model = MeasuredModel(ScriptedModel(says("hola"), down), metrics)
    reply = await model.complete(REQUEST)
    assert (reply.text, reply.model, reply.cost) == ("hola", "scripted", None)
    with pytest.raises(ModelError):
        await model.complete(REQUEST)
    text = metrics.render().decode()
    assert 'lola_model_calls_total{model="scripted",outcome="ok"} 1.0' in text
    assert 'lola_model_calls_total{model="scripted",outcome="busy"} 1.0' in text


async def test_the_cost_follows_the_price_table() -> None:
    """Per million tokens; cached input has its own price, or else the full one."""
    usage = Usage(input_tokens=1_000_000, cached_tokens=400_000, output_tokens=10_000)
    step = ModelReply(text="hola", usage=usage)
    price = ModelPrice(input=Decimal("0.30"), output=Decimal("2.50"), cached=Decimal("0.075"))
    metrics = Metrics()
    model = MeasuredModel(ScriptedModel(step), metrics, {"scripted": price})
    assert (await model.complete(REQUEST)).cost == Decimal("0.235")
    assert 'lola_model_cost_total{model="scripted"} 0.235' in metrics.render().decode()
    full = price.model_copy(update={"cached": None})
    assert cost_of(usage, full) == Decimal("0.325")
