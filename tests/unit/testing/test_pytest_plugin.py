"""The pytest plugin: its fixtures, and what it costs a run that does not use them."""

import subprocess
import sys
from pathlib import Path

import pytest

from lola.testing import ScriptError, calls, says
from lola.testing.pytest_plugin import lola_model

HEAVY = {"aiohttp", "pydantic", "redis", "chromadb", "google", "openai", "yaml", "pytest_asyncio"}


@pytest.fixture
def lola_settings() -> dict[str, object]:
    """A setting of the test's own."""
    return {"retriever": "", "brand_name": "Banco de Prueba"}


async def test_sender_device_sandbox_and_page(lola_harness, lola_sandbox, lola_sender) -> None:
    """A whole transfer with what the fixtures give, and the settings of the test."""
    sender = lola_sender("verified", channel="sms", name="Ana")
    assert "Banco de Prueba" in lola_harness.service.settings.brand_name
    await sender.say("quiero mandar 200 dólares a Rosa Hernández en México")
    linked = await sender.choose("Confirmar")
    assert await lola_harness.widget.press(linked.replies[-1].links[0][1], "approve") < 400
    assert len(lola_sandbox.m2m.operations.list.all()) == 1


async def test_the_clock_moves_service_and_sandbox(lola_harness, lola_clock, lola_sender) -> None:
    """A quote of ten minutes has ended after eleven."""
    sender = lola_sender("verified")
    await sender.say("quiero mandar 200 dólares a Rosa Hernández en México")
    before = lola_clock()
    await lola_harness.advance(11 * 60)
    assert (lola_clock() - before).total_seconds() >= 11 * 60
    again = await sender.choose("Confirmar")
    assert "venció" in again.replies[0].text


async def test_staff_take_over_reply_and_hand_back(lola_sender, lola_staff) -> None:
    """The sender reads the colleague, and the bot is silent meanwhile."""
    sender, maria = lola_sender(), lola_staff("maria")
    await sender.say("hola")
    await maria.take_over(sender.conversation)
    assert (await sender.say("¿hay alguien?")).replies == ()
    await maria.reply(sender.conversation, "Soy María.")
    assert "Soy María." in (await sender.settle()).replies[-1].text
    await maria.hand_back(sender.conversation)
    await sender.settle()
    assert (await sender.say("gracias")).replies


async def test_a_scripted_model_answers_for_every_agent(lola_sender, lola_model) -> None:
    """Its tools are really called; what it saw can be looked at."""
    script = lola_model(calls(("get_recipients", {})), says("Puede enviar a Rosa o a Luis."))
    report = await lola_sender("verified").say("hola")
    assert report.tools == ("get_recipients",)
    assert report.replies[-1].text.startswith("Puede enviar")
    assert len(script.requests) == 2


@pytest.mark.parametrize("steps", [1, 3])
async def test_a_script_that_is_not_played_out_fails_the_test(steps, lola_harness, lola_sender):
    """Too few steps and too many: the fixture says so when the test is over."""
    fixture = lola_model.__wrapped__(lola_harness)
    next(fixture)(*(says("Hola.") for _ in range(steps)))
    sender = lola_sender()
    for _ in range(2):
        await sender.say("hola")
    with pytest.raises(ScriptError):
        next(fixture, None)


def test_the_plugin_imports_nothing_heavy() -> None:
    """It is loaded in every pytest run of the environment; the service is not."""
    code = "import sys, lola.testing.pytest_plugin; print(*sys.modules)"
    run = subprocess.run(  # noqa: S603 - this interpreter and fixed code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = set(run.stdout.split())
    assert {name for name in loaded if name.split(".")[0] in HEAVY} == set()
    ours = {name for name in loaded if name.split(".")[0] == "lola"}
    assert ours == {"lola", "lola.testing", "lola.testing.pytest_plugin"}


def test_the_package_names_its_plugin() -> None:
    """Pytest finds it by the entry point once the package is installed."""
    text = (Path(__file__).parents[3] / "pyproject.toml").read_text()
    assert '[project.entry-points.pytest11]\n"lola.testing.pytest_plugin" = ' in text


def test_a_public_name_that_is_not_there() -> None:
    """It is missed as in any module, also by `from lola.testing import`."""
    import lola.testing

    with pytest.raises(AttributeError, match="has no attribute 'xyzzy'"):
        lola.testing.xyzzy  # noqa: B018
