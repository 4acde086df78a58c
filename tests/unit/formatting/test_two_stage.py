"""The documented two stages: nicer where the model is good, never less true where it is not."""

import pytest

from lola.domain.messages import (
    ButtonsMessage,
    LinkMessage,
    Option,
    SelectMessage,
    TextMessage,
)
from lola.errors import ModelError
from lola.formatting import CodeEnhancer, TwoStageEnhancer
from lola.models.meter import Meter
from lola.safety.output.guard import OutputGuard
from lola.settings import Settings
from lola.testing.scripted_model import ScriptedModel, calls, says
from lola.text.wording import HERE, Wording

WORDING = Wording((HERE,), formality=Settings().formality)
ANSWER = "Por 200.00 USD tu mamá recibe 3,450.00 MXN. ¿Lo quieres en efectivo o en su cuenta?"
OPTIONS = (Option(id="payout:cash", title="Efectivo"), Option(id="payout:bank", title="Cuenta"))
SHAPED = {
    "type": "buttons",
    "content": "Tu mamá recibe **3,450.00 MXN** por 200.00 USD. ¿Cómo lo quieres?",
    "options": ["Cuenta", "Efectivo"],
}


async def shaped(*steps, text=ANSWER, options=OPTIONS, language="es", seconds=5.0):
    """Shape an answer with a model that plays `steps`; all of them must be played."""
    model, meter = ScriptedModel(*steps), Meter()
    enhancer = TwoStageEnhancer(model, OutputGuard(canary="lola-canary"), WORDING)
    messages = await enhancer.shape(text, options, language=language, meter=meter, seconds=seconds)
    model.finish()
    return messages, model, meter


async def by_code(text=ANSWER, options=OPTIONS, language="es"):
    """The same answer, shaped by rules."""
    return await CodeEnhancer(WORDING).shape(
        text, options, language=language, meter=Meter(), seconds=1
    )


async def test_two_calls_make_a_component_and_taps_keep_their_meaning():
    """Language first, then the JSON; options keep the tool's ids (reference/lola.md 7)."""
    (message,), model, meter = await shaped(says("es"), calls(("show", SHAPED)))
    assert isinstance(message, ButtonsMessage)
    assert [option.id for option in message.options] == ["payout:bank", "payout:cash"]
    assert message.content.startswith("Tu mamá recibe **3,450.00 MXN**")
    assert meter.calls == 2
    language, shape = model.requests
    assert language.tools == ()
    assert [tool.name for tool in shape.tools] == ["show"]
    assert "`es`" in shape.system


@pytest.mark.parametrize("answer", [says("?"), says(""), ModelError("down", reason="http_500")])
async def test_a_language_that_cannot_be_told_is_spanish(answer):
    """The documented default of stage one (reference/lola.md 7, checklist 70)."""
    _, model, _ = await shaped(answer, calls(("show", SHAPED)))
    assert "`es`" in model.requests[1].system


async def test_four_or_more_options_are_a_list_with_the_models_labels_within_limits():
    """24 and 20 characters, no emoji; the eleventh option is written out (checklist 73, 74, 79)."""
    options = tuple(Option(id=f"bank:{n}", title=f"Banco {n}") for n in range(1, 12))
    component = {
        "type": "select",
        "content": "¿A qué banco?",
        "options": [option.title for option in options],
        "list_title": "🏦 Los bancos de México donde cae rápido",
        "button": "Ver todos los bancos disponibles",
    }
    (message,), _, _ = await shaped(
        says("es"), calls(("show", component)), text="¿A qué banco?", options=options
    )
    assert isinstance(message, SelectMessage)
    assert len(message.options) == 10
    assert "11. Banco 11" in message.content
    assert len(message.list_title) <= 24
    assert "🏦" not in message.list_title
    assert len(message.button) <= 20


async def test_an_address_becomes_a_link_with_a_short_label():
    """Only an address that was in the answer (checklist 75)."""
    text = "Aquí está la guía: https://help.bank.example/guia"
    link = {"text": "Abrir la guía completa ya", "url": "https://help.bank.example/guia"}
    component = {"type": "link", "content": "Aquí está la guía:", "links": [link]}
    (message,), _, _ = await shaped(says("es"), calls(("show", component)), text=text, options=())
    assert isinstance(message, LinkMessage)
    assert message.links[0].url == "https://help.bank.example/guia"
    assert len(message.links[0].text) <= 20


BROKEN = {
    "another figure": {**SHAPED, "content": "Recibe 3,540.00 MXN por 200.00 USD."},
    "a figure too many": {**SHAPED, "content": SHAPED["content"] + " Comisión: 3.99 USD."},
    "a lost figure": {**SHAPED, "content": "Tu mamá recibe 3,450.00 MXN. ¿Cómo?"},
    "a claim": {**SHAPED, "content": SHAPED["content"] + " Ya enviamos el dinero."},
    "a foreign link": {**SHAPED, "links": [{"text": "Ver", "url": "https://evil.example/x"}]},
    "a lost option": {**SHAPED, "options": ["Efectivo"]},
    "a new option": {**SHAPED, "options": ["Efectivo", "Cuenta", "Criptomonedas"]},
    "a leak": {**SHAPED, "content": SHAPED["content"] + " lola-canary"},
    "another language": {
        **SHAPED,
        "content": "Your mother receives 3,450.00 MXN for the 200.00 USD. How do you want it?",
    },
    "no content": {"type": "text"},
    "another type": {**SHAPED, "type": "carousel"},
}


@pytest.mark.parametrize("component", BROKEN.values(), ids=BROKEN)
async def test_a_component_that_is_less_true_than_the_answer_does_not_go_out(component):
    """The same guards, and nothing lost: code shapes the original instead (checklist 84)."""
    messages, _, _ = await shaped(says("es"), calls(("show", component)))
    assert messages == await by_code()


@pytest.mark.parametrize(
    "step", [says("Claro, aquí va."), calls(("hide", SHAPED)), ModelError("down", reason="cut")]
)
async def test_no_component_at_all_is_shaped_by_code(step):
    """Text instead of a call, another function, an outage: the sender still gets the answer."""
    messages, _, meter = await shaped(says("es"), step)
    assert messages == await by_code()
    assert meter.calls == (1 if isinstance(step, ModelError) else 2)


async def test_without_time_left_no_model_is_asked():
    """The turn's deadline is the sender's, and formatting is not worth missing it."""
    messages, model, _ = await shaped(seconds=0.1)
    assert messages == await by_code()
    assert model.requests == []


async def test_an_answer_in_english_stays_english():
    """Stage one failing to Spanish cannot turn an English sender's answer around."""
    component = {
        "type": "text",
        "content": "Recibe el dinero en efectivo cuando quiera en la tienda.",
    }
    text = "You can pick up the money in cash whenever you want at the store."
    messages, _, _ = await shaped(
        says("??"), calls(("show", component)), text=text, options=(), language="en"
    )
    assert messages == await by_code(text, (), "en")
    assert isinstance(messages[0], TextMessage)
