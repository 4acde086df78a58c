"""The offline embedding: hashed stems and character n-grams, without a model or a network.

It matches spellings and word forms that stems miss; it does not understand paraphrases
(reference/dependencies.md 4). The same text gives the same vector on every machine. This module
imports Chroma and numpy, so import it only to open or build an index.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from zlib import crc32

import numpy as np
from chromadb.api.types import Embeddable, EmbeddingFunction, Embeddings, Space

from knowledge.stems import stem, words

DIMENSIONS = 512
NGRAMS = (3, 4)
NGRAM_WEIGHT = 1.5


class HashedEmbedding(EmbeddingFunction[Embeddable]):
    """Turns texts of one language into unit vectors; a text without words gives the zero vector."""

    def __init__(self, language: str, dimensions: int = DIMENSIONS) -> None:
        self._language = language
        self._dimensions = dimensions

    def __call__(self, input: Embeddable) -> Embeddings:  # noqa: A002 - Chroma's name
        """Return one float32 vector per text."""
        return [self._embed(str(text)) for text in input]

    @staticmethod
    def name() -> str:
        """Return the name that Chroma keeps with a collection."""
        return "lola-hashed-stems"

    def get_config(self) -> dict[str, Any]:
        """Return the arguments from which `build_from_config` builds an equal function."""
        return {"language": self._language, "dimensions": self._dimensions}

    @staticmethod
    def build_from_config(config: dict[str, Any]) -> EmbeddingFunction[Embeddable]:
        """Build the function from the stored arguments."""
        return HashedEmbedding(config["language"], config["dimensions"])

    def default_space(self) -> Space:
        """Return the distance for unit vectors."""
        return "cosine"

    def _embed(self, text: str) -> "np.ndarray[Any, np.dtype[np.float32]]":
        weights: dict[str, float] = defaultdict(float)
        for feature, weight in self._features(text):
            weights[feature] += weight
        vector = np.zeros(self._dimensions, dtype=np.float32)
        for feature, weight in weights.items():
            place = crc32(feature.encode())
            sign = 1.0 if place & 0x8000_0000 else -1.0
            vector[place % self._dimensions] += sign * weight**0.5
        length = float(np.linalg.norm(vector))
        return vector / length if length else vector

    def _features(self, text: str) -> Iterator[tuple[str, float]]:
        for word in words(text, self._language):
            yield f"stem:{stem(word, self._language)}", 1.0
            padded = f"<{word}>"
            grams = [
                padded[start : start + size]
                for size in NGRAMS
                for start in range(len(padded) - size + 1)
            ]
            for gram in grams:
                yield gram, NGRAM_WEIGHT / len(grams)
