"""`lola partners coverage`: which items of the partners' checklists have a conformance test.

The checklists are in docs/reference, the tests in tests/contract; an item counts when a test names
it in its marker. What cannot apply, or is not built, is listed with the reason. It reads a checkout
of the source: an installed package has no tests.
"""

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from rich.console import Console
from rich.table import Table

from lola.errors import ConfigurationError

ITEM = re.compile(r"([0-9]{1,3})\. (.+)")
REASONS = "without_test.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """A partner's checklist: its page and section, and the marker of the tests that name items."""

    title: str
    page: str
    section: str
    marker: str


CHECKLISTS: Mapping[str, Checklist] = MappingProxyType(
    {
        "m2m": Checklist(
            title="M2M Partner API", page="reference/m2m.md", section="10", marker="item"
        ),
        "raas": Checklist(
            title="RaaS Partner API", page="reference/raas.md", section="16", marker="raas"
        ),
        "request_money": Checklist(
            title="Request Money API", page="reference/request-api.md", section="10", marker="item"
        ),
        "vna": Checklist(
            title="VNA interfaces", page="reference/vna.md", section="9", marker="item"
        ),
    }
)
"""Folder of the tests below tests/contract → its checklist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The items of one checklist: their texts, the tests of each, and reasons for the rest."""

    checklist: Checklist
    items: Mapping[int, str]
    tests: Mapping[int, tuple[str, ...]]
    reasons: Mapping[int, str]

    @property
    def missing(self) -> tuple[int, ...]:
        """The items with neither a test nor a reason."""
        return tuple(
            item for item in self.items if not (item in self.tests or item in self.reasons)
        )

    @property
    def wrong(self) -> tuple[int, ...]:
        """The numbers that are no items, and items that have both a test and a reason."""
        named = {*self.tests, *self.reasons}
        both = set(self.tests) & set(self.reasons)
        return tuple(sorted((named - set(self.items)) | both))


def named_items(source: str, marker: str) -> Iterator[tuple[str, int]]:
    """Iterate over the tests of a file and the numbers that each names in its marker."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if not node.name.startswith("test_"):
            continue
        for mark in node.decorator_list:
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == f"pytest.mark.{marker}":
                yield from ((node.name, int(ast.literal_eval(number))) for number in mark.args)


def items_of(page: str, section: str) -> dict[int, str]:
    """Return the numbered lines of one section of a reference page."""
    found: dict[int, str] = {}
    is_inside = False
    for line in page.splitlines():
        if line.startswith("## "):
            is_inside = line.startswith(f"## {section}. ")
        elif is_inside and (item := ITEM.fullmatch(line)):
            found[int(item[1])] = item[2]
    return found


def read_coverage(root: Path, name: str) -> Coverage:
    """Return what covers a checklist in a checkout. Raises ConfigurationError outside of one."""
    checklist = CHECKLISTS[name]
    page = root / "docs" / checklist.page
    folder = root / "tests" / "contract" / name
    if not (page.is_file() and folder.is_dir()):
        raise ConfigurationError(
            "lola partners coverage", f"{folder} is not there", hint="run it in a source checkout"
        )
    tests: dict[int, tuple[str, ...]] = {}
    for file in sorted(folder.glob("test_*.py")):
        for test, item in named_items(file.read_text("utf-8"), checklist.marker):
            tests[item] = (*tests.get(item, ()), f"{file.stem}::{test}")
    reasons: dict[int, str] = {}
    if (listed := folder / REASONS).is_file():
        reasons = {int(item): text for item, text in tomllib.loads(listed.read_text()).items()}
    return Coverage(
        checklist=checklist,
        items=items_of(page.read_text("utf-8"), checklist.section),
        tests=tests,
        reasons=reasons,
    )


def print_coverage(root: Path, *, every_item: bool) -> bool:
    """Print the table; return whether each item has a test or a reason."""
    console = Console()
    table = Table(title="Checklists of the partners")
    for column in ("system", "items", "with a test", "with a reason", "missing"):
        table.add_column(column)
    found = [read_coverage(root, name) for name in CHECKLISTS]
    for one in found:
        missing = ", ".join(map(str, one.missing)) or "none"
        counts = (len(one.items), len(set(one.tests) & set(one.items)), len(one.reasons))
        table.add_row(one.checklist.title, *map(str, counts), missing)
    console.print(table)
    for one in found:
        console.print(_details(one, every_item=every_item))
    return not any(one.missing or one.wrong for one in found)


def _details(coverage: Coverage, *, every_item: bool) -> Table:
    where = f"docs/{coverage.checklist.page} {coverage.checklist.section}"
    table = Table(title=f"{coverage.checklist.title}: {where}")
    for column in ("item", "says", "test, or why there is none"):
        table.add_column(column)
    for item, text in coverage.items.items():
        tests = coverage.tests.get(item)
        if every_item or not tests:
            shown = "\n".join(tests) if tests else coverage.reasons.get(item, "missing")
            table.add_row(str(item), text, shown)
    return table
