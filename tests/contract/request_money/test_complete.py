"""Every item of the reference's checklist has a test that names it; none is left out."""

import re
from pathlib import Path

HERE = Path(__file__).parent
MARK = re.compile(r"^@pytest\.mark\.item\(([0-9, ]+)\)$", re.MULTILINE)


def named_items(source):
    """Return the numbers that the markers of a file name."""
    return {int(number) for numbers in MARK.findall(source) for number in numbers.split(",")}


def test_every_item_has_a_test():
    """The 55 items of reference/request-api.md 10 are all named, and no other number is."""
    found = [named_items(file.read_text()) for file in sorted(HERE.glob("test_*.py"))]
    assert set().union(*found) == set(range(1, 56))


def test_an_item_that_no_test_names_is_found():
    """The check reads markers that begin a line, and nothing else."""
    source = "@pytest.mark.item(1, 2)\nasync def test_a(): ...\n# @pytest.mark.item(3)\n"
    assert named_items(source) == {1, 2}
