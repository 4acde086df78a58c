"""The adversarial rows and the benign controls, loaded as data and never as instructions."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"
INJECTION = ("injection/project.jsonl", "injection/public.jsonl")
CONTROLS = "guards/benign.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One attack: its texts in order, where they enter, and what must not follow."""

    id: str
    lang: str
    vector: str
    technique: str
    texts: tuple[str, ...]
    must_not: frozenset[str]
    must: frozenset[str]
    context: str

    @property
    def language(self) -> str:
        """The language in which the model answers: English to English rows, else Spanish."""
        return "en" if self.lang == "en" else "es"

    @property
    def has_secret(self) -> bool:
        """Return whether the row holds a number or word that may be kept nowhere."""
        return "redact_before_storage_and_llm" in self.must

    @property
    def group(self) -> str:
        """The technique's family, which the table shows; the report has the whole name."""
        return self.technique.split(":", 1)[0]


def load_rows() -> tuple[Row, ...]:
    """Return every row of the injection data, in order."""
    return tuple(_row(item) for name in INJECTION for item in read(name))


def load_controls() -> tuple[Row, ...]:
    """Return the ordinary messages that nothing may stop."""
    return tuple(_row(item) for item in read(CONTROLS))


def read(name: str) -> Iterator[dict]:
    """Yield the objects of one file under tests/data."""
    # A row may hold line separators of its own, which `splitlines` would cut at.
    for line in (DATA / name).read_text(encoding="utf-8").split("\n"):
        if line:
            yield json.loads(line)


def _row(item: dict) -> Row:
    return Row(
        id=item["id"],
        lang=item["lang"],
        vector=item.get("vector", "user"),
        technique=item.get("technique", "control"),
        texts=tuple(item.get("turns") or [item["text"]]),
        must_not=frozenset(item.get("must_not", ())),
        must=frozenset(item.get("must", ())),
        context=item.get("context", ""),
    )
