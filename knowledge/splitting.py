"""Splits a document into parts: pieces of prose under a heading, whole lists, single table rows.

A row is labelled with the table's column names, so that a single entry (one country's fee, one
payer) can be found by itself (reference/lola.md 9). A comment `<!-- ask: … ; … -->` below a heading
has other ways to ask for that section, which are searched and never shown. No other text of the
document may get lost.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from knowledge.blocks import Block
from knowledge.documents import Document
from knowledge.tables import read_rows

PROSE_LIMIT = 700
LIST_LIMIT = 2000
BREADCRUMB = " > "


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One passage of a document. `id` is `document@version#number`, numbered from 1.

    `heading` is the breadcrumb from the title down; `asks` are other ways to ask for it; `line` is
    where it begins in the file; `is_row` marks a table row.
    """

    id: str
    document: str
    version: str
    language: str
    heading: str
    text: str
    line: int
    is_row: bool = False
    asks: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The lowest heading or label, which is nearest to what the passage says."""
        return self.heading.rpartition(BREADCRUMB)[2]

    @property
    def surfaces(self) -> tuple[str, ...]:
        """Every text that a question is compared with, the passage itself first."""
        if self.is_row:
            return (f"{self.heading}\n{self.text}", *self.asks)
        return (self.title, *self.asks)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    text: str
    line: int
    is_row: bool = False


def split(document: Document) -> tuple[Part, ...]:
    """Return the parts of a document in reading order. The first long text imports a splitter."""
    header = document.header
    parts: list[Part] = []
    for trail, section in groupby(document.blocks, key=lambda block: block.trail):
        blocks = tuple(section)
        asks = _ways_to_ask(blocks)
        pieces = tuple(_pieces(blocks))
        first_prose = next((piece for piece in pieces if not piece.is_row), None)
        for piece in pieces:
            is_asked_for = piece is first_prose if first_prose else True
            parts.append(
                Part(
                    id=f"{header.id}@{header.version}#{len(parts) + 1}",
                    document=header.id,
                    version=str(header.version),
                    language=header.language,
                    heading=BREADCRUMB.join(dict.fromkeys((header.title, *trail))),
                    text=piece.text,
                    line=piece.line,
                    is_row=piece.is_row,
                    asks=asks if is_asked_for else (),
                )
            )
    return tuple(parts)


def _ways_to_ask(blocks: Iterable[Block]) -> tuple[str, ...]:
    written = (block.text.split(";") for block in blocks if block.kind == "asks")
    return tuple(ask for asks in written for ask in map(str.strip, asks) if ask)


def _pieces(blocks: Iterable[Block]) -> Iterator[_Piece]:
    """Yield rows one by one, and other blocks together as long as they fit."""
    together: list[Block] = []
    for block in blocks:
        size = sum(len(kept.text) + 2 for kept in together) + len(block.text)
        if together and (block.kind == "table" or size > PROSE_LIMIT):
            yield from _joined(together)
            together = []
        if block.kind == "table":
            for row in read_rows(block.text.split("\n"), block.line):
                yield _Piece(text=row.text, line=row.line, is_row=True)
        elif block.kind != "asks":
            together.append(block)
    yield from _joined(together)


def _joined(blocks: Sequence[Block]) -> Iterator[_Piece]:
    if not blocks:
        return
    text, line = "\n\n".join(block.text.strip("\n") for block in blocks), blocks[0].line
    if len(text) <= PROSE_LIMIT:
        yield _Piece(text=text, line=line)
    elif blocks[0].kind == "list":
        yield from _cut(text, line, LIST_LIMIT, ("\n", " "))
    else:
        yield from _cut(text, line, PROSE_LIMIT, ("\n\n", "\n", ". ", " "))


def _cut(text: str, line: int, limit: int, ends: tuple[str, ...]) -> Iterator[_Piece]:
    """Yield pieces of a long text, cut at the first of these ends that makes them fit."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        chunk_size=limit,
        chunk_overlap=0,
        keep_separator="end",
        add_start_index=True,
        separators=list(ends),
    )
    for found in splitter.create_documents([text]):
        begin = found.metadata["start_index"]
        yield _Piece(text=found.page_content, line=line + text.count("\n", 0, begin))
