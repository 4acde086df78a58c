"""The offline embedding: hashed stems and character n-grams, without a model or a network.

It matches spellings and word forms that stems miss; it does not understand paraphrases
(reference/dependencies.md 4). The same text gives the same vector on every machine. numpy is
imported when the first text is embedded.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol
from zlib import crc32

from knowledge.stems import folded_words, stems_of
from lola.text.folding import without_accents

if TYPE_CHECKING:
    import numpy as np

    Vectors = np.ndarray[tuple[int, int], np.dtype[np.float32]]

DIMENSIONS = 256
NGRAMS = (3, 4)
NGRAM_WEIGHT = 1.5


class EmbeddingUnavailableError(Exception):
    """The service or the files of an embedding do not answer; words have to do."""


class Embedding(Protocol):
    """Turns texts into unit vectors. `weight` is the share of the vectors in a passage's score."""

    @property
    def name(self) -> str:
        """The model and its version: another name means another index."""
        ...

    @property
    def weight(self) -> float:
        """The share of a score, from 0 to 1, that the measured fusion gives to the vectors."""
        ...

    @property
    def alone(self) -> float:
        """The similarity from which a vector needs no words beside it; 1 for never."""
        ...

    def passages(self, texts: Sequence[str], language: str) -> "Vectors":
        """Return one row per text. Raises EmbeddingUnavailableError."""
        ...

    def question(self, text: str, language: str) -> "Vectors":
        """Return one row. Raises EmbeddingUnavailableError."""
        ...


class HashedEmbedding:
    """Implements Embedding; a text without words gives the zero vector."""

    weight = 0.2
    alone = 1.0

    def __init__(self, dimensions: int = DIMENSIONS) -> None:
        self._dimensions = dimensions

    @property
    def name(self) -> str:
        """The method and its dimensions."""
        return f"hashed-stems-{self._dimensions}"

    def passages(self, texts: Sequence[str], language: str) -> "Vectors":
        """Return one row per text."""
        import numpy as np

        return np.stack([self._embed(text, language) for text in texts])

    def question(self, text: str, language: str) -> "Vectors":
        """Return one row."""
        return self.passages([text], language)

    def _embed(self, text: str, language: str) -> "np.ndarray[Any, np.dtype[np.float32]]":
        import numpy as np

        weights: dict[str, float] = defaultdict(float)
        for feature, weight in _features(text, language):
            weights[feature] += weight
        vector = np.zeros(self._dimensions, dtype=np.float32)
        for feature, weight in weights.items():
            place = crc32(feature.encode())
            sign = 1.0 if place & 0x8000_0000 else -1.0
            vector[place % self._dimensions] += sign * weight**0.5
        length = float(np.linalg.norm(vector))
        return vector / length if length else vector


def _features(text: str, language: str) -> Iterator[tuple[str, float]]:
    for word in folded_words(text, language):
        yield f"stem:{stems_of(word, language)[-1]}", 1.0
        padded = f"<{without_accents(word)}>"
        grams = [
            padded[start : start + size]
            for size in NGRAMS
            for start in range(len(padded) - size + 1)
        ]
        for gram in grams:
            yield gram, NGRAM_WEIGHT / len(grams)
