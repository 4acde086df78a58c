"""Finds the line of a value in a scenario file, and words the mistakes of a file with it."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

Loc = Sequence[str | int]
"""Keys and positions from the top of a document, as pydantic gives them."""


def line_of(path: Path, document: int, loc: Loc) -> int:
    """Return the line of a value, or of the nearest thing around it that the file has.

    The file is read again, so that files without a mistake cost nothing.
    """
    nodes = list(yaml.compose_all(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader))
    node = nodes[document] if document < len(nodes) else None
    line = node.start_mark.line + 1 if node is not None else 1
    for part in loc:
        found = _inside(node, part)
        if found is None:
            break
        line, node = found
    return line


def _inside(node: yaml.Node | None, part: str | int) -> tuple[int, yaml.Node] | None:
    """Return the line and the node of a key of a mapping or of an item of a list."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        item = node.value[part]
        return item.start_mark.line + 1, item
    return None


def worded(mistake: Any, known: Sequence[str], language: str) -> str:
    """Return what is wrong in words; `known` are the keys that the place has.

    `language` is the scenario's, in which every text has to be.

    An unknown key comes with the one that was probably meant.
    """
    loc = mistake["loc"]
    if mistake["type"] == "extra_forbidden":
        near = get_close_matches(str(loc[-1]), known, n=1)
        end = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
        return f"unknown key {loc[-1]!r}; {end}"
    name = ".".join(str(part) for part in loc)
    text = str(mistake["msg"]).removeprefix("Value error, ")
    if mistake["type"] == "string_type":
        # YAML reads a bare no as false and a bare 921.60 as a number.
        is_by_language = isinstance(mistake["input"], dict)
        text = (
            f"a text in {language!r} is missing"
            if is_by_language
            else "must be a text: write it in quotes"
        )
    if mistake["type"] != "missing" and isinstance(mistake["input"], str | int | float):
        text += f", got {mistake['input']!r}"
    return f"{name}: {text}" if name else text
