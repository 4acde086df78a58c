"""The trained classifier of intents: which of its labels a line most likely has.

A linear model over hashed features, trained by `make train-intents` and stored as whole numbers in
`weights.npz`. It has no vocabulary, no network and no state, and never decides about money.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from lola.models.offline.nlu.features import features

WEIGHTS = Path(__file__).parent / "weights.npz"
FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A label and how likely it is, from 0 to 1, as measured on lines held out of training."""

    label: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """A row of whole numbers for each bucket, one for each label; `scale` makes them scores.

    `temperature` calibrates the confidence. Below `floor` a guess counts as not understood.
    """

    labels: tuple[str, ...]
    rows: NDArray[np.int8]
    scale: float
    bias: NDArray[np.float32]
    temperature: float
    floor: float
    corpus: str

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Self:
        """Read stored weights. Raise ValueError when they have another format."""
        with np.load(path, allow_pickle=False) as stored:
            if int(stored["format"]) != FORMAT:
                raise ValueError(f"weights of format {int(stored['format'])}")
            return cls(
                labels=tuple(map(str, stored["labels"])),
                rows=stored["rows"],
                scale=float(stored["scale"]),
                bias=stored["bias"],
                temperature=float(stored["temperature"]),
                floor=float(stored["floor"]),
                corpus=str(stored["corpus"]),
            )

    def save(self, path: Path) -> None:
        """Write the weights; the same weights give the same arrays."""
        np.savez_compressed(
            path,
            format=FORMAT,
            labels=np.array(self.labels),
            rows=self.rows,
            scale=self.scale,
            bias=self.bias,
            temperature=self.temperature,
            floor=self.floor,
            corpus=self.corpus,
        )

    def scores(self, text: str) -> NDArray[np.float32]:
        """Return the score of each label, before calibration."""
        buckets, weights = features(text)
        scores: NDArray[np.float32] = (weights @ self.rows[buckets]) * self.scale + self.bias
        return scores

    def guesses(self, text: str) -> tuple[Guess, ...]:
        """Return every label with its confidence, the likeliest first."""
        scores = self.scores(text) / self.temperature
        odds = np.exp(scores - scores.max())
        odds /= odds.sum()
        order = np.argsort(-odds, kind="stable")
        return tuple(Guess(label=self.labels[at], confidence=float(odds[at])) for at in order)


@cache
def weights() -> Weights:
    """Return the weights of the package."""
    return Weights.load()


@lru_cache(maxsize=2_000)
def guess(text: str) -> Guess | None:
    """Return what a line most likely means; None when nothing is likely enough."""
    if any(map(str.isdigit, text)) and not any(map(str.isalpha, text)):
        # Bare digits are an answer to what was asked, whatever they look like.
        return None
    if not any(char.isalnum() for char in text):
        return None
    first = weights().guesses(text)[0]
    return first if first.confidence >= weights().floor else None
