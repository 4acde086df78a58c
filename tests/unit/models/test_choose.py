"""Which model answers, and what is counted of it."""

import pytest
from pydantic import SecretStr

from lola.errors import ConfigurationError, ModelError
from lola.models.chat import ModelRequest, UserMessage
from lola.models.choose import Models
from lola.models.measured import MeasuredModel
from lola.qa.scripted import ScriptedModel, says
from lola.settings import load_settings
from lola.telemetry.metrics import Metrics

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
    assert found.get("gemini:other").name == "gemini:other"
    assert found.get("offline").name == "offline"


def test_a_model_is_made_once() -> None:
    """Five agents share one client."""
    found = models()
    assert found.get() is found.get("offline")


@pytest.mark.parametrize("name", ["gpt:4", "gemini:", "gemini:x", "llama"])
def test_a_model_that_cannot_be_used_stops_the_start(name: str) -> None:
    """Unknown providers, missing names and missing keys are refused by setting."""
    with pytest.raises(ConfigurationError, match=r"LOLA_MODEL|GEMINI_API_KEY"):
        models().get(name)


async def test_calls_and_failures_are_counted() -> None:
    """Per model and outcome, and the error still reaches the loop."""
    metrics = Metrics()
    model = MeasuredModel(ScriptedModel(says("hola"), ModelError("down")), metrics)
    assert (await model.complete(REQUEST)).text == "hola"
    with pytest.raises(ModelError):
        await model.complete(REQUEST)
    text = metrics.render().decode()
    assert 'lola_model_calls_total{model="scripted",outcome="ok"} 1.0' in text
    assert 'lola_model_calls_total{model="scripted",outcome="failed"} 1.0' in text
