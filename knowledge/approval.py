"""Approving a document, and turning a bank's own file into a draft for review.

Both only write files. A draft has no approval in its header, so it is left out until a person
reads it and `lola knowledge approve` writes who that was and until when the text is valid.
"""

import re
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from knowledge.blocks import read_blocks
from knowledge.documents import Header
from knowledge.tables import StructureError, cells_of, is_rule, read_rows
from lola.errors import ConfigurationError
from lola.text.folding import fold
from lola.text.front_matter import FENCE, HeaderError, read_header

APPROVAL = ("approved_by", "approved_on", "valid_from", "valid_until")
FORMATS = (".docx", ".pdf", ".html", ".htm")
_TITLE = re.compile(r"^# +(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A header that was written, and the digest of the whole file as it was approved."""

    header: Header
    digest: str


def approve(path: Path, *, by: str, until: date | None, today: date, language: str) -> Approval:
    """Write the approval into a file's header; what is missing there is taken from the file.

    A document that was approved before gets the next version. Raises ConfigurationError for a text
    that cannot be read without guessing.
    """
    fields, body = _fields_and_body(path)
    is_renewed = "approved_on" in fields
    header = {
        "id": f"{_slug(path.stem.removesuffix(f'.{language}'))}.{language}",
        "version": 1,
        "language": language,
        "title": _title(body) or path.stem,
        **{name: value for name, value in fields.items() if name not in APPROVAL},
        "approved_by": by,
        "approved_on": today,
        "valid_from": today.replace(),  # an object of its own, else YAML writes an alias
        **({"valid_until": until} if until else {}),
    }
    if is_renewed:
        header["version"] = int(fields.get("version", 0)) + 1
    text = f"{FENCE}\n{yaml.safe_dump(header, allow_unicode=True, sort_keys=False)}{FENCE}\n{body}"
    checked = _checked(path, text)
    path.write_text(text, encoding="utf-8")
    return Approval(header=checked, digest=sha256(text.encode()).hexdigest())


def draft_from(source: Path, folder: Path, language: str) -> Path:
    """Write a bank's DOCX, PDF or HTML as Markdown without an approval; return the new file.

    Raises ConfigurationError when the format is not known, the converter is not installed or the
    file exists.
    """
    if source.suffix.lower() not in FORMATS:
        raise ConfigurationError("FILE", f"{source.suffix} is not one of {', '.join(FORMATS)}")
    target = folder / f"{_slug(source.stem)}.{language}.md"
    if target.exists():
        raise ConfigurationError("FILE", f"{target.name} is there already")
    body = with_headers(_converted(source))
    header = {"title": _title(body) or source.stem, "language": language}
    head = yaml.safe_dump(header, allow_unicode=True, sort_keys=False)
    folder.mkdir(parents=True, exist_ok=True)
    target.write_text(f"{FENCE}\n{head}{FENCE}\n\n{body.strip()}\n", encoding="utf-8")
    return target


def with_headers(text: str) -> str:
    """Return Markdown in which a table with an empty header has its first row as header.

    Word marks header rows only where an author asked for it.
    """
    lines = text.split("\n")
    for at in range(len(lines) - 2):
        is_empty = "|" in lines[at] and not any(cells_of(lines[at]))
        if is_empty and is_rule(lines[at + 1]) and "|" in lines[at + 2]:
            lines[at], lines[at + 2] = lines[at + 2], ""
    kept = [
        line for at, line in enumerate(lines) if line or not is_rule(lines[at - 1] if at else "")
    ]
    return "\n".join(kept)


def _converted(source: Path) -> str:
    try:
        from markitdown import MarkItDown
    except ImportError:
        raise ConfigurationError(
            "FILE",
            "the converter is not installed",
            hint="pip install 'lola[import]' where the documents are prepared",
        ) from None
    return str(MarkItDown(enable_plugins=False).convert_local(source).text_content)


def _fields_and_body(path: Path) -> tuple[dict[str, Any], str]:
    try:
        text = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError("FILE", f"{path.name} cannot be read: {error}") from None
    if not text.startswith(f"{FENCE}\n"):
        return {}, f"\n{text}"
    head, _, body = text.removeprefix(f"{FENCE}\n").partition(f"\n{FENCE}\n")
    try:
        fields = yaml.safe_load(head) or {}
    except yaml.YAMLError:
        raise ConfigurationError("FILE", f"{path.name}: the header is not valid YAML") from None
    if not isinstance(fields, dict):
        raise ConfigurationError("FILE", f"{path.name}: the header has no fields")
    return fields, body


def _checked(path: Path, text: str) -> Header:
    try:
        header, body = read_header(text, Header)
        for block in read_blocks(body, text.count("\n") - body.count("\n") + 1):
            if block.kind == "table":
                read_rows(block.text.split("\n"), block.line)
    except (HeaderError, StructureError) as error:
        raise ConfigurationError(
            "FILE", f"{path.name}: {error}", hint="correct it, then approve again"
        ) from None
    return header


def _title(body: str) -> str:
    found = _TITLE.search(body)
    return found[1].strip() if found else ""


def _slug(name: str) -> str:
    return fold(name.replace(".", " ")).replace(" ", "-") or "document"
