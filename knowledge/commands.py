"""The work of the `lola knowledge` commands but approval and import. Nothing here prints."""

import asyncio
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from knowledge.approval import approve, draft_from
from knowledge.base import KnowledgeBase
from knowledge.changes import Change, Edited, changes_between, edited, texts_of
from knowledge.condition import Notice, examine
from knowledge.documents import (
    Document,
    Header,
    LeftOut,
    documents_path,
    languages_of,
    load_library,
)
from knowledge.evaluation import HALVES, Measured, measure, read_questions
from knowledge.index import Index
from knowledge.ranking import Query, rank
from knowledge.splitting import split
from knowledge.vectors import Progress
from lola.domain.clock import system_clock
from lola.domain.passages import Passage
from lola.errors import ConfigurationError
from lola.settings import Settings

__all__ = [
    "BuildReport",
    "Notice",
    "approve",
    "ask",
    "build_index",
    "difference",
    "draft_from",
    "evaluate",
    "examine",
    "left_out",
    "stale",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """The result of a build. `folder` has the new index, which is already in use."""

    documents: int
    passages: int
    languages: tuple[str, ...]
    folder: Path
    changes: tuple[Change, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


async def build_index(settings: Settings, progress: Progress | None = None) -> BuildReport:
    """Check the documents and build a new index, even when one exists.

    `progress` is called with (entries done, all entries) from a worker thread. Raises
    ConfigurationError when there is no document or another process is writing.
    """
    return await asyncio.to_thread(_build, settings, progress)


async def ask(
    settings: Settings, question: str, language: str, limit: int = 3
) -> tuple[Passage, ...]:
    """Return the passages that agents would get for a question; empty means "not sure"."""
    base = KnowledgeBase.build(settings, system_clock)
    await base.open()
    try:
        return await base.search(question, language, limit)
    finally:
        await base.close()


async def evaluate(settings: Settings, questions: Path | None) -> dict[str, tuple[Measured, ...]]:
    """Measure the search on the shipped halves, or on a bank's own file of questions."""
    files = {questions.stem: questions} if questions else HALVES
    read = {name: read_questions(path) for name, path in files.items()}
    base = KnowledgeBase.build(settings, system_clock)
    await base.open()
    try:
        index = await base.ready()
        return {
            name: await asyncio.to_thread(measure, index, asked) for name, asked in read.items()
        }
    finally:
        await base.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a newer version of a document changes; `questions` get another first passage."""

    edited: Edited
    questions: tuple[tuple[str, str, str], ...]
    """Question, what answered it before, and what does now; empty means "not sure"."""


def difference(settings: Settings, old: Path, new: Path) -> Difference:
    """Compare two versions of a document beside the other documents of this deployment."""
    today = system_clock().date()
    before, after = _only(old, today), _only(new, today)
    others = tuple(
        document
        for document in load_library(documents_path(settings), today).documents
        if document.header.id not in {before.header.id, after.header.id}
    )
    asked = _questions_about((before, after))
    with tempfile.TemporaryDirectory(prefix="lola-diff-") as folder:
        answers = []
        for name, document in (("old", before), ("new", after)):
            base = KnowledgeBase(
                documents=old, data=Path(folder) / name, project=name, clock=system_clock
            )
            index = base.indexer.build((*others, document))
            answers.append([_first(index, text, language) for text, language in asked])
            index.vectors.close()
    return Difference(
        edited=edited(split(before), split(after)),
        questions=tuple(
            (text, was, now)
            for (text, _), was, now in zip(asked, *answers, strict=True)
            if was != now
        ),
    )


def _only(path: Path, today: date) -> Document:
    library = load_library(path, today)
    if not library.documents:
        raise ConfigurationError("FILE", str(library.left_out[0]))
    return library.documents[0]


def _questions_about(documents: Iterable[Document]) -> list[tuple[str, str]]:
    """Return the shipped questions and the documents' own ways to ask, each once."""
    asked = [
        (question.ask, str(language))
        for path in HALVES.values()
        for by_language in read_questions(path).values()
        for language, questions in by_language.items()
        for question in questions
    ]
    own = [
        (ask, document.header.language)
        for document in documents
        for part in split(document)
        for ask in part.asks
    ]
    return list(dict.fromkeys((*asked, *own)))


def _first(index: Index, text: str, language: str) -> str:
    found = rank(index, Query.read(text), language, lambda _: True, 1)
    part = index.parts[found[0][0]] if found else None
    return f"{part.heading}\n{part.text}" if part else ""


def left_out(settings: Settings, today: date) -> tuple[LeftOut, ...]:
    """Return the files that are not served, with the reason."""
    return load_library(documents_path(settings), today).left_out


def stale(settings: Settings, days: int, today: date) -> tuple[tuple[Header, Path], ...]:
    """Return the documents whose validity ends within `days`, the soonest first."""
    library = load_library(documents_path(settings), today)
    last = today + timedelta(days=days)
    ending = [
        (document.header, document.path)
        for document in library.documents
        if document.header.is_over_on(last + timedelta(days=1))
    ]
    return tuple(sorted(ending, key=lambda found: (str(found[0].valid_until), found[0].id)))


def _build(settings: Settings, progress: Progress | None) -> BuildReport:
    base = KnowledgeBase.build(settings, system_clock)
    library = load_library(documents_path(settings), system_clock().date())
    before = _texts_in_use(base)
    index = base.indexer.build(library.documents, progress)
    index.vectors.close()
    return BuildReport(
        documents=len(library.documents),
        passages=len(index.parts),
        languages=languages_of(library.documents),
        folder=index.folder,
        changes=changes_between(before, texts_of(index.parts)),
        left_out=library.left_out,
    )


def _texts_in_use(base: KnowledgeBase) -> dict[tuple[str, str], tuple[str, ...]]:
    index: Index | None = base.indexer.last_good()
    if index is None:
        return {}
    index.vectors.close()
    return texts_of(index.parts)
