"""The knowledge base, which the agent loop searches for approved passages.

Word and vector search run in one thread; their scores, from 0 to 1, are added by weight. Below the
threshold the result is empty, which means "not sure". Passages of documents that are not valid
today are never returned, even when the index still has them.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import structlog

from knowledge.documents import Document, documents_folder, load_documents
from knowledge.folders import IndexFolders
from knowledge.index import Index, open_index
from knowledge.vectors import DamagedIndexError
from lola.domain.clock import Clock
from lola.domain.passages import Passage
from lola.errors import ConfigurationError, LolaError
from lola.settings import Settings

LEXICAL_WEIGHT = 0.6
THRESHOLD = 0.42
WITHOUT_VECTORS = "knowledge.vectors_failed"
NO_INDEX = "knowledge.no_index"

log = structlog.get_logger(__name__)


class KnowledgeBase:
    """Implements `lola.domain.passages.Retriever`. Call `open` once before the first search."""

    def __init__(self, *, documents: Path, data: Path, project: str, clock: Clock) -> None:
        self._folder = documents
        self._folders = IndexFolders(data)
        self._project = project
        self._clock = clock
        self._documents: dict[str, Document] = {}
        self._opening: asyncio.Task[Index] | None = None

    @classmethod
    def build(cls, settings: Settings, clock: Clock) -> Self:
        """Build the knowledge base of a deployment; nothing is read yet."""
        return cls(
            documents=documents_folder(settings),
            data=data_folder(settings),
            project=settings.project_name,
            clock=clock,
        )

    async def open(self) -> None:
        """Check the documents, and start opening or building their index (some seconds, once).

        Raises ConfigurationError for a document that may not be served. The index is opened in
        the background, so that the start does not wait for it; searches do.
        """
        if self._opening is None:
            documents = await asyncio.to_thread(load_documents, self._folder, self._clock().date())
            self._documents = {document.header.id: document for document in documents}
            self._opening = asyncio.create_task(asyncio.to_thread(self._open, documents))

    async def ready(self) -> Index:
        """Wait for the index. Raises ConfigurationError when it can be neither opened nor built."""
        if self._opening is None:
            raise LolaError("the knowledge base is not open")
        return await asyncio.shield(self._opening)

    async def search(self, question: str, language: str, limit: int = 3) -> tuple[Passage, ...]:
        """Return the best passages, best first, in `language` or else in another language.

        Waits for the index. Without an index the result is empty, which means "not sure".
        """
        try:
            index = await self.ready()
        except ConfigurationError as error:
            log.error(NO_INDEX, code=error.code)
            return ()
        return await asyncio.to_thread(self._search, index, question, language, limit)

    async def close(self) -> None:
        """Release the index. Safe to call twice."""
        opening, self._opening = self._opening, None
        if opening is not None:
            with suppress(ConfigurationError):
                await asyncio.to_thread((await opening).vectors.close)

    def _open(self, documents: Sequence[Document]) -> Index:
        return open_index(self._folders, self._project, documents)

    def _search(
        self, index: Index, question: str, language: str, limit: int
    ) -> tuple[Passage, ...]:
        # False sorts before True: the asked language first, the others in a fixed order.
        for candidate in sorted(index.lexical, key=lambda name: (name != language, name)):
            passages = self._rank(index, question, candidate)
            if passages:
                return passages[:limit]
        return ()

    def _rank(self, index: Index, question: str, language: str) -> tuple[Passage, ...]:
        today = self._clock().date()
        scores = _scores(index, question, language)
        best = sorted(scores, key=lambda number: (-scores[number], number))
        return tuple(
            Passage(
                id=part.id,
                document=part.document,
                version=part.version,
                language=part.language,
                heading=part.heading,
                text=part.text,
                score=round(scores[number], 4),
            )
            for number, part in ((number, index.parts[number]) for number in best)
            if scores[number] >= THRESHOLD
            and self._documents[part.document].header.is_valid_on(today)
        )


def data_folder(settings: Settings) -> Path:
    """Return the folder of a deployment's index."""
    return settings.lola_data / "knowledge"


def _scores(index: Index, question: str, language: str) -> dict[int, float]:
    lexical = index.lexical[language].search(question)
    try:
        near = index.vectors.search(question, language)
    except DamagedIndexError as error:
        log.warning(WITHOUT_VECTORS, reason=str(error))
        return lexical
    return {
        number: LEXICAL_WEIGHT * lexical.get(number, 0.0)
        + (1 - LEXICAL_WEIGHT) * near.get(number, 0.0)
        for number in lexical.keys() | near.keys()
    }
