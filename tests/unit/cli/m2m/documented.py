"""The tables of docs/m2m.md about the partner's operations, read for the tests that hold them."""

from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs/m2m.md").read_text()


class Row(NamedTuple):
    operation: str
    conversation: str
    command: str
    console: str


def rows_below(heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading, without back-quotes."""
    lines = PAGE.partition(heading)[2].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("|"))
    table = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        table.append([cell.strip(" `") for cell in line.strip("|").split("|")])
    return table


TABLE = {row[0]: Row(*row) for row in rows_below("### Where each operation is used")}
