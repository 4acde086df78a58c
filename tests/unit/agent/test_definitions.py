"""Agent folders: what a bank may write in them, and what stops the start."""

import sys
from pathlib import Path

import pytest

from lola.agent.definitions import TurnLimits, load_agents
from lola.agent.prompts import PROMPT_VARIABLES, prompt_variables
from lola.errors import ConfigurationError
from lola.settings import load_settings
from tests.support import NOW

HEADER = "---\nid: {id}\nversion: {version}\nvariables: [{variables}]\n---\n"


def prompt(text: str, *, name: str = "helper", variables: str = "", version: int = 3) -> str:
    return HEADER.format(id=name, version=version, variables=variables) + text


def package_with(folder: Path, files: dict[str, str]) -> None:
    """Write an importable package of agent folders."""
    for name, text in {"__init__.py": "", **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def packages(tmp_path: Path, monkeypatch):
    """An importable package with one good agent, and room for a bank's own."""
    package_with(
        tmp_path / "some_agents",
        {
            "helper/agent.toml": 'description = "Helps."\ntools = ["a"]\n',
            "helper/prompt.es.md": prompt("Hola.\n{{> rules}}\nAdiós."),
            "helper/prompt.en.md": prompt(
                "Hi {sender}, I am {assistant_name}.\n{{> rules}}",
                variables="assistant_name, sender",
            ),
            "fragments/rules.es.md": prompt("Sé breve.", name="rules"),
            "fragments/rules.en.md": prompt("Be brief.", name="rules"),
        },
    )
    package_with(tmp_path / "bank_agents", {})
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in ("some_agents", "bank_agents"):
        sys.modules.pop(name, None)


@pytest.fixture
def folder(packages: Path) -> Path:
    return packages / "some_agents" / "helper"


def render(agent, language: str = "en") -> str:
    values = prompt_variables(now=NOW, sender="Ana", brand_name="Sol", assistant_name="Lola")
    return agent.prompt(language).render(**values)


def test_an_agent_is_a_folder(packages: Path) -> None:
    """Tools and prompt come from files, so behaviour changes without code (reference/lola.md 3)."""
    agent = load_agents("some_agents")["helper"]
    assert agent.tools == ("a",)
    assert render(agent) == "Hi Ana, I am Lola.\nBe brief."


def test_a_fragment_replaces_its_line(packages: Path) -> None:
    """Shared rules are written once; the header is no part of the text."""
    assert render(load_agents("some_agents")["helper"], "es") == "Hola.\nSé breve.\nAdiós."


def test_formal_spanish_may_have_its_own_fragment(packages: Path) -> None:
    """As in the catalogues: `es_usted` where "usted" changes the text, else `es`."""
    formal = packages / "some_agents" / "fragments" / "rules.es_usted.md"
    formal.write_text(prompt("Sea breve.", name="rules"))
    assert "Sea breve." in render(load_agents("some_agents", formality="usted")["helper"], "es")
    assert "Sé breve." in render(load_agents("some_agents")["helper"], "es")
    assert "Be brief." in render(load_agents("some_agents", formality="usted")["helper"])


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("helper/prompt.es.md", prompt("Otra cosa.")),
        ("helper/agent.toml", 'description = "Helps."\ntools = ["b"]\n'),
        ("fragments/rules.en.md", prompt("Be very brief.", name="rules")),
    ],
)
def test_the_label_follows_every_file(packages: Path, file: str, text: str) -> None:
    """A changed prompt, tool list or fragment is another version in the trace."""
    before = load_agents("some_agents")["helper"].label("es")
    (packages / "some_agents" / file).write_text(text)
    after = load_agents("some_agents")["helper"].label("es")
    assert before.startswith("helper@3+")
    assert after.startswith("helper@3+")
    assert before != after


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        ("prompt.es.md", prompt("Dijo {message}", variables="message"), "uses message"),
        ("prompt.es.md", prompt("Una llave { suelta"), "stray brace"),
        ("prompt.es.md", prompt("Hola {date}"), "declares no variable and uses date"),
        ("prompt.es.md", prompt("Hola", variables="date"), "declares date and uses no variable"),
        ("prompt.es.md", prompt("Hola", name="other"), "has the id other"),
        ("prompt.es.md", prompt("Hola", version=0), "version"),
        ("prompt.es.md", "Hola", "between two lines of ---"),
        ("prompt.es.md", "---\n: [\n---\nHola", "not valid YAML"),
        ("prompt.es.md", prompt("  "), "is empty"),
        ("prompt.es.md", prompt("{{> no_such_fragment}}"), "is missing"),
        ("../fragments/rules.es.md", prompt("{{> rules}}", name="rules"), "do not nest"),
        ("agent.toml", 'tools = ["a"]', "description"),
        ("agent.toml", 'description = "x"\ntemprature = 1', "temprature"),
        ("agent.toml", 'description = "x"\n[limits]\nseconds = 0', "limits.seconds"),
        ("agent.toml", 'description = "x', "agent.toml"),
    ],
)
def test_a_bad_folder_stops_the_start(folder: Path, file: str, text: str, problem: str) -> None:
    """Foreign variables, stray braces, wrong headers and unknown keys name the file."""
    (folder / file).write_text(text)
    with pytest.raises(ConfigurationError, match=problem):
        load_agents("some_agents")


def test_a_file_that_is_no_text_stops_the_start(folder: Path) -> None:
    """Not UTF-8 is said, and not a traceback."""
    (folder / "prompt.es.md").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"prompt\.es\.md"):
        load_agents("some_agents")


def test_a_missing_language_stops_the_start(folder: Path) -> None:
    """Both languages are required."""
    (folder / "prompt.en.md").unlink()
    with pytest.raises(ConfigurationError, match=r"prompt\.en\.md"):
        load_agents("some_agents")


@pytest.mark.parametrize("package", ["no_such_package", "json"])
def test_a_package_without_agents_stops_the_start(package: str) -> None:
    """AGENTS is named."""
    with pytest.raises(ConfigurationError, match="AGENTS"):
        load_agents(package)


def test_the_last_package_wins_file_by_file(packages: Path) -> None:
    """A bank replaces one fragment and adds one agent; the rest stays as it ships."""
    package_with(
        packages / "bank_agents",
        {
            "fragments/rules.en.md": prompt("Be kind.", name="rules"),
            "vip/agent.toml": 'description = "VIP."\nmodel = ["gemini:a", "openai:b"]\n',
            "vip/prompt.es.md": prompt("{{> rules}}", name="vip"),
            "vip/prompt.en.md": prompt("{{> rules}}", name="vip"),
        },
    )
    agents = load_agents("some_agents", "bank_agents")
    assert list(agents) == ["helper", "vip"]
    assert render(agents["helper"]) == "Hi Ana, I am Lola.\nBe kind."
    assert agents["vip"].models == ("gemini:a", "openai:b")
    assert render(agents["vip"], "es") == "Sé breve."


def test_an_agent_may_allow_itself_less_never_more(folder: Path) -> None:
    """The deployment's limits are the ceiling (docs/safety.md G12)."""
    (folder / "agent.toml").write_text(
        'description = "x"\nmodel = "offline"\n[limits]\ntool_calls = 2\nseconds = 600\n'
    )
    agent = load_agents("some_agents")["helper"]
    settings = load_settings(max_tool_calls=6, max_output_tokens=800, turn_seconds=25)
    assert agent.limits(settings) == TurnLimits(tool_calls=2, output_tokens=800, seconds=25)
    assert agent.models == ("offline",)


def test_only_four_variables_exist() -> None:
    """Date, sender, brand and assistant name, as documented (reference/lola.md 11)."""
    values = prompt_variables(now=NOW, sender="", brand_name="b", assistant_name="a")
    assert set(values) == PROMPT_VARIABLES
