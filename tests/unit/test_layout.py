"""Few packages, each named for readers, and plain words in the code (docs/architecture.md)."""

import io
import re
import subprocess
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = ("lola", "channels", "agents", "middleware", "knowledge", "reliability")

METAPHORS = re.compile(
    r"\b(house|wings?|roads?|doors?|crew|muster|roster|graves?|bury|buried|buries|whoever|"
    r"nobody|stands?(?!-in| in for| for)|stood(?! in for))\b",
    re.IGNORECASE,
)
FIRST_WORD = re.compile(r'^\s*(?:r|f)?"""(Answers?|Whether)\b', re.MULTILINE)


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(  # noqa: S603 - git and fixed patterns
        ["git", "ls-files", *patterns],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return [path for line in listed.stdout.splitlines() if (path := ROOT / line).exists()]


def rooms() -> set[str]:
    """Return the entries directly in lola/."""
    return {path.relative_to(ROOT / "lola").parts[0] for path in tracked("lola")}


def prose(source: str) -> list[tuple[int, str]]:
    """Return line number and text of every comment and docstring-like string of a module."""
    found = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        is_docstring = token.type == tokenize.STRING and token.string.startswith('"""')
        if token.type == tokenize.COMMENT or is_docstring:
            for offset, line in enumerate(token.string.splitlines()):
                found.append((token.start[0] + offset, line))
    return found


def metaphors_in(source: str) -> list[str]:
    return [f"{number}: {line.strip()}" for number, line in prose(source) if METAPHORS.search(line)]


def test_lola_has_few_entries():
    """A reader sees the whole of it at once."""
    assert len(rooms()) <= 27, sorted(rooms())


@pytest.mark.parametrize("page", ["README.md", "docs/architecture.md"])
def test_every_room_is_named_for_readers(page):
    """README and the architecture page have a sentence for each package of lola/."""
    text = (ROOT / page).read_text(encoding="utf-8")
    packages = {name for name in rooms() if "." not in name}
    missing = {name for name in packages if f"`{name}/`" not in text and f"lola/{name}" not in text}
    assert not missing


def test_no_docstring_begins_with_answer_or_whether():
    """A docstring begins with what the function does: return, raise, send."""
    found = [
        f"{path.relative_to(ROOT)}: {match.group(0).strip()}"
        for path in tracked("*.py")
        for match in FIRST_WORD.finditer(path.read_text(encoding="utf-8"))
        if path.name != Path(__file__).name
    ]
    assert not found


def test_product_code_has_no_metaphors():
    """Comments and docstrings use the field's words (docs/glossary.md)."""
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in tracked(*(f"{folder}/*.py" for folder in PRODUCT))
        for line in metaphors_in(path.read_text(encoding="utf-8"))
    ]
    assert not found


def test_the_word_check_finds_a_metaphor():
    """The check above bites, in comments and in docstrings, and leaves names alone."""
    source = '"""The wing knows no road."""\nstands = 1  # whoever reads\nvalue = "a house"\n'
    assert [line.partition(":")[0] for line in metaphors_in(source)] == ["1", "2"]


def test_the_glossary_is_short():
    """At most sixty terms, each on one line."""
    lines = (ROOT / "docs/glossary.md").read_text(encoding="utf-8").splitlines()
    terms = [line for line in lines if line.startswith("| ")][1:]
    assert 20 <= len(terms) <= 60
