"""Every citation of a page in `docs/` names a section that exists there.

The forms of a citation are in docs/reference/README.md.
"""

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
SUFFIXES = {".py", ".toml", ".lua", ".sql", ".md", ".yaml", ".yml", ".html", ".css", ".js"}

PAGE = re.compile(
    r"(?<![\w/.-])(?P<folder>[\w./-]*/)?(?P<name>lola|m2m|raas|request-api|vna|channels|field|celai"
    r"|dependencies|surprises|safety|architecture|delivery|layout|style|interfaces)\.md\b"
)
# A citation may go on behind a line break, where a comment has its mark again.
GAP = r"(?:\s|\n[ \t]*(?:\#|--|//|\*)+)+"
LABEL = r"(?P<label>G\d+|[A-E]\.\d+|[A-E](?=[,;.)])|\d+(?:\.\d+)*)(?![\w%])"
FIRST = re.compile(rf"{GAP}(?:sections?{GAP})?{LABEL}")
NEXT = re.compile(
    rf"(?:,(?P<row>{GAP}(?:row|item)s?)?{GAP}(?:and{GAP})?|{GAP}(?:and|or){GAP}"
    rf"|(?P<range>[-–]|{GAP}to{GAP})){LABEL}"
)
HEADING = re.compile(r"#{1,6} (G?\d+(?:\.\d+)*|[A-E](?:\.\d+)?)\b")
GUARANTEE = re.compile(r"\*\*(G\d+)\b")
ITEM = re.compile(r"\s*(?:(\d+)\. |\| *(\d+) *\|)")


class Citation(NamedTuple):
    """A page below `docs/`, the line where it is cited, and the sections named there."""

    line: int
    page: str
    sections: list[str]


def citations(text: str) -> Iterator[Citation]:
    """Yield every citation in `text`."""
    for found in PAGE.finditer(text):
        folder = "reference/" if "reference/" in (found["folder"] or "") else ""
        line = text.count("\n", 0, found.start()) + 1
        yield Citation(line, f"{folder}{found['name']}.md", sections(text, found.end()))


def sections(text: str, start: int) -> list[str]:
    """Return the sections named at `start`: `section.number` for a row, each member of a range."""
    named: list[str] = []
    found, of_rows = FIRST.match(text, start), ""
    while found:
        label = found["label"]
        parts = found.groupdict()
        if parts.get("row"):
            of_rows = named[-1]
        if parts.get("range"):
            named += span(named[-1], label)
        else:
            named.append(f"{of_rows}.{label}" if of_rows else label)
        found = NEXT.match(text, found.end())
    return named


def span(first: str, last: str) -> list[str]:
    """Return what follows `first` up to `last`: `5.1` and `5.3` or `3` give `5.2` and `5.3`."""
    stem, low = re.fullmatch(r"(.*?)(\d+)", first).groups()  # type: ignore[union-attr]
    end = last if not stem or last.startswith(stem) else stem + last
    high = end.removeprefix(stem)
    return [f"{stem}{n}" for n in range(int(low) + 1, int(high) + 1)] if high.isdigit() else [last]


@cache
def labels(page: str) -> frozenset[str]:
    """Return the sections of a page below `docs/`, and its items and rows as `section.number`."""
    known: set[str] = set()
    section, fenced = "", False
    for line in (ROOT / "docs" / page).read_text().splitlines():
        fenced ^= line.startswith("```")
        if fenced:
            continue
        if heading := HEADING.match(line):
            section = heading[1]
            known.add(section)
        elif section and (item := ITEM.match(line)):
            known.add(f"{section}.{item[1] or item[2]}")
        known |= set(GUARANTEE.findall(line))
    return frozenset(known)


def broken(path: str, text: str) -> list[str]:
    """Return one line for each citation in `text` that leads nowhere."""
    found = []
    for line, page, named in citations(text):
        if not (ROOT / "docs" / page).is_file():
            found.append(f"{path}:{line}: docs/{page} does not exist")
            continue
        missing = [section for section in named if section not in labels(page)]
        found += [f"{path}:{line}: docs/{page} has no section {section}" for section in missing]
    return found


def tracked() -> Iterator[Path]:
    """Yield the repository's text files but those of the reference itself."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 - the developer's own git
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        readable = path.suffix in SUFFIXES or path.name == "Makefile"
        if readable and path.is_file() and not name.startswith("docs/reference/"):
            yield path


def test_every_citation_leads_somewhere() -> None:
    """Each page, section, item and row that the repository cites exists in `docs/`."""
    found = []
    for path in tracked():
        found += broken(str(path.relative_to(ROOT)), path.read_text())
    assert not found, "\n".join(found)


def cite(page: str, rest: str) -> str:
    """Return a citation that this file, which is scanned as well, does not itself contain."""
    return f"# A comment ({page}.md {rest})."


@pytest.mark.parametrize(
    ("page", "rest", "named"),
    [
        ("reference/m2m", "5.2", ["5.2"]),
        ("reference/lola", "8, 20.1", ["8", "20.1"]),
        ("docs/reference/channels", "1.3,\n# 1.10 and 2.1", ["1.3", "1.10", "2.1"]),
        ("reference/channels", "\n    # 0.3", ["0.3"]),
        ("reference/raas", "5.5-5.7, 8", ["5.5", "5.6", "5.7", "8"]),
        ("reference/raas", "16.41-42", ["16.41", "16.42"]),
        ("reference/m2m", "10.100 and more", ["10.100"]),
        ("reference/field", "B.1, row 3", ["B.1", "B.1.3"]),
        ("reference/field", "B.1, rows 3 and 7", ["B.1", "B.1.3", "B.1.7"]),
        ("reference/surprises", "3.2", ["3.2"]),
        ("docs/safety", "G5 to G7", ["G5", "G6", "G7"]),
        ("docs/delivery", "says more", []),
    ],
)
def test_every_form_of_citation_is_read(page: str, rest: str, named: list[str]) -> None:
    """Lists, ranges, items, rows, line breaks and pages without a section are all understood."""
    text = cite(page, rest)
    assert [citation.sections for citation in citations(text)] == [named]
    assert broken("x.py", text) == []


@pytest.mark.parametrize(
    ("page", "rest", "problem"),
    [
        ("reference/m2m", "5.99", "has no section 5.99"),
        ("reference/lola", "8, 99.1", "has no section 99.1"),
        ("reference/m2m", "10.101", "has no section 10.101"),
        ("reference/field", "B.1, row 25", "has no section B.1.25"),
        ("safety", "G13 to G14", "has no section G14"),
        ("channels", "1.3", "has no section 1.3"),
        ("reference/celai", "4", "does not exist"),
    ],
)
def test_a_broken_citation_is_found(page: str, rest: str, problem: str) -> None:
    """A section, item, row or page that does not exist is reported with file and line."""
    assert broken("x.py", f"\n{cite(page, rest)}") == [f"x.py:2: docs/{page}.md {problem}"]
