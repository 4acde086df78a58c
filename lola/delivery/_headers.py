"""The headers of stored envelopes and rows: the fields that the Lua scripts read.

A stored line is its header's fields, one word each in the declared order, and then the payload as
JSON. The declarations here are the only ones: the scripts read and write fields by name, with
functions that are made from them, and never decode the payload (a JSON round trip through Lua would
change empty lists and large numbers). The order is part of what is stored and must not change.
"""

from typing import Final, NamedTuple, TypeVar


class EnvelopeHeader(NamedTuple):
    """The header of an inbound message: its number, and how many turns have failed on it."""

    seq: int
    attempts: int


class RowHeader(NamedTuple):
    """The header of an outgoing message. Times are milliseconds since 1970, 0 for none.

    `epoch` is the owner's when the row was committed; `since` is when it became `sending`, and
    `resends` counts the tries that followed an unknown outcome.
    """

    id: str
    author: str
    epoch: int
    valid_until: int
    created: int
    attempts: int
    state: str
    since: int
    resends: int
    money: int


_LUA_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "envelope": EnvelopeHeader._fields,
    "row": RowHeader._fields,
}

_Header = TypeVar("_Header", EnvelopeHeader, RowHeader)


def line_of(header: EnvelopeHeader | RowHeader, body: str) -> str:
    """Return the stored line of a header and its payload."""
    return " ".join((*map(str, header), body))


def split_line(kind: type[_Header], line: str) -> tuple[_Header, str]:
    """Return the header and the payload of a stored line. Raises ValueError."""
    *words, body = line.split(" ", len(kind._fields))
    types = kind.__annotations__.values()
    return kind._make([read(word) for read, word in zip(types, words, strict=True)]), body


def lua_functions() -> str:
    """Return the Lua source of `envelope_key`, `envelope_fields`, `envelope_line` and `row_…`.

    `…_key(line)` returns the header's first field, which identifies the line. `…_fields(line)`
    returns a table of all fields, as text, and the payload as `body`; `…_line(fields)` returns the
    line again, unchanged where nothing was changed.
    """
    return "".join(_functions(name, header) for name, header in _LUA_FIELDS.items())


def _functions(name: str, header: tuple[str, ...]) -> str:
    fields = (*header, "body")
    pattern = "(%S+) " * len(header) + "(.*)"
    return f"""\
local function {name}_key(line)
  return string.match(line, '^%S+')
end
local function {name}_fields(line)
  local {", ".join(fields)} = string.match(line, '^{pattern}$')
  return {{{", ".join(f"{field} = {field}" for field in fields)}}}
end
local function {name}_line(fields)
  return table.concat({{{", ".join(f"fields.{field}" for field in fields)}}}, ' ')
end
"""
