"""The texts that are counted, and those that are held back to measure with."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
CATALOGUES = ("lola", "agents", "channels", "middleware")
COUNTED = ("claims/dev", "claims/second", "claims/repair", "figures/dev")
HELD_BACK = ("claims/final", "figures/heldout")
_PLACEHOLDER = re.compile(r"\{[^}]*\}")


def parts() -> Mapping[str, list[str]]:
    """Return the texts that are counted, by where they come from."""
    return {
        "catalogues": list(_sentences()),
        "help pages": [
            text
            for path in sorted((ROOT / "knowledge" / "documents").glob("*.md"))
            for text in sections_of(path)
        ],
        **{name: list(replies((name,))) for name in COUNTED},
        "messages": list(_fields(ROOT / "training" / "intents" / "train.jsonl", "text")),
    }


def sections_of(path: Path) -> Iterator[str]:
    """Yield the paragraphs of a help page, without what stands before its text."""
    _, _, text = path.read_text(encoding="utf-8").split("---\n", 2)
    yield from (paragraph for paragraph in text.split("\n\n") if paragraph.strip())


def _sentences() -> Iterator[str]:
    for path in _catalogues():
        for text in _leaves(tomllib.loads(path.read_text(encoding="utf-8"))):
            yield _PLACEHOLDER.sub("Nombre", text)


def replies(names: tuple[str, ...]) -> Iterator[str]:
    """Yield the replies of corpora under tests/data, right and wrong ones: both are language."""
    for name in names:
        for path in sorted((ROOT / "tests" / "data").glob(f"{name}_*.jsonl")):
            yield from _fields(path, "reply")


def _catalogues() -> Iterator[Path]:
    for package in CATALOGUES:
        yield from sorted((ROOT / package).glob("**/catalogue/*.toml"))
        yield from sorted((ROOT / package).glob("**/catalogue.toml"))


def _fields(path: Path, name: str) -> Iterator[str]:
    # A text may hold line separators of its own, which `splitlines` would cut at.
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line:
            yield json.loads(line)[name]


def _leaves(value: object) -> Iterator[str]:
    match value:
        case dict():
            for item in value.values():
                yield from _leaves(item)
        case list():
            for item in value:
                yield from _leaves(item)
        case str():
            yield value
