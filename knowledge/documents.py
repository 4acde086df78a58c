"""The approved documents: Markdown files whose header says who approved them and for how long.

Only these files may become passages (reference/lola.md 9). A file that is not approved, not
readable, expired or that shares its id and version with another one is left out and named, with
the field; the others are served all the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from knowledge.blocks import Block, read_blocks
from knowledge.tables import StructureError, read_rows
from lola.errors import ConfigurationError
from lola.settings import Settings
from lola.text.countries import country_name
from lola.text.folding import fold
from lola.text.front_matter import HeaderError, read_header
from lola.text.languages import LANGUAGES, Language

APPROVED = Path(__file__).parent / "documents"


def documents_path(settings: Settings) -> Path:
    """Return the bank's own folder or file, or the sample documents of the service.

    `{PROJECT_NAME}` in the setting becomes the project's name, as in the documented
    `docs/{PROJECT_NAME}.md` (reference/lola.md 9).
    """
    if not settings.knowledge_documents:
        return APPROVED
    return Path(settings.knowledge_documents.replace("{PROJECT_NAME}", settings.project_name))


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class Header(BaseModel):
    """The fields between the two `---` lines. Both dates of validity are inclusive, in UTC.

    `corridors` are the destination countries that the document is only about; empty means all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,99}$")
    version: int = Field(ge=1)
    language: Language
    title: Text
    approved_by: Text
    approved_on: date
    valid_from: date
    valid_until: date | None = None
    corridors: tuple[CountryCode, ...] = ()
    tags: tuple[Text, ...] = ()

    def is_valid_on(self, day: date) -> bool:
        """Return whether passages of this document may be shown on that day."""
        return self.valid_from <= day and not self.is_over_on(day)

    def is_about(self, corridor: str, question: str) -> bool:
        """Return whether the document is about a transfer to that country, or is asked for."""
        if not corridor or not self.corridors or corridor in self.corridors:
            return True
        said = f" {fold(question)} "
        names = (country_name(code, name) for code in self.corridors for name in LANGUAGES)
        return any(f" {fold(name)} " in said for name in names)

    def is_over_on(self, day: date) -> bool:
        """Return whether the validity ended before that day."""
        return self.valid_until is not None and self.valid_until < day


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A checked document. `blocks` is its text, in order; `source` is the whole file."""

    header: Header
    blocks: tuple[Block, ...]
    source: bytes
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A file that is not served: its name, the field or place that is wrong, and why."""

    file: str
    field: str
    problem: str

    def __str__(self) -> str:
        return f"{self.file}: {self.field} {self.problem}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What a folder holds: the documents that may be served, and the files that may not."""

    documents: tuple[Document, ...]
    left_out: tuple[LeftOut, ...] = ()

    @staticmethod
    def newest_of(headers: Iterable[Header], day: date) -> tuple[Header, ...]:
        """Return of each id the newest version that is valid on that day."""
        newest: dict[str, Header] = {}
        for header in headers:
            known = newest.get(header.id)
            if header.is_valid_on(day) and (known is None or known.version < header.version):
                newest[header.id] = header
        return tuple(newest.values())


class _RefusedError(Exception):
    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field = field
        self.problem = problem


def load_library(path: Path, today: date) -> Library:
    """Read a Markdown file, or all `*.md` files below a folder, in the order of ids and versions.

    A document that is valid from a later day is loaded and not used until then. Raises
    ConfigurationError when there is no Markdown file at all.
    """
    files = [path] if path.is_file() else sorted(path.rglob("*.md"))
    if not files:
        raise ConfigurationError(
            "KNOWLEDGE_DOCUMENTS",
            f"there are no Markdown files in {path.name}",
            hint="name a folder with *.md files, or one such file",
        )
    documents: dict[tuple[str, int], Document] = {}
    left_out: list[LeftOut] = []
    for file in files:
        try:
            document = _load(file, today)
        except _RefusedError as error:
            left_out.append(LeftOut(file=file.name, field=error.field, problem=error.problem))
            continue
        name = (document.header.id, document.header.version)
        if documents.setdefault(name, document) is not document:
            problem = f"{name[0]}, version {name[1]}, is in another file too"
            left_out.append(LeftOut(file=file.name, field="id", problem=problem))
    ordered = tuple(documents[name] for name in sorted(documents))
    return Library(documents=ordered, left_out=tuple(left_out))


def languages_of(documents: Iterable[Document]) -> tuple[str, ...]:
    """Return the languages that have at least one document, sorted."""
    return tuple(sorted({document.header.language for document in documents}))


def _load(path: Path, today: date) -> Document:
    header, body, source = _parsed(path)
    if header.approved_on > today:
        raise _RefusedError("approved_on", f"{header.approved_on} has not come yet")
    if header.valid_until is not None and header.valid_until < header.valid_from:
        raise _RefusedError("valid_until", f"{header.valid_until} lies before valid_from")
    if header.is_over_on(today):
        raise _RefusedError("valid_until", f"the document expired on {header.valid_until}")
    if not body.strip():
        raise _RefusedError("body", "is empty")
    first_line = source.decode().replace("\r\n", "\n").count("\n") - body.count("\n") + 1
    try:
        blocks = read_blocks(body, first_line)
        for block in blocks:
            if block.kind == "table":
                read_rows(block.text.split("\n"), block.line)
    except StructureError as error:
        raise _RefusedError(f"line {error.line}", error.problem) from None
    return Document(header=header, blocks=blocks, source=source, path=path)


def _parsed(path: Path) -> tuple[Header, str, bytes]:
    try:
        source = path.read_bytes()
        header, body = read_header(source.decode("utf-8-sig"), Header)
    except OSError as error:
        raise _RefusedError("file", f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _RefusedError("encoding", "is not UTF-8") from None
    except HeaderError as error:
        raise _RefusedError(error.field, error.problem) from None
    return header, body, source
