"""Vector search: Chroma in a folder that can always be built again.

There is one collection per language, because a filter makes a query twenty times slower
(reference/dependencies.md 3). Chroma gets vectors and ids and nothing else: the texts are in the
parts. Calls block and belong in a thread. Every error of Chroma or the disk becomes
DamagedIndexError, which the caller handles. Telemetry is off.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from knowledge.splitting import Part

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

    from knowledge.embedding import Embedding, Vectors

BATCH = 500
CANDIDATES = 24
PROBES = 4
PROBE_DISTANCE = 0.001

Progress = Callable[[int, int], None]
Probes = Mapping[str, Mapping[str, Sequence[float]]]
"""Language → id → the vector that has to be read back."""


class DamagedIndexError(Exception):
    """The vector index cannot be read or gives wrong results; it has to be built again."""


class VectorIndex:
    """The collections of one folder. Close it when done."""

    def __init__(self, client: "Client", collections: "dict[str, Collection]") -> None:
        self._client = client
        self._collections = collections

    @classmethod
    def build(
        cls,
        folder: Path,
        parts: Sequence[Part],
        embedding: "Embedding",
        progress: Progress | None = None,
    ) -> tuple[Self, Probes]:
        """Fill an empty folder. `progress` is called with (entries done, all entries)."""
        entries = _entries(parts)
        done, total = 0, sum(map(len, entries.values()))
        probes: dict[str, dict[str, list[float]]] = {}
        with _damage(), _opened(folder) as client:
            collections = {}
            for language, rows in entries.items():
                collections[language] = client.create_collection(
                    f"passages-{language}",
                    embedding_function=None,
                    configuration={"hnsw": {"space": "cosine"}},
                )
                step = max(1, len(rows) // PROBES)
                probed, probes[language] = {name for name, _ in rows[::step]}, {}
                for start in range(0, len(rows), BATCH):
                    batch = rows[start : start + BATCH]
                    vectors = embedding.passages([text for _, text in batch], language)
                    _add(collections[language], [name for name, _ in batch], vectors)
                    probes[language] |= {
                        name: [float(number) for number in vector]
                        for (name, _), vector in zip(batch, vectors, strict=True)
                        if name in probed
                    }
                    done += len(batch)
                    if progress is not None:
                        progress(done, total)
                _probe(collections[language], len(rows), probes[language])
            return cls(client, collections), probes

    @classmethod
    def open(cls, folder: Path, parts: Sequence[Part], probes: Probes) -> Self:
        """Open a built folder and probe it. Raises DamagedIndexError."""
        if not folder.is_dir():
            raise DamagedIndexError("the folder is gone")
        with _damage(), _opened(folder) as client:
            collections = {}
            for language, rows in _entries(parts).items():
                collections[language] = client.get_collection(
                    f"passages-{language}", embedding_function=None
                )
                _probe(collections[language], len(rows), probes[language])
            return cls(client, collections)

    def search(self, vector: "Vectors", language: str) -> dict[int, float]:
        """Return part number → cosine similarity from 0 to 1, for the nearest parts."""
        with _damage():
            found = self._collections[language].query(
                query_embeddings=vector, n_results=CANDIDATES, include=["distances"]
            )
        scores: dict[int, float] = {}
        for name, distance in zip(found["ids"][0], (found["distances"] or [[]])[0], strict=True):
            number = int(name.partition("~")[0])
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


def _entries(parts: Sequence[Part]) -> dict[str, list[tuple[str, str]]]:
    """Return ids and texts by language; an id is `part number~surface number`."""
    entries: dict[str, list[tuple[str, str]]] = {}
    for number, part in enumerate(parts):
        entries.setdefault(part.language, []).extend(
            (f"{number}~{turn}", surface) for turn, surface in enumerate(part.surfaces)
        )
    return entries


def _add(collection: "Collection", names: list[str], vectors: "Vectors") -> None:
    collection.add(ids=names, embeddings=vectors)


def _probe(collection: "Collection", expected: int, probes: Mapping[str, Sequence[float]]) -> None:
    """Read some vectors back and search for them: a count alone does not reveal lost vectors."""
    import numpy as np

    if collection.count() != expected:
        raise DamagedIndexError("the count is wrong")
    got = collection.get(ids=list(probes), include=["embeddings"])
    if set(got["ids"]) != set(probes) or got["embeddings"] is None:
        raise DamagedIndexError("vectors are missing")
    for name, vector in zip(got["ids"], got["embeddings"], strict=True):
        if not np.allclose(vector, probes[name], atol=PROBE_DISTANCE):
            raise DamagedIndexError("a vector has changed")
    wanted = np.asarray([probes[name] for name in probes], dtype=np.float32)
    near = collection.query(query_embeddings=wanted, n_results=1, include=["distances"])
    # A text without words has the zero vector, which is near to nothing.
    for row, vector in zip(near["distances"] or [], wanted, strict=True):
        if vector.any() and (not row or row[0] > PROBE_DISTANCE):
            raise DamagedIndexError("a part is not its own nearest neighbour")
