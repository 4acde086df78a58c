"""Mistakes in scenario files and wrong expectations: each says file, line, expected and got."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from lola.cli.main import app
from lola.errors import ConfigurationError
from lola.testing.compare import compare
from lola.testing.device import Received
from lola.testing.scenario_report import rows_of
from lola.testing.scenario_result import ScenarioResult
from lola.testing.scenario_steps import Expectation
from lola.testing.scenarios import Scenario, find_scenarios, load_scenarios
from lola.testing.simulated_sender import TurnReport

ROOT = Path(__file__).parents[3]
FILES = find_scenarios(
    [
        ROOT / name
        for name in ("tests/scenarios", "lola/testing/journeys", "examples/bank/scenarios")
    ]
)
SCHEMA = jsonschema.Draft202012Validator(Scenario.model_json_schema())
GOOD = """name: first
steps:
  - hola
---
name: second
sender: {phone: "+15550105199"}
steps:
  - say: hola
    expect:
      route: money
      says:
        - uno
        - dos
  - "[Confirmar]"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "file.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("    expect:", "    expct:", 9, "unknown key 'expct'; did you mean 'expect'?"),
        ("      says:", "      sais:", 11, "unknown key 'sais'; did you mean 'says'?"),
        ("sender: {phone", "sender: {fone", 6, "unknown key 'fone'; did you mean 'phone'?"),
        ("name: second", "xyzzy: second", 5, "unknown key 'xyzzy'; there are name, sender,"),
        ("route: money", "links: many", 10, "got 'many'"),
        ("  - say: hola", "  - fault: {partner: m2m, falt: '500'}", 8, "did you mean 'fault'?"),
        ("  - say: hola", "  - say: hola\n    choose: Luis", 8, "exactly one of say, many, choose"),
        ("  - say: hola", "  - say: hola\n    caption: Luis", 8, "only media has a caption"),
        ("        - uno", "        - 921.60", 12, "write it in quotes, got 921.6"),
        ("  - say: hola", "  - say: no", 8, "write it in quotes, got False"),
        ("      route: money", "      route: [money", 11, "expected"),
        ("steps:\n  - say", "end: {budgets: {}}\nsteps:\n  - say", 7, "did you mean 'budget'?"),
        ("  - say: hola", "  - wait: soon", 8, "wait is a span of time such as 90s"),
        ("  - say: hola", "  - staff: {do: reply}", 8, "a reply has a text"),
        ("  - say: hola", "  - staff: {do: reply, txt: a}", 8, "did you mean 'text'?"),
        ("  - say: hola", "  - say: hola\n    model: [{sais: a}]", 9, "did you mean 'says'?"),
        ("  - say: hola", "  - say: hola\n    model: [{choices: [a]}]", 9, "either says or calls"),
        ("  - say: hola", "  - say: {en: hola}", 8, "a text in 'es' is missing"),
    ],
)
def test_a_mistake_says_its_line_and_its_reason(
    old: str, new: str, line: int, reason: str, tmp_path: Path
) -> None:
    """In the second document of a file, in words of ours and without an outside address."""
    assert GOOD.count(old) == 1
    path = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(ConfigurationError) as caught:
        load_scenarios(path)
    text = str(caught.value)
    assert f"{path}:{line}: " in text
    assert reason in text
    assert "http" not in text


def test_every_mistake_of_a_scenario_is_named(tmp_path: Path) -> None:
    """A tester corrects all of them at once."""
    path = written(tmp_path, GOOD.replace("route:", "rout:").replace("says:", "sais:"))
    with pytest.raises(ConfigurationError) as caught:
        load_scenarios(path)
    assert [f"{path}:{line}: unknown key" in str(caught.value) for line in (10, 11)] == [True, True]


def test_one_file_for_several_languages_and_channels(tmp_path: Path) -> None:
    """Each is a scenario with its own texts; a given channel takes the place of the file's."""
    text = """name: {es: uno, en: one}
languages: [es, en]
channels: [whatsapp, sms]
steps:
  - {es: hola, en: hello}
  - say: {es: gracias, en: thanks}
    expect: {says: [{es: "de nada", en: welcome}, "OK"]}
"""
    path = written(tmp_path, text)
    found = load_scenarios(path)
    names = ["uno (es, whatsapp)", "uno (es, sms)", "one (en, whatsapp)", "one (en, sms)"]
    assert [one.name for one in found] == names
    assert [one.channel for one in found] == ["whatsapp", "sms", "whatsapp", "sms"]
    assert [one.steps[1].say for one in found] == ["gracias", "gracias", "thanks", "thanks"]
    assert found[3].steps[0].say == "hello"
    assert found[3].steps[1].expect.says == ("welcome", "OK")
    assert found[3].place("steps", 1, "expect") == f"{path}:7: "
    on_telegram = load_scenarios(path, "telegram")
    assert [(one.name, one.channel) for one in on_telegram] == [
        ("uno (es)", "telegram"),
        ("one (en)", "telegram"),
    ]


def test_a_text_that_lacks_a_language_is_a_mistake(tmp_path: Path) -> None:
    """The place of the text is named."""
    path = written(tmp_path, "name: a\nlanguages: [es, en]\nsteps:\n  - say: {es: hola}\n")
    with pytest.raises(ConfigurationError, match=r":4: steps.0.say: a text in 'en' is missing"):
        load_scenarios(path)


def test_a_place_in_the_file(tmp_path: Path) -> None:
    """The nearest thing that the file has; a scenario that is in no file has no place."""
    path = written(tmp_path, GOOD)
    first, second = load_scenarios(path)
    assert first.place("steps", 0) == f"{path}:3: "
    assert second.place("steps", 0, "expect", "says", 1) == f"{path}:13: "
    assert second.place("steps", 0, "expect", "tools", 0) == f"{path}:9: "
    assert second.place("steps", 1) == f"{path}:14: "
    assert type(second).model_validate(second.model_dump()).place("steps") == ""


@pytest.mark.parametrize(
    ("expect", "worded"),
    [
        ({"says": ["921.60"]}, "expected to read '921.60', got 'Son 912.60 MXN'"),
        ({"never_says": ["912"]}, "expected not to read '912', got 'Son 912.60 MXN'"),
        ({"route": "blocked"}, "expected route blocked, got money"),
        ({"language": "en"}, "expected language en, got es"),
        ({"links": 1}, "expected links 1, got 0"),
        ({"options": ["No"]}, "expected option 'No', got Confirmar, Cambiar"),
        ({"tools": ["send_money"]}, "expected tool send_money, got get_banks"),
        ({"no_tools": ["get_banks"]}, "expected no tool get_banks, got get_banks"),
        ({"passages": ["fees"]}, "expected passage fees, got none"),
        ({"silent": True}, "expected silence, got 'Son 912.60 MXN'"),
    ],
)
def test_a_wrong_expectation_says_what_was_got(expect: dict[str, object], worded: str) -> None:
    """What was really said, offered and called; and the place of the expectation."""
    options = (("1", "Confirmar"), ("2", "Cambiar"))
    reply = Received(kind="buttons", text="Son\n912.60 MXN", options=options)
    report = TurnReport(
        route="money", tools=("get_banks",), passages=(), language="es", milliseconds=1,
        replies=(reply,),
    )  # fmt: skip
    (found,) = compare(Expectation.model_validate(expect), report)
    assert str(found) == worded
    assert found.loc[:2] == ("expect", *expect)


def test_a_report_without_a_goal_has_no_row(tmp_path: Path) -> None:
    """Scenarios without `reach` are counted nowhere, and a language without any has no zeros."""
    (scenario, _) = load_scenarios(written(tmp_path, GOOD))
    rows = rows_of([ScenarioResult(scenario=scenario, channel="whatsapp")])
    assert [(row.name, row.played) for row in rows] == [("all", 0)]


def test_the_schema_is_printed() -> None:
    """It refuses unknown keys, and a step may be a bare text."""
    schema = json.loads(CliRunner().invoke(app, ["scenarios", "schema"]).output)
    assert schema["additionalProperties"] is False
    bare, by_language, step = schema["$defs"]["Step"]["anyOf"]
    assert bare == {"type": "string"}
    assert set(by_language["properties"]) == {"es", "en"}
    assert {"say", "choose", "expect"} <= set(step["properties"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_schema_accepts_every_file_that_is_read(path: Path) -> None:
    """An editor that checks a file against the schema agrees with the program."""
    assert load_scenarios(path)
    for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
        SCHEMA.validate(document)


@pytest.mark.parametrize(
    "step",
    [{"say": "hola", "expct": {}}, {"say": {"fr": "salut"}}, {"say": {}}, {"wait": 15}, 7],
    ids=str,
)
def test_the_schema_refuses_what_the_program_refuses(step: object, tmp_path: Path) -> None:
    """Unknown keys, a language that there is not, a number instead of a span."""
    document = {"name": "a", "steps": [step]}
    with pytest.raises(jsonschema.ValidationError):
        SCHEMA.validate(document)
    with pytest.raises(ConfigurationError):
        load_scenarios(written(tmp_path, json.dumps(document)))
