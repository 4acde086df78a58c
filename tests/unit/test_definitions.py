"""Agent folders: what a bank may write in them, and what stops the start."""

import sys
from pathlib import Path

import pytest

from lola.definitions import PROMPT_VARIABLES, load_agents, prompt_variables
from lola.errors import ConfigurationError
from tests.support import NOW


@pytest.fixture
def package(tmp_path: Path, monkeypatch):
    """An importable package with one good agent folder."""
    folder = tmp_path / "some_agents"
    agent = folder / "helper"
    agent.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (agent / "agent.toml").write_text('description = "Helps."\ntools = ["a"]\n')
    for language in ("es", "en"):
        (agent / f"prompt.{language}.md").write_text("Hi {sender}, I am {assistant_name}.")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield agent
    sys.modules.pop("some_agents", None)


def render(agent) -> str:
    return agent.prompt(
        "en",
        **prompt_variables(now=NOW, sender="Ana", brand_name="Sol", assistant_name="Lola"),
    )


def test_an_agent_is_a_folder(package: Path) -> None:
    """Tools and prompt come from files, so behaviour changes without code (lola.md 3)."""
    agent = load_agents("some_agents")["helper"]
    assert agent.tools == ("a",)
    assert render(agent) == "Hi Ana, I am Lola."


def test_the_version_follows_the_texts(package: Path) -> None:
    """A changed prompt is another version in the trace."""
    before = load_agents("some_agents")["helper"].version
    (package / "prompt.es.md").write_text("Otra cosa.")
    assert load_agents("some_agents")["helper"].version != before


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        ("prompt.es.md", "Dijo {message}", "uses message"),
        ("prompt.es.md", "Una llave { suelta", "stray brace"),
        ("agent.toml", 'tools = ["a"]', "description"),
        ("agent.toml", 'description = "x"\ntemprature = 1', "temprature"),
    ],
)
def test_a_bad_folder_stops_the_start(package: Path, file: str, text: str, problem: str) -> None:
    """Foreign variables, stray braces and unknown keys name the file."""
    (package / file).write_text(text)
    with pytest.raises(ConfigurationError, match=problem):
        load_agents("some_agents")


def test_a_missing_language_stops_the_start(package: Path) -> None:
    """Both languages are required."""
    (package / "prompt.en.md").unlink()
    with pytest.raises(ConfigurationError, match=r"prompt\.en\.md"):
        load_agents("some_agents")


def test_only_four_variables_exist() -> None:
    """Date, sender, brand and assistant name, as documented (reference/lola.md 11)."""
    values = prompt_variables(now=NOW, sender="", brand_name="b", assistant_name="a")
    assert set(values) == PROMPT_VARIABLES
