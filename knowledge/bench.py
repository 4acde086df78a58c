"""Measures the search at 5,000 and 50,000 passages, beside Chroma alone with its default settings.

`make bench-knowledge` runs it. The documents are made from words of the shipped ones, in both
languages; questions are searched as a turn does, while a clock ticks in the event loop.
"""

import argparse
import asyncio
import random
import re
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from knowledge.base import KnowledgeBase
from knowledge.documents import APPROVED, load_library
from knowledge.embedding import HashedEmbedding
from knowledge.splitting import Part
from lola.domain.clock import system_clock
from lola.text.languages import LANGUAGES

SECTIONS = 100
QUESTIONS = 200
TICK = 0.001
GOALS = {5_000: (10.0, 60.0), 50_000: (25.0, None)}
"""Passages → the most milliseconds of a query at p95, and seconds of a build."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one way of searching took: seconds to build, milliseconds per query and of waiting."""

    name: str
    passages: int
    build: float
    p50: float
    p95: float
    loop_p95: float


def main() -> None:
    """Print the table. `--passages` names other sizes than the two of the goals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, nargs="+", default=list(GOALS))
    sizes = parser.parse_args().passages
    table = Table(title="Search of the knowledge base")
    for column in ("passages", "", "build s", "query p50 ms", "p95 ms", "loop late p95 ms", "goal"):
        table.add_column(column)
    for size in sizes:
        for figures in asyncio.run(measured(size)):
            table.add_row(*_cells(figures, size))
    Console().print(table)


async def measured(size: int) -> tuple[Figures, Figures]:
    """Measure this knowledge base and Chroma alone on the same passages and questions."""
    with tempfile.TemporaryDirectory(prefix="lola-bench-") as folder:
        root = Path(folder)
        questions = _written(root / "documents", size)
        base = KnowledgeBase(
            documents=root / "documents", data=root / "index", project="bench", clock=system_clock
        )
        started = time.perf_counter()
        await base.open()
        index = await base.ready()
        build = time.perf_counter() - started

        async def ours(text: str, language: str) -> object:
            return await base.search(text, language)

        mine = await _timed(ours, questions)
        parts = index.parts
        await base.close()
        started = time.perf_counter()
        plain = await asyncio.to_thread(_Plain, root / "plain", parts)
        plain_build = time.perf_counter() - started
        theirs = await _timed(plain.search, questions)
        return (
            Figures(name="lola", passages=len(parts), build=build, **mine),
            Figures(name="chroma alone", passages=len(parts), build=plain_build, **theirs),
        )


class _Plain:
    """Chroma as its guide shows it: one collection, texts kept, a filter by language."""

    def __init__(self, folder: Path, parts: Sequence[Part]) -> None:
        import chromadb
        from chromadb.config import Settings

        self._embedding = HashedEmbedding()
        client = chromadb.PersistentClient(
            path=str(folder), settings=Settings(anonymized_telemetry=False)
        )
        self._collection = client.create_collection("plain", embedding_function=None)
        for start in range(0, len(parts), SECTIONS):
            batch = parts[start : start + SECTIONS]
            self._collection.add(
                ids=[part.id for part in batch],
                documents=[f"{part.heading}\n{part.text}" for part in batch],
                metadatas=[{"language": part.language} for part in batch],
                embeddings=[
                    self._embedding.question(part.heading, part.language)[0] for part in batch
                ],
            )

    async def search(self, text: str, language: str) -> object:
        return await asyncio.to_thread(
            self._collection.query,
            query_embeddings=self._embedding.question(text, language),
            n_results=3,
            where={"language": language},
        )


def _written(folder: Path, size: int) -> list[tuple[str, str]]:
    """Write documents with `size` passages; return questions in the words of both languages."""
    chosen = random.Random(size)  # noqa: S311 - the same texts at every run
    shipped = load_library(APPROVED, system_clock().date()).documents
    words = {
        language: [
            word
            for document in shipped
            if document.header.language == language
            for block in document.blocks
            for word in re.findall(r"\w+", block.text)
        ]
        for language in LANGUAGES
    }
    folder.mkdir()
    for number in range(size // SECTIONS):
        language = tuple(LANGUAGES)[number % len(LANGUAGES)]
        text = "\n".join(
            f"## {' '.join(chosen.choices(words[language], k=5))}\n\n"
            f"{' '.join(chosen.choices(words[language], k=40))}.\n"
            for _ in range(SECTIONS)
        )
        header = (
            f"---\nid: d{number}.{language}\nversion: 1\nlanguage: {language}\ntitle: Bench\n"
            "approved_by: Bench\napproved_on: 2025-01-01\nvalid_from: 2025-01-01\n---\n"
        )
        (folder / f"d{number}.md").write_text(header + text, encoding="utf-8")
    return [
        (" ".join(chosen.choices(words[language], k=6)), language)
        for _ in range(QUESTIONS // len(LANGUAGES))
        for language in LANGUAGES
    ]


async def _timed(
    search: Callable[[str, str], Awaitable[object]], questions: Sequence[tuple[str, str]]
) -> dict[str, float]:
    late: list[float] = []

    async def tick() -> None:
        while True:
            started = time.perf_counter()
            await asyncio.sleep(TICK)
            late.append((time.perf_counter() - started - TICK) * 1000)

    ticking = asyncio.create_task(tick())
    took = []
    for text, language in questions:
        started = time.perf_counter()
        await search(text, language)
        took.append((time.perf_counter() - started) * 1000)
    ticking.cancel()
    took.sort()
    return {
        "p50": took[len(took) // 2],
        "p95": took[len(took) * 95 // 100],
        "loop_p95": sorted(late)[len(late) * 95 // 100],
    }


def _cells(figures: Figures, size: int) -> tuple[str, ...]:
    query, build = GOALS.get(size, (None, None))
    goal = ""
    if figures.name == "lola" and query:
        goal = f"p95 ≤ {query:g} ms" + (f", build ≤ {build:g} s" if build else "")
    numbers = (figures.build, figures.p50, figures.p95, figures.loop_p95)
    return (f"{figures.passages:,}", figures.name, *(f"{one:.1f}" for one in numbers), goal)


if __name__ == "__main__":
    main()
