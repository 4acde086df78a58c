"""Splits a document into parts: one per piece of prose under a heading, one per table row.

A row is labelled with the table's column names, so that a single entry (one country's fee, one
payer) can be found by itself (reference/lola.md 9). A comment `<!-- ask: … ; … -->` below a heading
has other ways to ask for that section, which are searched and never shown. No other text of the
document may get lost.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from knowledge.documents import Document

PROSE_LIMIT = 700
BREADCRUMB = " > "
HEADINGS = (("#", "1"), ("##", "2"), ("###", "3"), ("####", "4"))

_ASK = re.compile(r"\A\s*+ask:(.*)\Z", re.DOTALL)
_RULE = re.compile(r"^\|(\s*:?-+:?\s*\|)+$")
_CELL_BORDER = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One passage of a document. `id` is `document@version#number`, numbered from 1.

    `heading` is the breadcrumb from the title down; `asks` are other ways to ask for it.
    """

    id: str
    document: str
    version: str
    language: str
    heading: str
    text: str
    asks: tuple[str, ...] = ()

    @property
    def surfaces(self) -> tuple[str, ...]:
        """Every text that a question is compared with, the passage itself first."""
        return (f"{self.heading}\n{self.text}", *self.asks)


def split(document: Document) -> tuple[Part, ...]:
    """Return the parts of a document in reading order. The first call imports the splitters."""
    from langchain_text_splitters import MarkdownHeaderTextSplitter

    header = document.header
    blocks = MarkdownHeaderTextSplitter(list(HEADINGS), return_each_line=True)
    parts: list[Part] = []
    sections = groupby(blocks.split_text(document.body), key=lambda block: block.metadata)
    for metadata, section in sections:
        trail = (header.title, *(metadata[name] for _, name in HEADINGS if name in metadata))
        for text, asks in _texts(tuple(block.page_content for block in section)):
            parts.append(
                Part(
                    id=f"{header.id}@{header.version}#{len(parts) + 1}",
                    document=header.id,
                    version=str(header.version),
                    language=header.language,
                    heading=BREADCRUMB.join(dict.fromkeys(trail)),
                    text=text,
                    asks=asks,
                )
            )
    return tuple(parts)


def _texts(blocks: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield prose with the section's asks, then table rows, which have the asks without prose."""
    section, comments = _without_comments("\n\n".join(blocks))
    asks = tuple(
        ask
        for found in map(_ASK.match, comments)
        if found
        for ask in map(str.strip, found[1].split(";"))
        if ask
    )
    prose: list[str] = []
    rows: list[str] = []
    for block in section.split("\n\n"):
        lines = block.strip().split("\n")
        table = [line.strip() for line in lines if line.strip().startswith("|")]
        rows += _rows(table)
        prose.append("\n".join(line for line in lines if not line.strip().startswith("|")).strip())
    pieces = _pieces("\n\n".join(text for text in prose if text))
    for number, piece in enumerate(pieces):
        yield piece, asks if number == 0 else ()
    for row in rows:
        yield row, () if pieces else asks


def _without_comments(text: str) -> tuple[str, list[str]]:
    """Return the text outside HTML comments, and what each comment holds."""
    outside: list[str] = []
    comments: list[str] = []
    position = 0
    while (start := text.find("<!--", position)) >= 0:
        end = text.find("-->", start + 4)
        if end < 0:
            break
        outside.append(text[position:start])
        comments.append(text[start + 4 : end])
        position = end + 3
    return "".join((*outside, text[position:])), comments


def _pieces(prose: str) -> list[str]:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        chunk_size=PROSE_LIMIT,
        chunk_overlap=0,
        keep_separator="end",
        separators=["\n\n", "\n", ". ", " "],
    )
    return splitter.split_text(prose)


def _rows(table: Sequence[str]) -> list[str]:
    """Return `column: cell` lines per row; a table without a rule line is kept unchanged."""
    if len(table) < 2 or not _RULE.match(table[1]):
        return ["\n".join(table)] if table else []
    columns = _cells(table[0])
    return ["\n".join(_labelled(columns, _cells(line))) for line in table[2:]]


def _labelled(columns: Sequence[str], cells: Sequence[str]) -> Iterable[str]:
    for number, cell in enumerate(cells):
        column = columns[number] if number < len(columns) else ""
        if cell:
            yield f"{column}: {cell}" if column else cell


def _cells(line: str) -> list[str]:
    inner = line.removeprefix("|").removesuffix("|")
    return [cell.strip().replace("\\|", "|") for cell in _CELL_BORDER.split(inner)]
