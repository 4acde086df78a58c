"""Vector search: Chroma in a folder that can always be built again.

There is one collection per language, because the embedding depends on the language. Calls block and
belong in a thread. Every error of Chroma or the disk becomes DamagedIndexError, which the caller
handles. Telemetry is off and Chroma never chooses an embedding.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from knowledge.splitting import Part

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

    from knowledge.embedding import HashedEmbedding

BATCH = 500
CANDIDATES = 24
PROBES = 4
PROBE_DISTANCE = 0.01

Progress = Callable[[int, int], None]


class DamagedIndexError(Exception):
    """The vector index cannot be read or gives wrong results; it has to be built again."""


class VectorIndex:
    """The collections of one folder. Close it when done."""

    def __init__(self, client: "Client", collections: "dict[str, Collection]") -> None:
        self._client = client
        self._collections = collections

    @classmethod
    def build(
        cls, folder: Path, project: str, parts: Sequence[Part], progress: Progress | None = None
    ) -> Self:
        """Fill an empty folder. `progress` is called with (entries done, all entries)."""
        entries = {
            language: _entries(parts, numbers) for language, numbers in _by_language(parts).items()
        }
        done, total = 0, sum(map(len, entries.values()))
        with _damage(), _opened(folder) as client:
            collections = {}
            for language, rows in entries.items():
                collections[language] = client.create_collection(
                    f"{project}-{language}", embedding_function=_embedding(language)
                )
                for start in range(0, len(rows), BATCH):
                    batch = rows[start : start + BATCH]
                    _add(collections[language], batch)
                    done += len(batch)
                    if progress is not None:
                        progress(done, total)
            return cls(client, collections)

    @classmethod
    def open(cls, folder: Path, project: str, parts: Sequence[Part]) -> Self:
        """Open a built folder and probe it. Raises DamagedIndexError."""
        if not folder.is_dir():
            raise DamagedIndexError("the folder is gone")
        with _damage(), _opened(folder) as client:
            collections = {}
            for language, numbers in _by_language(parts).items():
                collections[language] = client.get_collection(
                    f"{project}-{language}", embedding_function=_embedding(language)
                )
                _probe(collections[language], parts, numbers)
            return cls(client, collections)

    def search(self, question: str, language: str) -> dict[int, float]:
        """Return part number → cosine similarity from 0 to 1, for the nearest parts."""
        with _damage():
            found = self._collections[language].query(
                query_texts=[question], n_results=CANDIDATES, include=["metadatas", "distances"]
            )
        scores: dict[int, float] = {}
        for metadata, distance in zip(
            (found["metadatas"] or [[]])[0], (found["distances"] or [[]])[0], strict=True
        ):
            number = int(str(metadata["part"]))
            scores[number] = max(scores.get(number, 0.0), 1.0 - distance)
        return scores

    def close(self) -> None:
        """Release the folder. Safe to call twice."""
        self._client.close()


@contextmanager
def _damage() -> Iterator[None]:
    from chromadb.errors import ChromaError

    try:
        yield
    # A client that failed to start or was closed raises AttributeError.
    except (ChromaError, OSError, ValueError, KeyError, AttributeError) as error:
        raise DamagedIndexError(type(error).__name__) from error


@contextmanager
def _opened(folder: Path) -> Iterator["Client"]:
    """Open the client; close it when the block fails."""
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False)
    client = cast("Client", chromadb.PersistentClient(path=str(folder), settings=settings))
    try:
        yield client
    except BaseException:
        client.close()
        raise


def _embedding(language: str) -> "HashedEmbedding":
    from knowledge.embedding import HashedEmbedding

    return HashedEmbedding(language)


def _by_language(parts: Sequence[Part]) -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = {}
    for number, part in enumerate(parts):
        numbers.setdefault(part.language, []).append(number)
    return numbers


def _entries(parts: Sequence[Part], numbers: Sequence[int]) -> list[tuple[str, int, str]]:
    return [
        (f"{parts[number].id}~{turn}", number, surface)
        for number in numbers
        for turn, surface in enumerate(parts[number].surfaces)
    ]


def _add(collection: "Collection", entries: Sequence[tuple[str, int, str]]) -> None:
    collection.add(
        ids=[name for name, _, _ in entries],
        metadatas=[{"part": number} for _, number, _ in entries],
        documents=[surface for _, _, surface in entries],
    )


def _probe(collection: "Collection", parts: Sequence[Part], numbers: Sequence[int]) -> None:
    """Read some vectors back and search for them: a count alone does not reveal lost vectors."""
    expected = sum(len(parts[number].surfaces) for number in numbers)
    if collection.count() != expected:
        raise DamagedIndexError("the count is wrong")
    step = max(1, len(numbers) // PROBES)
    probes = {f"{parts[number].id}~0": parts[number].surfaces[0] for number in numbers[::step]}
    got = collection.get(ids=list(probes), include=["embeddings"])
    if set(got["ids"]) != set(probes) or got["embeddings"] is None:
        raise DamagedIndexError("vectors are missing")
    near = collection.query(query_texts=list(probes.values()), n_results=1, include=["distances"])[
        "distances"
    ]
    if any(not row or row[0] > PROBE_DISTANCE for row in near or [[]]):
        raise DamagedIndexError("a part is not its own nearest neighbour")
