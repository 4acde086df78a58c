"""Prints the partner's values: aligned plain tables for people, JSON for programs.

Text of the partner may hold anything, so characters that a terminal acts on are not printed.
"""

import json
import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, TextIO, TypeVar

from pydantic import BaseModel

from lola.domain.messages import JsonObject
from lola.partners.m2m.masking import shown

Item = TypeVar("Item")
NOTHING = "none"


def write_json(value: object, stream: TextIO | None = None) -> None:
    """Write one JSON value."""
    (stream or sys.stdout).write(json.dumps(value, indent=2) + "\n")


async def taken(found: AsyncIterator[Item], limit: int) -> tuple[list[Item], bool]:
    """Return the first `limit` items, and whether there are more."""
    items: list[Item] = []
    async for item in found:
        if len(items) == limit:
            return items, True
        items.append(item)
    return items, False


def show_list(
    rows: Sequence[JsonObject], columns: Sequence[str], *, as_json: bool, more: bool = False
) -> None:
    """Print rows: as JSON whole, else the named columns, a dotted name for a nested value."""
    if as_json:
        write_json({"items": list(rows), "more": more})
        return
    if not rows:
        sys.stdout.write(f"{NOTHING}\n")
        return
    cells = [[_cell(row, column) for column in columns] for row in rows]
    _lines([[column.rpartition(".")[2] for column in columns], *cells])
    if more:
        sys.stderr.write("there are more: --limit\n")


def show_one(value: BaseModel | JsonObject, *, as_json: bool, unmask: bool = False) -> None:
    """Print one value: as JSON, else a line per field, a dotted name for a nested value."""
    fields = shown(value, unmask=unmask) if isinstance(value, BaseModel) else value
    if as_json:
        write_json(fields)
        return
    _lines([[name, _text(item) or "-"] for name, item in _flat(fields)])


def _lines(rows: Iterable[Sequence[str]]) -> None:
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write(line.rstrip() + "\n")


def _cell(row: JsonObject, column: str) -> str:
    value: Any = row
    for name in column.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return _text(value) or "-"


def _flat(fields: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in fields.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
            for position, item in enumerate(value, start=1):
                yield from _flat({str(position): item}, f"{prefix}{name}.")
        else:
            yield _printable(f"{prefix}{name}"), value


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(map(_text, value))
        case Mapping():
            return " ".join(f"{name}={_text(item)}" for name, item in _flat(value))
        case _:
            return _printable(str(value))


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
