"""Every control in THREATS.md names a test that exists, and every guarantee has one."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "THREATS.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
RISKS = (*(f"LLM{number:02d}" for number in range(1, 11)), *(f"API{n}" for n in range(1, 11)))


@cache
def functions_of(path: str) -> frozenset[str]:
    """Return the names of the test functions of a file; none when there is no such file."""
    file = ROOT / path
    if not file.exists():
        return frozenset()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, functions))


def missing(page: str) -> list[str]:
    """Return the tests that a page names and that do not exist."""
    named = NAMED.findall(page)
    return [f"{path}::{name}" for path, name in named if name not in functions_of(path)]


def test_every_test_that_is_named_exists():
    """A control whose test was renamed or removed is noticed."""
    assert missing(PAGE) == []


def test_a_test_that_is_not_there_is_noticed():
    """In a file that has others, and in a file that does not exist."""
    here = "tests/unit/test_threats.py"
    page = f"`{here}::test_nowhere`, `tests/none.py::test_x`, `{here}::test_every_risk_has_a_test`"
    assert missing(page) == [f"{here}::test_nowhere", "tests/none.py::test_x"]


@pytest.mark.parametrize("risk", RISKS)
def test_every_risk_has_a_test(risk):
    """Both tables are whole, and no row is without a proof."""
    (row,) = re.findall(rf"^\| {risk} .*$", PAGE, re.MULTILINE)
    assert NAMED.search(row)


def test_nothing_is_named_as_a_test_in_another_form():
    """A path without a name, or a name that the check cannot read, would prove nothing."""
    written = re.findall(r"`(tests/[^`]*)`", PAGE)
    others = {item for item in written if not NAMED.fullmatch(f"`{item}`")}
    assert others == {"tests/unit/test_threats.py", "tests/adversary/known.py"}
