"""Every item of each partner's checklist has a test that names it, or a reason without one."""

from pathlib import Path

import pytest

from lola.cli.coverage import CHECKLISTS, Coverage, items_of, named_items, read_coverage
from lola.errors import ConfigurationError

ROOT = Path(__file__).parents[2]
COUNTS = {"m2m": 100, "raas": 74, "request_money": 55, "vna": 40}


@pytest.mark.parametrize("name", list(CHECKLISTS))
def test_every_item_is_accounted_for(name):
    """No item is without both, none has both, and no number is made up."""
    found = read_coverage(ROOT, name)
    assert list(found.items) == list(range(1, COUNTS[name] + 1))
    assert (found.missing, found.wrong) == ((), ())


def test_an_item_that_no_test_names_is_found():
    """The check reads the marker of test functions, and nothing else."""
    source = (
        "@pytest.mark.item(1, 2)\nasync def test_a(): ...\n\n@pytest.mark.raas(4)\ndef x(): 3\n"
    )
    assert list(named_items(source, "item")) == [("test_a", 1), ("test_a", 2)]
    assert list(named_items(source, "raas")) == []
    page = "## 1. Else\n9. no\n## 16. Items\n1. one\ntext\n2. two\n## 17. More\n3. no\n"
    items = items_of(page, "16")
    assert items == {1: "one", 2: "two"}
    broken = Coverage(
        checklist=CHECKLISTS["raas"], items=items, tests={1: ("t",), 7: ("t",)}, reasons={1: "x"}
    )
    assert (broken.missing, broken.wrong) == ((2,), (1, 7))


def test_an_installed_package_has_no_tests(tmp_path):
    """Outside of a checkout the command says so."""
    with pytest.raises(ConfigurationError, match="not there"):
        read_coverage(tmp_path, "raas")
