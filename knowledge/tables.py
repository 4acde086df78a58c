"""Reads a Markdown table, so that every row says by itself what it is about.

An empty cell at the left continues the value above it, as merged cells do; a row with nothing but
its first cell names the rows below it. A row that would have to be guessed is refused with its
line: a wrong country's limit is worse than a missing one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_RULE_CELL = re.compile(r"^ *:?-+:? *$")
_BORDER = re.compile(r"(?<!\\)\|")


class StructureError(ValueError):
    """A place in a document that cannot be read without guessing."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row as `column: cell` lines, with the line that it comes from."""

    text: str
    line: int


def cells_of(line: str) -> list[str]:
    r"""Return the cells of a table line, with or without outer bars; `\|` is a bar in a cell."""
    inner = line.strip()
    inner = inner.removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return [cell.strip().replace("\\|", "|") for cell in _BORDER.split(inner)]


def is_rule(line: str) -> bool:
    """Return whether a line is the line of dashes below a table's header."""
    return "|" in line and all(map(_RULE_CELL.match, _BORDER.split(line.strip().strip("|"))))


def read_rows(lines: Sequence[str], first_line: int) -> tuple[Row, ...]:
    """Return the rows below the header and the line of dashes. Raise StructureError."""
    columns = cells_of(lines[0])
    if not any(columns):
        raise StructureError(first_line, "the table's header is empty")
    return tuple(_rows(columns, lines[2:], first_line + 2))


def _rows(columns: Sequence[str], lines: Sequence[str], first_line: int) -> Iterator[Row]:
    before: list[str] = []
    name: Row | None = None
    is_name_used = True
    for line, written in enumerate(lines, start=first_line):
        cells = _fitting(cells_of(written), columns, line)
        if not any(cells):
            continue
        if is_name := len(columns) > 1 and bool(cells[0]) and not any(cells[1:]):
            if name is not None and not is_name_used:
                yield name
            name, before = Row(text=_labelled(columns, cells), line=line), cells
        elif cells[0]:
            before, text = cells, _labelled(columns, cells)
            yield Row(text=f"{name.text}\n{text}" if name else text, line=line)
        else:
            before = _continued(cells, before, line)
            yield Row(text=_labelled(columns, before), line=line)
        is_name_used = not is_name
    if name is not None and not is_name_used:
        yield name


def _fitting(cells: list[str], columns: Sequence[str], line: int) -> list[str]:
    if any(cells[len(columns) :]):
        raise StructureError(line, "the row has more cells than the table has columns")
    if len(cells) < len(columns):
        # A converter that drops a merged cell moves the others to the left.
        raise StructureError(line, "the row has fewer cells than the table has columns")
    return cells[: len(columns)]


def _continued(cells: Sequence[str], before: Sequence[str], line: int) -> list[str]:
    """Return the row with its empty cells at the left taken from the row above."""
    empty = next(number for number, cell in enumerate(cells) if cell)
    if not before or not all(before[:empty]):
        raise StructureError(line, "the first cell is empty and no row above gives its value")
    return [*before[:empty], *cells[empty:]]


def _labelled(columns: Sequence[str], cells: Sequence[str]) -> str:
    named = zip(columns, cells, strict=True)
    return "\n".join(f"{column}: {cell}" if column else cell for column, cell in named if cell)
