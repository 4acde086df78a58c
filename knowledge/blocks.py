"""Reads the Markdown of a document as blocks: prose, lists, code and tables, each with its line.

Comments, blanks and hidden characters are dealt with before anything is split, because the
splitters of langchain lose tabs and no-break spaces and read headings in comments and in indented
code (reference/dependencies.md 3). What cannot be read without guessing is refused with its line.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from knowledge.tables import StructureError, cells_of, is_rule
from lola.safety.input.hygiene import clean

Kind = Literal["prose", "list", "code", "table", "asks"]

LABEL_LIMIT = 80
_ASK = re.compile(r"\A\s*+ask:(.*)\Z", re.DOTALL)
_HEADING = re.compile(r"^ {0,3}(#{1,6})(?:[ ]+(.*))?$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-+) *$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,9}[.)]) +\S")
_THEMATIC = re.compile(r"^ {0,3}(?:(?:- *){3,}|(?:\* *){3,}|(?:_ *){3,})$")
_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)(?:\s[^<>]*)?/?>")
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_CODE_SPAN = re.compile(r"`[^`\n]*`")
_SENTENCE_ENDS = (".", "!", "?", ",", ";")
_BLANKS = re.compile(r"[^\S\n]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block of a document. `trail` are the headings and the label above it, `line` its first.

    `text` of a table has its lines unchanged; `asks` blocks hold the other ways to ask.
    """

    kind: Kind
    text: str
    line: int
    trail: tuple[str, ...]


def read_blocks(body: str, first_line: int = 1) -> tuple[Block, ...]:
    """Return the blocks of a body in reading order. Raise StructureError with the line."""
    lines, asks = _plain_lines(body, first_line)
    return tuple(_Reader(lines, asks, first_line).blocks())


def without_emphasis(text: str) -> str:
    """Return a label or heading without the signs of bold and italics around it."""
    return text.strip().strip("*_").strip()


def _plain_lines(body: str, first_line: int) -> tuple[list[str], dict[int, str]]:
    """Return the lines without comments and odd blanks, and the ways to ask by line index."""
    text = _BLANKS.sub(" ", body.replace("\t", "    "))
    kept: list[str] = []
    asks: dict[int, str] = {}
    position = 0
    while (start := text.find("<!--", position)) >= 0:
        end = text.find("-->", start + 4)
        index = text.count("\n", 0, start)
        if end < 0:
            raise StructureError(first_line + index, "a comment is opened and never closed")
        if found := _ASK.match(text[start + 4 : end]):
            asks[index] = found[1]
        # The lines keep their numbers, and the words around a comment stay apart.
        kept += (text[position:start], " ", "\n" * text.count("\n", start, end))
        position = end + 3
    kept.append(text[position:])
    plain = (_BREAK.sub(" ", line) for line in "".join(kept).split("\n"))
    lines = [clean(line, limit=2 * len(line) + 1).rstrip() for line in plain]
    for index, line in enumerate(lines):
        if tag := _TAG.search(_CODE_SPAN.sub("", line)):
            raise StructureError(
                first_line + index, f"HTML <{tag[1]}> is not read, write it in Markdown"
            )
    return lines, asks


class _Reader:
    """Goes through the lines once."""

    def __init__(self, lines: list[str], asks: dict[int, str], first_line: int) -> None:
        self._lines = lines
        self._asks = asks
        self._first_line = first_line
        self._headings: dict[int, str] = {}
        self._label: tuple[str, int] | None = None
        self._is_label_used = False
        self._is_heading_used, self._heading_at = True, 0
        self._columns: list[str] = []
        self._is_text_since_table = False
        self._at = 0

    def blocks(self) -> Iterator[Block]:
        while self._at < len(self._lines):
            if (asked := self._asks.pop(self._at, None)) is not None:
                yield self._block("asks", asked, self._at)
            line = self._lines[self._at]
            if not line.strip() or _THEMATIC.match(line):
                self._at += 1
            elif heading := self._heading():
                yield from self._unused_label()
                yield from self._unused_heading(below=heading[0])
                self._enter(*heading)
            else:
                yield from self._content(line)
        yield from self._unused_label()
        yield from self._unused_heading(below=0)

    def _content(self, line: str) -> Iterator[Block]:
        start = self._at
        if fence := _FENCE.match(line):
            yield self._block("code", self._fenced(fence[1]), start)
        elif line.startswith("    ") and not self._is_inside_list(start):
            yield self._block("code", self._while(lambda text: text.startswith("    ")), start)
        elif self._is_table(start):
            self._tell_apart(cells_of(line), start)
            yield self._block("table", self._while(lambda text: "|" in text), start)
        elif _ITEM.match(line):
            yield self._block("list", self._list(), start)
        else:
            paragraph = self._paragraph()
            if self._is_label(paragraph):
                yield from self._unused_label()
                self._label, self._is_label_used = (paragraph, start), False
                self._columns = []
            else:
                self._is_text_since_table = True
                yield self._block("prose", paragraph, start)

    def _tell_apart(self, columns: list[str], start: int) -> None:
        """Refuse a second table under one heading when nothing says what sets it apart."""
        is_alike = self._is_text_since_table or columns == self._columns
        if self._columns and is_alike:
            raise StructureError(
                self._first_line + start,
                "a second table under one heading needs a heading or a bold line of its own",
            )
        self._columns, self._is_text_since_table = columns, False

    def _block(self, kind: Kind, text: str, start: int) -> Block:
        self._is_heading_used = self._is_heading_used or kind != "asks"
        trail = [self._headings[level] for level in sorted(self._headings)]
        if self._label is not None:
            self._is_label_used = self._is_label_used or kind != "asks"
            trail.append(without_emphasis(self._label[0].rstrip(":")))
        return Block(kind=kind, text=text, line=self._first_line + start, trail=tuple(trail))

    def _unused_label(self) -> Iterator[Block]:
        """Yield a label that nothing followed as prose, so that its words are not lost."""
        label, self._label = self._label, None
        if label is not None and not self._is_label_used:
            yield self._block("prose", *label)

    def _unused_heading(self, below: int) -> Iterator[Block]:
        """Yield a heading with nothing under it as prose, when one of its level or above comes."""
        deepest = max(self._headings, default=0)
        if deepest >= max(1, below) and not self._is_heading_used:
            text = self._headings.pop(deepest)
            yield self._block("prose", text, self._heading_at)
            self._is_heading_used = True

    def _heading(self) -> tuple[int, str] | None:
        """Return level and text of the heading here, and go past it."""
        line = self._lines[self._at]
        if found := _HEADING.match(line):
            self._at += 1
            return len(found[1]), _without_closing(found[2] or "")
        below = self._lines[self._at + 1] if self._at + 1 < len(self._lines) else ""
        is_plain = not (line.startswith("    ") or "|" in line or _ITEM.match(line))
        if is_plain and (found := _UNDERLINE.match(below)):
            self._at += 2
            return (1 if found[1][0] == "=" else 2), line.strip()
        return None

    def _enter(self, level: int, text: str) -> None:
        self._headings = {at: kept for at, kept in self._headings.items() if at < level}
        self._columns = []
        self._is_heading_used, self._heading_at = not text, self._at - 1
        if text:
            self._headings[level] = without_emphasis(text)

    def _fenced(self, fence: str) -> str:
        """Return what is between two fences; a fence that is not closed reaches to the end."""
        start = self._at + 1
        self._at = start
        while self._at < len(self._lines):
            closing = self._lines[self._at].strip()
            self._at += 1
            if closing and set(closing) == {fence[0]} and len(closing) >= len(fence):
                return "\n".join(self._lines[start : self._at - 1])
        return "\n".join(self._lines[start:])

    def _while(self, belongs: Callable[[str], bool]) -> str:
        start = self._at
        while (
            self._at < len(self._lines)
            and self._lines[self._at].strip()
            and belongs(self._lines[self._at])
        ):
            self._at += 1
        return "\n".join(self._lines[start : self._at])

    def _is_table(self, index: int) -> bool:
        header = self._lines[index]
        rule = self._lines[index + 1] if index + 1 < len(self._lines) else ""
        if "|" not in header or not is_rule(rule):
            return False
        if len(cells_of(header)) != len(cells_of(rule)):
            raise StructureError(
                self._first_line + index + 1,
                "the table's line of dashes has another number of columns than its header",
            )
        return True

    def _is_inside_list(self, index: int) -> bool:
        before = next((line for line in reversed(self._lines[:index]) if line.strip()), "")
        return bool(_ITEM.match(before))

    def _list(self) -> str:
        """Return a list with all its items and their further lines."""
        start = end = self._at
        while self._at < len(self._lines):
            line = self._lines[self._at]
            goes_on = _ITEM.match(line) or line.startswith("  ")
            if line.strip() and not goes_on and self._at > end:
                break
            if line.strip():
                if self._starts_other(self._at) and not goes_on:
                    break
                end = self._at + 1
            self._at += 1
        self._at = end
        return "\n".join(line for line in self._lines[start:end] if line.strip())

    def _paragraph(self) -> str:
        start = self._at
        self._at += 1
        while self._at < len(self._lines) and self._lines[self._at].strip():
            if self._starts_other(self._at) or self._at in self._asks:
                break
            self._at += 1
        return "\n".join(line.strip() for line in self._lines[start : self._at])

    def _starts_other(self, index: int) -> bool:
        line = self._lines[index]
        return bool(
            _HEADING.match(line)
            or _FENCE.match(line)
            or _ITEM.match(line)
            or _THEMATIC.match(line)
            or self._is_table(index)
        )

    def _is_label(self, paragraph: str) -> bool:
        """Return whether one short line names what comes below it, as a bold country does."""
        line = paragraph.strip()
        named = without_emphasis(line.rstrip(": "))
        if "\n" in line or len(line) > LABEL_LIMIT or named.endswith(_SENTENCE_ENDS):
            return False
        following = next(
            (at for at in range(self._at, len(self._lines)) if self._lines[at].strip()), None
        )
        if following is None or _ITEM.match(self._lines[following]):
            return False
        return line.endswith(":") or _is_bold(line) or self._is_table(following)


def _is_bold(line: str) -> bool:
    sign, inner = line[:2], line[2:-2]
    return sign in {"**", "__"} and line.endswith(sign) and bool(inner) and sign not in inner


def _without_closing(text: str) -> str:
    """Return a heading's text without the closing signs, as in `## Fees ##`."""
    text = text.strip()
    bare = text.rstrip("#")
    return bare.rstrip() if not bare or bare.endswith(" ") else text
