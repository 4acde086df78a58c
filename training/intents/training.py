"""Trains the offline model's intent classifier from `train.jsonl`; the same input, the same output.

One row at a time with AdaGrad, so no matrix library decides the order of a sum. Half of a row's
features are left out at random each time, and the weights of the later epochs are averaged.
"""

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lola.models.offline.nlu.classifier import Weights
from lola.models.offline.nlu.features import BUCKETS, features

HERE = Path(__file__).parent
CORPUS = HERE / "train.jsonl"
SEED = 20
EPOCHS = 16
AVERAGED = 8
"""The weights after so many last epochs are averaged."""
LEFT_OUT = 0.5
SMOOTHING = 0.1
"""Shared among all labels, since a label may be disputed."""
RATE = 0.6
BIAS_RATE = 0.01
PARTS = 5
"""Each part of the rows is judged by a model that was trained with the others."""
STEPS = 127
TEMPERATURES = [step / 20 for step in range(8, 61)]
PRECISION = 0.82
"""The floor is the confidence from which so many held-out guesses are right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One utterance with its label."""

    lang: str
    intent: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A row as the model sees it."""

    buckets: NDArray[np.int64]
    weights: NDArray[np.float32]
    label: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """How a model does on rows that it was not trained with."""

    rows: int
    accuracy: float
    decided: float
    precision: float


def read_rows(path: Path = CORPUS) -> list[Row]:
    """Return the rows of a corpus."""
    return [Row(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def digest(path: Path = CORPUS) -> str:
    """Return the digest of a corpus, which the weights carry."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def in_parts(rows: Sequence[Row]) -> list[list[Row]]:
    """Return the rows in parts with the same share of each intent and language."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.intent, row.lang), []).append(row)
    shuffled = random.Random(SEED)  # noqa: S311 - a repeatable order, no secret
    for key in sorted(groups):
        shuffled.shuffle(groups[key])
    ordered = [row for key in sorted(groups) for row in groups[key]]
    return [ordered[part::PARTS] for part in range(PARTS)]


def train(rows: Sequence[Row], labels: Sequence[str]) -> Weights:
    """Return weights trained with these rows, not calibrated."""
    place = {label: at for at, label in enumerate(labels)}
    examples = [_example(row, place) for row in rows]
    table = np.zeros((BUCKETS, len(labels)), dtype=np.float32)
    squares = np.full_like(table, 1e-2)
    bias = np.zeros(len(labels), dtype=np.float32)
    total = np.zeros_like(table)
    order = random.Random(SEED)  # noqa: S311 - a repeatable order, no secret
    chance = np.random.default_rng(SEED)
    for epoch in range(EPOCHS):
        order.shuffle(examples)
        for example in examples:
            kept = chance.random(len(example.buckets)) >= LEFT_OUT
            buckets = example.buckets[kept]
            weights = example.weights[kept] / np.float32(1 - LEFT_OUT)
            error = _odds(weights @ table[buckets] + bias) - np.float32(SMOOTHING / len(labels))
            error[example.label] -= 1 - SMOOTHING
            slope = weights[:, None] * error
            squares[buckets] += slope * slope
            table[buckets] -= RATE * slope / np.sqrt(squares[buckets])
            bias -= BIAS_RATE * error
        if epoch >= EPOCHS - AVERAGED:
            total += table
    table = total / np.float32(AVERAGED)
    scale = float(np.abs(table).max()) / STEPS
    return Weights(
        labels=tuple(labels),
        rows=np.rint(table / scale).astype(np.int8),
        scale=scale,
        bias=bias,
        temperature=1.0,
        floor=0.0,
        corpus="",
    )


def _example(row: Row, place: dict[str, int]) -> Example:
    buckets, weights = features(row.text)
    return Example(buckets=buckets, weights=weights, label=place[row.intent])


def _odds(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    odds = np.exp(scores - scores.max())
    share: NDArray[np.float32] = odds / odds.sum()
    return share


def held_out_scores(
    parts: Sequence[Sequence[Row]], labels: Sequence[str]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the scores of every row by a model that never saw it, and where its label is."""
    scores: list[NDArray[np.float32]] = []
    truth: list[int] = []
    for part in range(len(parts)):
        others = [row for at, rows in enumerate(parts) if at != part for row in rows]
        weights = train(others, labels)
        scores += [weights.scores(row.text) for row in parts[part]]
        truth += [labels.index(row.intent) for row in parts[part]]
    return np.array(scores, dtype=np.float32), np.array(truth)


def calibrate(
    scores: NDArray[np.float32], truth: NDArray[np.int64]
) -> tuple[float, float, HeldOut]:
    """Return temperature and floor that fit held-out scores, and how right the guesses are."""
    temperature = min(TEMPERATURES, key=lambda value: _loss(scores / np.float32(value), truth))
    odds = np.array([_odds(row) for row in scores / np.float32(temperature)])
    sure, right = odds.max(axis=1), odds.argmax(axis=1) == truth
    floor = next(
        (value / 100 for value in range(20, 100) if right[sure >= value / 100].mean() >= PRECISION),
        1.0,
    )
    decided = sure >= floor
    result = HeldOut(
        rows=len(truth),
        accuracy=float(right.mean()),
        decided=float(decided.mean()),
        precision=float(right[decided].mean()),
    )
    return temperature, floor, result


def _loss(scores: NDArray[np.float32], truth: NDArray[np.int64]) -> float:
    odds = np.array([_odds(row) for row in scores])
    return float(-np.log(odds[np.arange(len(truth)), truth] + 1e-9).mean())
