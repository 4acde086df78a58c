"""The approved documents: Markdown files whose header says who approved them and for how long.

A document that is not approved, not readable, expired or that shares its id with another one stops
the start with an error that names the file and the field. Only these files may become passages
(reference/lola.md 9).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from lola.errors import ConfigurationError
from lola.settings import Settings
from lola.text.front_matter import HeaderError, read_header
from lola.text.languages import Language

APPROVED = Path(__file__).parent / "documents"


def documents_folder(settings: Settings) -> Path:
    """Return the bank's own folder, or the sample documents of the service."""
    return Path(settings.knowledge_documents) if settings.knowledge_documents else APPROVED


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Header(BaseModel):
    """The fields between the two `---` lines. Both dates of validity are inclusive, in UTC."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,99}$")
    version: int = Field(ge=1)
    language: Language
    title: Text
    approved_by: Text
    approved_on: date
    valid_from: date
    valid_until: date | None = None

    def is_valid_on(self, day: date) -> bool:
        """Return whether passages of this document may be shown on that day."""
        return self.valid_from <= day and not self.is_over_on(day)

    def is_over_on(self, day: date) -> bool:
        """Return whether the validity ended before that day."""
        return self.valid_until is not None and self.valid_until < day


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A checked document. `body` is the Markdown below the header; `source` is the whole file."""

    header: Header
    body: str
    source: bytes


def load_documents(folder: Path, today: date) -> tuple[Document, ...]:
    """Read all `*.md` files below `folder`, in the order of their ids.

    A document that is valid from a later day is loaded and not used until then. Raises
    ConfigurationError, with file and field, for the first one that may not be served.
    """
    paths = sorted(folder.rglob("*.md"))
    if not paths:
        raise ConfigurationError(
            "knowledge documents", f"there are no Markdown files in {folder.name}"
        )
    documents: dict[str, Document] = {}
    for path in paths:
        document = _load(path, today)
        name = document.header.id
        if name in documents:
            raise _refusal(path, "id", f"{name} is taken by another document")
        documents[name] = document
    return tuple(documents[name] for name in sorted(documents))


def languages_of(documents: Iterable[Document]) -> tuple[str, ...]:
    """Return the languages that have at least one document, sorted."""
    return tuple(sorted({document.header.language for document in documents}))


def _load(path: Path, today: date) -> Document:
    source = path.read_bytes()
    try:
        header, body = read_header(source.decode(), Header)
    except UnicodeDecodeError:
        raise _refusal(path, "encoding", "is not UTF-8") from None
    except HeaderError as error:
        raise _refusal(path, error.field, error.problem) from None
    if header.approved_on > today:
        raise _refusal(path, "approved_on", f"{header.approved_on} has not come yet")
    if header.valid_until is not None and header.valid_until < header.valid_from:
        raise _refusal(path, "valid_until", f"{header.valid_until} lies before valid_from")
    if header.is_over_on(today):
        raise _refusal(path, "valid_until", f"the document expired on {header.valid_until}")
    if not body.strip():
        raise _refusal(path, "body", "is empty")
    return Document(header=header, body=body, source=source)


def _refusal(path: Path, field: str, problem: str) -> ConfigurationError:
    return ConfigurationError(
        f"{path.name}: {field}", problem, hint="only approved, valid documents are served"
    )
