"""Every item of the reference's checklist has a test that names it."""

import ast
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
ITEMS = set(range(1, 101))


def named_items(source: str) -> Iterator[int]:
    """Return the numbers that the tests of a file name in their `item` marker."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.item":
                    assert node.name.startswith("test_")
                    yield from (ast.literal_eval(number) for number in mark.args)


def test_every_item_has_a_test():
    """The hundred items of reference/m2m.md 10 are all named, and no other number is."""
    files = HERE.glob("test_*.py")
    assert {number for file in files for number in named_items(file.read_text())} == ITEMS


def test_an_item_that_no_test_names_is_found():
    """The check reads markers of test functions, and nothing else."""
    source = "@pytest.mark.item(1, 2)\nasync def test_a(): ...\n\ndef test_b(): 3\n"
    assert list(named_items(source)) == [1, 2]
