"""Word search: BM25 over stems, in memory.

A score is the share of the question that a part covers, from 0 to 1, with rare words weighted most.
Scores are therefore comparable between questions, which a threshold needs. A word that no part has
counts as the rarest and lowers the score.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from math import log

SATURATION = 1.2
LENGTH_WEIGHT = 0.5


class LexicalIndex:
    """BM25 over parts given as stems. Read-only, so threads may share it."""

    def __init__(self, parts: Sequence[Sequence[str]]) -> None:
        self._count = len(parts)
        average = sum(map(len, parts)) / max(1, self._count) or 1.0
        self._postings: dict[str, dict[int, float]] = defaultdict(dict)
        for number, stems in enumerate(parts):
            length = 1 - LENGTH_WEIGHT + LENGTH_WEIGHT * len(stems) / average
            for stem, times in Counter(stems).items():
                weight = times * (SATURATION + 1) / (times + SATURATION * length)
                # At most 1: a repeated word must not replace a missing one.
                self._postings[stem][number] = min(1.0, weight)

    def search(self, question: Iterable[str]) -> dict[int, float]:
        """Return part number → score from 0 to 1, for parts that share a stem."""
        scores: dict[int, float] = defaultdict(float)
        total = 0.0
        for stem in set(question):
            holders = self._postings.get(stem, {})
            rarity = log(1 + (self._count - len(holders) + 0.5) / (len(holders) + 0.5))
            total += rarity
            for number, weight in holders.items():
                scores[number] += rarity * weight
        return {number: score / total for number, score in scores.items()}
