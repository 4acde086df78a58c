"""The index of one set of documents: parts, lexical index and vectors.

Everything in it comes from the documents. Its key is a digest of them, of the embedding and of this
module's schema. It is opened when the key matches and the probe passes, else built again. Calls
block and belong in a thread.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path

import structlog

from knowledge.documents import Document
from knowledge.folders import IndexFolders, Pointer
from knowledge.lexical import LexicalIndex
from knowledge.splitting import Part, split
from knowledge.stems import stems
from knowledge.vectors import DamagedIndexError, Progress, VectorIndex
from lola.errors import ConfigurationError

SCHEMA = 1
PARTS_FILE = "parts.json"
PATIENCE_SECONDS = 30.0
REBUILDING = "knowledge.rebuilding"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An open index. Part numbers are indexes of `parts`; `lexical` has one entry per language."""

    folder: Path
    parts: tuple[Part, ...]
    lexical: dict[str, "LanguageIndex"]
    vectors: VectorIndex


class LanguageIndex:
    """The lexical index of one language, with the part numbers of the whole index."""

    def __init__(self, parts: Sequence[Part], language: str) -> None:
        self._language = language
        self._numbers = [n for n, part in enumerate(parts) if part.language == language]
        self._index = LexicalIndex(
            [stems("\n".join(parts[number].surfaces), language) for number in self._numbers]
        )

    def search(self, question: str) -> dict[int, float]:
        """Return part number → score from 0 to 1."""
        found = self._index.search(stems(question, self._language))
        return {self._numbers[number]: score for number, score in found.items()}


def open_index(folders: IndexFolders, project: str, documents: Sequence[Document]) -> Index:
    """Open the index of these documents; build it when there is none or it is damaged."""
    digest = digest_of(documents, project)
    if (index := _open(folders, project, digest)) is not None:
        return index
    with folders.writing(PATIENCE_SECONDS):
        # Another process may have built it while this one waited for the lock.
        return _open(folders, project, digest) or _build(folders, project, documents, digest)


def build_index(
    folders: IndexFolders,
    project: str,
    documents: Sequence[Document],
    progress: Progress | None = None,
) -> Index:
    """Build and use a new index. Raises ConfigurationError when another process is writing."""
    with folders.writing(0.0):
        return _build(folders, project, documents, digest_of(documents, project), progress)


def digest_of(documents: Iterable[Document], project: str) -> str:
    """Return the key of an index; it changes with a document, the embedding or the schema."""
    from knowledge.embedding import HashedEmbedding

    embedding = [HashedEmbedding.name(), HashedEmbedding("").get_config()]
    digest = blake2b(json.dumps([SCHEMA, project, embedding]).encode(), digest_size=16)
    for document in documents:
        digest.update(len(document.source).to_bytes(8, "big"))
        digest.update(document.source)
    return digest.hexdigest()


def _open(folders: IndexFolders, project: str, digest: str) -> Index | None:
    pointer = folders.current()
    if pointer is None or pointer.digest != digest:
        return None
    try:
        parts = _read_parts(folders.path(pointer), pointer)
        vectors = VectorIndex.open(folders.path(pointer), project, parts)
    except DamagedIndexError as error:
        log.warning(REBUILDING, reason=str(error))
        return None
    return _index(folders.path(pointer), parts, vectors)


def _build(
    folders: IndexFolders,
    project: str,
    documents: Sequence[Document],
    digest: str,
    progress: Progress | None = None,
) -> Index:
    parts = tuple(part for document in documents for part in split(document))
    raw = json.dumps([asdict(part) for part in parts], ensure_ascii=False).encode()
    try:
        folder = folders.new_folder(digest)
        (folder / PARTS_FILE).write_bytes(raw)
        vectors = VectorIndex.build(folder, project, parts, progress)
        folders.switch(folder, digest=digest, checksum=_checksum(raw))
    except (DamagedIndexError, OSError) as error:
        raise ConfigurationError(
            "LOLA_DATA", f"the knowledge index cannot be built there: {error}"
        ) from error
    return _index(folder, parts, vectors)


def _index(folder: Path, parts: tuple[Part, ...], vectors: VectorIndex) -> Index:
    languages = sorted({part.language for part in parts})
    lexical = {language: LanguageIndex(parts, language) for language in languages}
    return Index(folder=folder, parts=parts, lexical=lexical, vectors=vectors)


def _read_parts(folder: Path, pointer: Pointer) -> tuple[Part, ...]:
    try:
        raw = (folder / PARTS_FILE).read_bytes()
    except OSError:
        raise DamagedIndexError("the parts are gone") from None
    if _checksum(raw) != pointer.checksum:
        raise DamagedIndexError("the parts have changed")
    return tuple(Part(**{**row, "asks": tuple(row["asks"])}) for row in json.loads(raw))


def _checksum(raw: bytes) -> str:
    return blake2b(raw, digest_size=16).hexdigest()
