"""`lola models`, `lola models try` and what `lola doctor` says about models."""

import asyncio
import logging
from datetime import date

import pytest
import structlog
from pydantic import SecretStr
from typer.testing import CliRunner

from lola.cli.main import app
from lola.cli.models import model_notices
from lola.settings import load_settings
from tests.unit.models.conftest import _bare_environment, gemini, openai, strict_chat  # noqa: F401

AMBIENT = "GOOGLE_CLOUD_PROJECT is set and not used"


@pytest.fixture
async def run(_bare_environment, tmp_path, monkeypatch):  # noqa: F811
    """Run the command line in a thread, so that the servers of the test can answer."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    events, root = structlog.get_config(), logging.getLogger()
    level, handlers = root.level, list(root.handlers)

    async def command(*words, **environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return await asyncio.to_thread(CliRunner().invoke, app, list(words))

    yield command
    # A command sets up the logs of its process, which is that of the other tests as well.
    structlog.configure(**events)
    root.setLevel(level)
    root.handlers[:] = handlers


async def test_the_table_shows_what_is_sent_and_when_models_end(run):
    """Of the deployment's models first, then of all that are known."""
    found = await run("models", LOLA_MODEL="gemini:gemini-2.5-flash", GEMINI_API_KEY="k")
    assert found.exit_code == 0
    shown = found.output
    assert "Configured models" in shown
    assert "thinking budget 0, temperature" in shown
    assert "2026-12-01" in shown
    assert "GPT-6.1 Sol" in shown
    assert "gemini:gemini-2.5-flash end" in shown
    assert "surprises: reference/surprises.md" in shown


async def test_every_model_is_tried_with_a_tool_and_judged_in_a_sentence(run, gemini, strict_chat):  # noqa: F811
    """One that works, one that is not let in, one without access: each has its sentence."""
    gemini.calls(("", "look_up_rate", {"currency": "GTQ"}))
    gemini.says("7.70 quetzales.")
    strict_chat.fails(401)
    found = await run(
        "models",
        "try",
        LOLA_MODEL="gemini:gemini-3.8-flash,openai:gpt-6-luna",
        GEMINI_API_KEY="k",
        GOOGLE_GEMINI_BASE_URL=gemini.url,
        OPENAI_API_KEY="k",
        OPENAI_BASE_URL=f"{strict_chat.url}/v1",
    )
    assert found.exit_code == 1
    first, second = found.output.splitlines()
    assert first.startswith("ok gemini:gemini-3.8-flash calls a tool and answers")
    assert second.startswith("failed openai:gpt-6-luna was denied: check the key")
    assert gemini.broken_rules == []


async def test_a_model_without_access_is_named_with_its_setting(run):
    """`lola models try` says which setting is missing and still tries the others."""
    found = await run("models", "try", LOLA_MODEL="gemini:gemini-3.8-flash,offline")
    assert found.exit_code == 1
    first, second = found.output.splitlines()
    assert "GEMINI_API_KEY" in first
    assert second.startswith("ok offline")


async def test_doctor_asks_as_a_turn_asks_and_warns_of_an_end(run, gemini):  # noqa: F811
    """With a tool and a turn's deadline, so that what a turn meets is found before."""
    gemini.calls(("", "look_up_rate", {"currency": "GTQ"}))
    gemini.says("7.70 quetzales.")
    found = await run(
        "doctor",
        LOLA_MODEL="gemini:gemini-2.5-flash,offline",
        GEMINI_API_KEY="k",
        GOOGLE_GEMINI_BASE_URL=gemini.url,
    )
    assert found.exit_code == 0, found.output
    assert gemini.broken_rules == []
    assert [bool(body.get("tools")) for body in gemini.requests] == [True, True]
    words = " ".join(found.output.replace("│", " ").split())
    assert "calls a tool and answers" in words
    assert "the Gemini developer service" in words
    assert "gemini-2.5-flash end" in words


async def test_doctor_fails_when_a_turn_would_be_refused(run, gemini):  # noqa: F811
    """A model that takes words and no tools is no model for a conversation."""
    gemini.fails(400)
    found = await run(
        "doctor",
        LOLA_MODEL="gemini:gemini-3.8-flash",
        GEMINI_API_KEY="k",
        GOOGLE_GEMINI_BASE_URL=gemini.url,
    )
    assert found.exit_code == 1
    assert "refused what a turn" in " ".join(found.output.replace("│", " ").split())


def notices(today=date(2026, 10, 1), names=("gemini:gemini-2.5-flash",), **settings):
    return [detail for detail, _ in model_notices(names, load_settings(**settings), today)]


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2026, 10, 1), []),
        (date(2026, 10, 2), ["ends on 2026-12-01; gemini:gemini-3.5-flash-lite follows it"]),
        (date(2026, 12, 1), ["ends on 2026-12-01; gemini:gemini-3.5-flash-lite follows it"]),
        (date(2026, 12, 2), ["ended on 2026-12-01; gemini:gemini-3.5-flash-lite follows it"]),
    ],
)
def test_an_end_is_told_sixty_days_before(today, said):
    """And after it, with the model that follows."""
    wanted = [f"gemini:gemini-2.5-flash {text}" for text in said]
    assert notices(today, gemini_api_key=SecretStr("k")) == wanted


def test_vertex_ends_models_on_its_own_days():
    """2.5 Flash ends six weeks earlier there."""
    settings = {"google_cloud_project": "bank", "google_cloud_location": "us-central1"}
    assert notices(date(2026, 8, 22), **settings) == [
        "gemini:gemini-2.5-flash ends on 2026-10-20; gemini:gemini-3.5-flash-lite follows it"
    ]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"gemini_api_key": SecretStr("k")}, False),
        ({"gemini_api_key": SecretStr("k"), "google_cloud_project": "ambient"}, True),
        (
            {
                "gemini_api_key": SecretStr("k"),
                "google_cloud_project": "ambient",
                "gemini_service": "developer",
            },
            False,
        ),
    ],
)
def test_a_project_that_is_not_used_is_told(settings, told):
    """An operator who meant Vertex must not find out from an audit."""
    assert any(AMBIENT in detail for detail in notices(**settings)) is told


def test_a_location_without_a_region_is_told():
    """`global` gives no residency (docs/safety.md 3.6)."""
    settings = {"google_cloud_project": "bank", "google_cloud_location": "global"}
    names = ("gemini:gemini-3.8-flash",)
    assert any("any region" in detail for detail in notices(names=names, **settings))
    assert notices(names=("openai:gpt-6-luna",), **settings) == []
