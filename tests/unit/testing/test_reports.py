"""Reports of scenario runs: what CI servers, programs and people read."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import jsonschema
import pytest

from lola.channel.cost import Bill
from lola.errors import ConfigurationError
from lola.testing.device import Received
from lola.testing.reports.junit import junit_xml
from lola.testing.reports.page import html_page
from lola.testing.reports.run import Run, changes, run_of
from lola.testing.scenario_result import ScenarioResult
from lola.testing.scenarios import load_scenarios

SCHEMA = Path(__file__).parents[2] / "data" / "junit.schema.json"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FILE = """name: first
steps: [hola]
---
name: "second <b>"
goal: a greeting
reach: {says: [hola]}
steps: [hola, gracias]
"""


@pytest.fixture
def results(tmp_path: Path) -> list[ScenarioResult]:
    """One that passed, and one that failed with a character that XML cannot hold."""
    path = tmp_path / "file.yaml"
    path.write_text(FILE)
    first, second = load_scenarios(path)
    good = ScenarioResult(scenario=first, channel="whatsapp", turns=1, seconds=0.25)
    good.note("sender", "hola", None)
    link = (("Abrir", "https://lola.example/l/1"),)
    good.note(
        "lola", "¿Qué tal? https://lola.example/l/1", Received(kind="link", text="", links=link)
    )
    bad = ScenarioResult(
        scenario=second, channel="sms", not_run=1,
        failures=["file.yaml:7: step 1: \x07 <b> & \ud800"],
        wrong=["9.99 has no source"], billed=Bill(messages=2, segments=3, cost=Decimal("0.02")),
    )  # fmt: skip
    return [good, bad]


def as_json(element: Element) -> dict[str, object]:
    found = {"tag": element.tag, "attributes": dict(element.attrib)}
    text = {"text": element.text} if element.text and element.text.strip() else {}
    return {**found, **text, "children": [as_json(child) for child in element]}


def is_junit(document: bytes) -> dict[str, object]:
    """Validate a document and return it."""
    found = as_json(fromstring(document))  # noqa: S314 - our own document
    jsonschema.validate(found, json.loads(SCHEMA.read_text()))
    return found


def test_junit_xml_is_what_ci_servers_read(results: list[ScenarioResult]) -> None:
    """A case for each scenario, a failure for each problem, the transcript as output."""
    (suite,) = is_junit(junit_xml(run_of(results, NOW)))["children"]  # type: ignore[misc]
    assert {suite["attributes"][name] for name in ("tests", "failures")} == {"2", "1"}
    good, bad = suite["children"]
    assert good["attributes"]["name"] == "first · whatsapp"
    assert [child["tag"] for child in good["children"]] == ["system-out"]
    failure, wrong, _ = bad["children"]
    assert failure["attributes"]["message"] == "file.yaml:7: step 1: � <b> & �"
    assert wrong["attributes"]["type"] == "statement"


@pytest.mark.parametrize(
    "break_it",
    [
        lambda text: text.replace(b"testcase name=", b"testcase title="),
        lambda text: text.replace(b'tests="2"', b'tests="two"'),
        lambda text: text.replace(b"failure type", b"failed type").replace(b"/failure", b"/failed"),
    ],
    ids=["an unknown attribute", "a count in words", "an unknown element"],
)
def test_the_schema_refuses_other_documents(
    break_it: Callable[[bytes], bytes], results: list[ScenarioResult]
) -> None:
    """The check above can fail."""
    with pytest.raises(jsonschema.ValidationError):
        is_junit(break_it(junit_xml(run_of(results, NOW))))


def test_a_run_is_read_as_it_was_written(results: list[ScenarioResult], tmp_path: Path) -> None:
    """Any other file is refused, and a missing one is no run."""
    results[1].failures = ["file.yaml:7: step 1"]
    run, path = run_of(results, NOW), tmp_path / "run.json"
    assert Run.read(path) is None
    path.write_text(run.model_dump_json())
    assert Run.read(path) == run
    path.write_text("{}")
    with pytest.raises(ConfigurationError, match="holds no run of scenarios"):
        Run.read(path)


def test_what_changed_since_the_last_run(results: list[ScenarioResult]) -> None:
    """New addresses are no change; other words, another outcome, a new or missing scenario are."""
    good, bad = results
    before = run_of(results, NOW)
    same = replace(
        good, lines=[replace(one, text=one.text.replace("l/1", "l/2")) for one in good.lines]
    )
    assert list(changes(before, run_of([same, bad], NOW))) == []
    other = replace(good, lines=[replace(one, text="Buenas") for one in good.lines])
    (found,) = changes(before, run_of([other, bad], NOW))
    assert (found.name, found.change) == ("first", "says something else")
    assert "+lola: Buenas" in found.diff
    fixed = replace(bad, failures=[], wrong=[])
    found, gone = changes(before, run_of([fixed], NOW))
    assert (found.change, gone.name, gone.change) == ("passes now", "first", "gone")
    assert [one.change for one in changes(run_of([fixed], NOW), before)] == ["new", "fails now"]


def test_the_page_shows_transcripts_and_escapes_them(results: list[ScenarioResult]) -> None:
    """What failed is open and comes first; nothing that was said becomes markup."""
    results[1].failures = ["file.yaml:7: step 1: <b>"]
    run = run_of(results, NOW)
    page = html_page(run, changed=list(changes(run_of(results[:1], NOW), run)))
    assert page.index("· second &lt;b&gt;\n") < page.index("· first\n")
    assert "<b>" not in page
    assert page.count("<details open>") == 1
    assert "goal not reached" in page
    assert "Since the last run" in page
    assert "Since the last run" not in html_page(run)
    assert "<script" not in page
