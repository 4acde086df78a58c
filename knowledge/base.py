"""The knowledge base, which the agent loop searches for approved passages.

A search runs in a thread. Below the floor the result is empty, which means "not sure". Passages of
documents that are not valid today are never returned, even when the index still has them. A newer
index that `lola knowledge build` made is taken over without a restart.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self

import structlog

from knowledge.documents import Library, documents_path, load_library
from knowledge.embedding import Embedding, HashedEmbedding
from knowledge.folders import IndexFolders
from knowledge.gemini import GeminiEmbedding
from knowledge.index import Index, Indexer
from knowledge.ranking import Query, rank
from knowledge.static_model import StaticModel
from lola.domain.clock import Clock
from lola.domain.passages import Passage
from lola.errors import ConfigurationError, LolaError
from lola.settings import Settings

NO_INDEX = "knowledge.no_index"
LEFT_OUT = "knowledge.left_out"
RELOADED = "knowledge.reloaded"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """An open index and the documents that may be served from it."""

    index: Index
    library: Library

    def served(self, day: date, corridor: str, question: str) -> Callable[[int], bool]:
        """Return the test of a part number: is its document served that day and to that corridor.

        The index can be older than the folder of documents, so its own headers are asked; of a
        document that is no longer in the folder nothing is served.
        """
        known = {document.header.id for document in self.library.documents}
        own = Library.newest_of(self.index.headers, day)
        keys = {
            (header.id, str(header.version))
            for header in own
            if header.id in known and header.is_about(corridor, question)
        }
        parts = self.index.parts
        return lambda number: (parts[number].document, parts[number].version) in keys


class KnowledgeBase:
    """Implements `lola.domain.passages.Retriever`. Call `open` once before the first search."""

    def __init__(
        self,
        *,
        documents: Path,
        data: Path,
        project: str,
        clock: Clock,
        embedding: Embedding | None = None,
    ) -> None:
        self._path = documents
        self._clock = clock
        self._indexer = Indexer(
            folders=IndexFolders(data),
            project=project,
            embedding=embedding or HashedEmbedding(),
            clock=clock,
        )
        self._library = Library(documents=())
        self._opening: asyncio.Task[_State] | None = None
        self._reloading: asyncio.Task[None] | None = None
        self._replaced: list[Index] = []

    @classmethod
    def build(cls, settings: Settings, clock: Clock) -> Self:
        """Build the knowledge base of a deployment; nothing is read yet."""
        return cls(
            documents=documents_path(settings),
            data=data_folder(settings),
            project=settings.project_name,
            clock=clock,
            embedding=embedding_of(settings),
        )

    async def open(self) -> None:
        """Read the documents, and start opening or building their index (some seconds, once).

        Raises ConfigurationError when there is no document at all. The index is opened in the
        background, so that the start does not wait for it; searches do.
        """
        if self._opening is None:
            library = await asyncio.to_thread(load_library, self._path, self._clock().date())
            for left_out in library.left_out:
                log.warning(LEFT_OUT, file=left_out.file, reason=str(left_out))
            self._library = library
            self._opening = asyncio.create_task(asyncio.to_thread(self._opened, library))

    @property
    def indexer(self) -> Indexer:
        """What opens and builds this base's index."""
        return self._indexer

    @property
    def library(self) -> Library:
        """The documents that were read, and the files that were left out."""
        return self._library

    async def ready(self) -> Index:
        """Wait for the index. Raises ConfigurationError when it can be neither opened nor built."""
        return (await self._state()).index

    async def search(
        self, question: str, language: str, limit: int = 3, *, topic: str = "", corridor: str = ""
    ) -> tuple[Passage, ...]:
        """Return the best passages, best first, in `language` or else in another language.

        `topic` are words of what was being talked about: they order the passages and never let
        one pass the floor. `corridor` is the destination country of the open transfer. Waits for
        the index. Without an index the result is empty, which means "not sure".
        """
        query = Query.read(question, topic)
        if query.is_empty and self._opening is not None:
            return ()
        try:
            state = await self._state()
        except ConfigurationError as error:
            log.error(NO_INDEX, code=error.code)
            return ()
        found, is_old = await asyncio.to_thread(
            self._search, state, query, language, limit, corridor
        )
        if is_old and self._reloading is None:
            self._reloading = asyncio.create_task(self._reload())
        return found

    async def close(self) -> None:
        """Release the index. Safe to call twice."""
        opening, self._opening = self._opening, None
        reloading, self._reloading = self._reloading, None
        if reloading is not None:
            await asyncio.wait([reloading])
        if opening is not None:
            with suppress(ConfigurationError):
                self._replaced.append((await opening).index)
        for index in self._replaced:
            await asyncio.to_thread(index.vectors.close)
        self._replaced.clear()

    async def _state(self) -> _State:
        if self._opening is None:
            raise LolaError("the knowledge base is not open")
        return await asyncio.shield(self._opening)

    def _opened(self, library: Library) -> _State:
        return _State(index=self._indexer.open(library.documents), library=library)

    async def _reload(self) -> None:
        """Take over the newer index; the one before is closed with the next change or at the end.

        Searches in other threads may still read the one before.
        """
        try:
            state = await asyncio.to_thread(self._newer)
        except LolaError as error:
            log.error(NO_INDEX, code=error.code)
            return
        finally:
            self._reloading = None
        if state is None or self._opening is None:
            return
        before = self._opening.result().index
        retired, self._replaced = self._replaced, [before]
        self._library = state.library
        self._opening = asyncio.create_task(_given(state))
        for index in retired:
            await asyncio.to_thread(index.vectors.close)
        log.info(RELOADED, documents=len(state.library.documents))

    def _newer(self) -> _State | None:
        library = load_library(self._path, self._clock().date())
        index = self._indexer.last_good()
        return _State(index=index, library=library) if index else None

    def _search(
        self, state: _State, query: Query, language: str, limit: int, corridor: str
    ) -> tuple[tuple[Passage, ...], bool]:
        index = state.index
        is_served = state.served(self._clock().date(), corridor, query.text)
        ranked = rank(index, query, language, is_served, limit)
        pointer = self._indexer.folders.current()
        is_old = pointer is not None and pointer.folder != index.folder.name
        return tuple(_passage(index, number, score) for number, score in ranked), is_old


def embedding_of(settings: Settings) -> Embedding:
    """Return Gemini's model or the one of the bank's folder, if one is set, else the hashed one."""
    if not settings.knowledge_model:
        return HashedEmbedding()
    provider, _, model = settings.knowledge_model.partition(":")
    if provider == "gemini":
        if not (key := settings.gemini_api_key.get_secret_value()):
            raise ConfigurationError("GEMINI_API_KEY", "KNOWLEDGE_MODEL asks Gemini, without a key")
        return GeminiEmbedding(
            model,
            api_key=key,
            base_url=settings.google_gemini_base_url,
            alone=settings.knowledge_model_floor,
        )
    return StaticModel(Path(settings.knowledge_model), settings.knowledge_model_floor)


def data_folder(settings: Settings) -> Path:
    """Return the folder of a deployment's index."""
    return settings.lola_data / "knowledge"


async def _given(state: _State) -> _State:
    return state


def _passage(index: Index, number: int, score: float) -> Passage:
    part = index.parts[number]
    return Passage(
        id=part.id,
        document=part.document,
        version=part.version,
        language=part.language,
        heading=part.heading,
        text=part.text,
        score=round(score, 4),
    )
