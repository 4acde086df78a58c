"""The index of one set of documents: parts, lexical index and vectors.

Everything in it comes from the documents. Its key is a digest of them, of the embedding and of this
module's schema. It is opened when the key matches and the probe passes, else built again; when that
fails, the last good index goes on. Calls block and belong in a thread.
"""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path

import structlog

from knowledge.documents import Document, Header
from knowledge.embedding import Embedding, EmbeddingUnavailableError
from knowledge.folders import IndexFolders, Outcome, Pointer
from knowledge.lexical import LexicalIndex, Searched
from knowledge.splitting import Part, split
from knowledge.stems import read
from knowledge.vectors import DamagedIndexError, Probes, Progress, VectorIndex
from lola.domain.clock import Clock
from lola.errors import ConfigurationError
from lola.text.languages import LANGUAGES

SCHEMA = 2
PARTS_FILE = "parts.json"
PATIENCE_SECONDS = 30.0
REBUILDING = "knowledge.rebuilding"
BUILD_FAILED = "knowledge.build_failed"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An open index. Part numbers are indexes of `parts`; `lexical` has one entry per language."""

    folder: Path
    headers: tuple[Header, ...]
    parts: tuple[Part, ...]
    lexical: dict[str, "LanguageIndex"]
    vectors: VectorIndex
    embedding: Embedding


class LanguageIndex:
    """The lexical index of one language, with the part numbers of the whole index."""

    def __init__(self, parts: Sequence[Part], language: str) -> None:
        self.numbers = tuple(n for n, part in enumerate(parts) if part.language == language)
        self.topics = frozenset(topic_of(parts[number].document) for number in self.numbers)
        self.words = LexicalIndex([_searched(parts[number]) for number in self.numbers])


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexer:
    """Opens and builds the indexes of one deployment."""

    folders: IndexFolders
    project: str
    embedding: Embedding
    clock: Clock

    def open(self, documents: Sequence[Document]) -> Index:
        """Open the index of these documents; build it when there is none or it is damaged.

        When it cannot be built, the last good index is opened, whatever documents it is of.
        Raises ConfigurationError when there is none.
        """
        digest = self.digest_of(documents)
        if (index := self._opened(digest)) is not None:
            self._sweep()
            return index
        try:
            with self.folders.writing(PATIENCE_SECONDS):
                # Another process may have built it while this one waited for the lock.
                return self._opened(digest) or self._build(documents, digest)
        except ConfigurationError as error:
            log.error(BUILD_FAILED, setting=error.setting)
            if (last := self.last_good()) is None:
                raise
            return last

    def build(self, documents: Sequence[Document], progress: Progress | None = None) -> Index:
        """Build and use a new index. Raises ConfigurationError when another process is writing."""
        with self.folders.writing(0.0):
            return self._build(documents, self.digest_of(documents), progress)

    def last_good(self) -> Index | None:
        """Open the index that the pointer names, if it is whole."""
        pointer = self.folders.current()
        return self._opened(pointer.digest) if pointer else None

    def digest_of(self, documents: Iterable[Document]) -> str:
        """Return the key of an index; it changes with a document, the embedding or the schema."""
        named = json.dumps([SCHEMA, self.project, self.embedding.name])
        digest = blake2b(named.encode(), digest_size=16)
        for document in documents:
            digest.update(len(document.source).to_bytes(8, "big"))
            digest.update(document.source)
        return digest.hexdigest()

    def _sweep(self) -> None:
        """Remove what a killed build left behind, unless a build is running."""
        pointer = self.folders.current()
        if pointer is None or not self.folders.others(pointer.folder):
            return
        with suppress(ConfigurationError), self.folders.writing(0.0):
            if (pointer := self.folders.current()) is not None:
                for left in self.folders.others(pointer.folder):
                    self.folders.remove(left)

    def _opened(self, digest: str) -> Index | None:
        pointer = self.folders.current()
        if pointer is None or pointer.digest != digest:
            return None
        folder = self.folders.path(pointer)
        try:
            headers, parts, probes = _read(folder, pointer)
            vectors = VectorIndex.open(folder, parts, probes)
        except DamagedIndexError as error:
            log.warning(REBUILDING, reason=str(error))
            return None
        return self._index(folder, headers, parts, vectors)

    def _build(
        self, documents: Sequence[Document], digest: str, progress: Progress | None = None
    ) -> Index:
        try:
            index = self._filled(documents, digest, progress)
        except ConfigurationError as error:
            self.folders.note(Outcome(at=self.clock().isoformat(), problem=str(error)))
            raise
        self.folders.note(Outcome(at=self.clock().isoformat()))
        return index

    def _filled(
        self, documents: Sequence[Document], digest: str, progress: Progress | None
    ) -> Index:
        parts = tuple(part for document in documents for part in split(document))
        headers = tuple(document.header for document in documents)
        folder = None
        try:
            folder = self.folders.new_folder(digest)
            vectors, probes = VectorIndex.build(folder, parts, self.embedding, progress)
            raw = _written(headers, parts, probes)
            (folder / PARTS_FILE).write_bytes(raw)
            self.folders.switch(folder, digest=digest, checksum=_checksum(raw))
        except (DamagedIndexError, EmbeddingUnavailableError, OSError) as error:
            if folder is not None:
                self.folders.remove(folder)
            model = isinstance(error, EmbeddingUnavailableError)
            setting, place = ("KNOWLEDGE_MODEL", "with it") if model else ("LOLA_DATA", "there")
            raise ConfigurationError(
                setting, f"the knowledge index cannot be built {place}: {error}"
            ) from error
        return self._index(folder, headers, parts, vectors)

    def _index(
        self,
        folder: Path,
        headers: tuple[Header, ...],
        parts: tuple[Part, ...],
        vectors: VectorIndex,
    ) -> Index:
        languages = sorted({part.language for part in parts})
        return Index(
            folder=folder,
            headers=headers,
            parts=parts,
            lexical={language: LanguageIndex(parts, language) for language in languages},
            vectors=vectors,
            embedding=self.embedding,
        )


def topic_of(document: str) -> str:
    """Return the id without its language: `fees.es` and `fees.en` are one topic."""
    base, _, language = document.rpartition(".")
    return base if language in LANGUAGES else document


def _searched(part: Part) -> Searched:
    """Return the words of a part; those of a prose text weigh less than its headings."""
    titles = "\n".join((part.heading, *part.asks))
    if part.is_row:
        return Searched(titles=read(f"{titles}\n{part.text}", part.language))
    return Searched(titles=read(titles, part.language), words=read(part.text, part.language))


def _written(headers: Sequence[Header], parts: Sequence[Part], probes: Probes) -> bytes:
    return json.dumps(
        {
            "headers": [header.model_dump(mode="json") for header in headers],
            "parts": [asdict(part) for part in parts],
            "probes": probes,
        },
        ensure_ascii=False,
    ).encode()


def _read(folder: Path, pointer: Pointer) -> tuple[tuple[Header, ...], tuple[Part, ...], Probes]:
    try:
        raw = (folder / PARTS_FILE).read_bytes()
    except OSError:
        raise DamagedIndexError("the parts are gone") from None
    if _checksum(raw) != pointer.checksum:
        raise DamagedIndexError("the parts have changed")
    kept = json.loads(raw)
    try:
        headers = tuple(map(Header.model_validate, kept["headers"]))
        parts = tuple(Part(**{**row, "asks": tuple(row["asks"])}) for row in kept["parts"])
        return headers, parts, kept["probes"]
    except (TypeError, KeyError, ValueError):
        raise DamagedIndexError("the index is of another version of this program") from None


def _checksum(raw: bytes) -> str:
    return blake2b(raw, digest_size=16).hexdigest()
