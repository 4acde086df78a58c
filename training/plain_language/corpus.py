"""The texts that are counted, and those that are held back to measure with."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CATALOGUES = ("lola", "agents", "channels", "middleware")
COUNTED = ("claims/dev", "claims/second", "claims/repair", "figures/dev")
HELD_BACK = ("claims/final", "figures/heldout")
_PLACEHOLDER = re.compile(r"\{[^}]*\}")


def counted() -> Iterator[str]:
    """Yield catalogue texts, help pages, replies by many authors and senders' messages."""
    for path in _catalogues():
        for text in _leaves(tomllib.loads(path.read_text(encoding="utf-8"))):
            yield _PLACEHOLDER.sub("Nombre", text)
    for path in sorted((ROOT / "knowledge" / "documents").glob("*.md")):
        yield path.read_text(encoding="utf-8")
    yield from replies(COUNTED)
    yield from _fields(ROOT / "training" / "intents" / "train.jsonl", "text")


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
