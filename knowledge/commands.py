"""The work of `lola knowledge build` and `lola knowledge ask`. Nothing here prints."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from knowledge.base import KnowledgeBase
from knowledge.documents import LeftOut, documents_path, languages_of, load_library
from knowledge.vectors import Progress
from lola.domain.clock import system_clock
from lola.domain.passages import Passage
from lola.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """The result of a build. `folder` has the new index, which is already in use."""

    documents: int
    passages: int
    languages: tuple[str, ...]
    folder: Path
    left_out: tuple[LeftOut, ...] = ()


async def build_index(settings: Settings, progress: Progress | None = None) -> BuildReport:
    """Check the documents and build a new index, even when one exists.

    `progress` is called with (entries done, all entries) from a worker thread. Raises
    ConfigurationError for a bad document or when another process is writing.
    """
    return await asyncio.to_thread(_build, settings, progress)


async def ask(settings: Settings, question: str, language: str) -> tuple[Passage, ...]:
    """Return the passages that agents would get for a question; empty means "not sure"."""
    base = KnowledgeBase.build(settings, system_clock)
    await base.open()
    try:
        return await base.search(question, language)
    finally:
        await base.close()


def _build(settings: Settings, progress: Progress | None) -> BuildReport:
    library = load_library(documents_path(settings), system_clock().date())
    index = KnowledgeBase.build(settings, system_clock).indexer.build(library.documents, progress)
    index.vectors.close()
    return BuildReport(
        documents=len(library.documents),
        passages=len(index.parts),
        languages=languages_of(library.documents),
        folder=index.folder,
        left_out=library.left_out,
    )
