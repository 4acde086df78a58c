"""Every item of the reference's checklist has a test that names it."""

from pathlib import Path

from tests.contract.m2m.test_complete import named_items

HERE = Path(__file__).parent
ITEMS = set(range(1, 56))
NOT_APPLICABLE: dict[int, str] = {}
"""Item → why nothing here can prove it. All of them can be proved."""


def test_every_item_has_a_test():
    """The 55 items of reference/request-api.md 10 are all named, and no other number is."""
    named = {item for file in HERE.glob("test_*.py") for item in named_items(file.read_text())}
    assert named | set(NOT_APPLICABLE) == ITEMS
    assert not named & set(NOT_APPLICABLE)
