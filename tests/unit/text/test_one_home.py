"""Folding, number words, ordinals and languages are each defined in one place."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from lola.text.languages import LANGUAGES

ROOT = Path(__file__).parents[3]
PACKAGES = ("lola", "channels", "agents", "middleware", "knowledge")
TABLE = ROOT / "lola/text/number_table.toml"
# Patterns and catalogues hold single number words as text; a table spells out a run of them.
MAX_NUMBER_WORDS = 5


def modules() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def literals(tree: ast.Module) -> set[str]:
    """Return the words of all string literals, docstrings left out."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.value = ""
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.update(node.value.lower().split())
    return found


def words_of(section: str) -> set[str]:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {word for name in LANGUAGES for word in table[name][section]}


def test_one_module_folds_text() -> None:
    """Case and accents are removed by `lola.text.folding` alone."""
    names = {"fold", "_fold", "unaccented", "_unaccented"}
    homes = {
        name
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name in names
    }
    assert homes == {"lola/text/folding.py"}


@pytest.mark.parametrize("section", ["values", "ordinals"])
def test_number_words_are_in_one_table(section: str) -> None:
    """No module spells out a run of number words or ordinals; they read `number_table.toml`."""
    known = words_of(section)
    assert len(known) > MAX_NUMBER_WORDS
    spelled = {name: literals(tree) & known for name, tree in modules()}
    assert {name: found for name, found in spelled.items() if len(found) > MAX_NUMBER_WORDS} == {}


def test_one_table_of_languages() -> None:
    """No other module lists the languages; the wire format of a partner has its own list."""
    homes = {
        name
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Tuple | ast.List | ast.Set)
        and [item.value for item in node.elts if isinstance(item, ast.Constant)] == list(LANGUAGES)
    }
    assert homes == {"lola/text/languages.py", "lola/partners/payhub/responses/corridors.py"}
