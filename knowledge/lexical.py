"""Word search: BM25 over stems and concepts, in memory.

A score is the share of the question that a part covers, from 0 to 1, with rare words weighted most.
Scores are therefore comparable between questions, which a floor needs. A word that no part has
counts as the rarest and lowers the score.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

from knowledge.stems import SOUND, Word

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[tuple[int], np.dtype[np.float32]]

SATURATION = 1.2
LENGTH_WEIGHT = 0.3
CONCEPT_WEIGHT = 0.85
UNKNOWN_IN_CONCEPTS = 0.4
UNKNOWN_FIGURE = 0.2
BODY_WEIGHT = 0.7
SOUND_WEIGHT = 0.75
MARK = "="


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """The words of a part. `titles` are headings, ways to ask and the cells of a row."""

    titles: Sequence[Word]
    words: Sequence[Word] = ()


class LexicalIndex:
    """BM25 over parts given as words. Read-only, so threads may share it."""

    def __init__(self, parts: Sequence[Searched]) -> None:
        import numpy as np

        self._count = len(parts)
        average = sum(len(part.words) + len(part.titles) for part in parts) / max(1, self._count)
        numbers: dict[str, array[int]] = defaultdict(lambda: array("i"))
        weights: dict[str, array[float]] = defaultdict(lambda: array("f"))
        for number, part in enumerate(parts):
            size = len(part.words) + len(part.titles)
            length = 1 - LENGTH_WEIGHT + LENGTH_WEIGHT * size / (average or 1.0)
            titled = _counted(part.titles)
            for key, times in _counted((*part.titles, *part.words)).items():
                weight = times * (SATURATION + 1) / (times + SATURATION * length)
                share = 1.0 if key in titled else BODY_WEIGHT
                numbers[key].append(number)
                # At most 1: a repeated word must not replace a missing one.
                weights[key].append(share * min(1.0, weight))
        self._postings = {
            key: (np.frombuffer(held, dtype=np.int32), np.frombuffer(weights[key], np.float32))
            for key, held in numbers.items()
        }

    def search(self, question: Iterable[Word], *, exact: bool = True) -> "Floats":
        """Return the score of every part, from 0 to 1.

        Without `exact` only concepts count, and a word without one weighs less.
        """
        import numpy as np

        scores = np.zeros(self._count, dtype=np.float32)
        total = 0.0
        for word in dict.fromkeys(question):
            covered = self._covered(word, exact=exact)
            holders = int(np.count_nonzero(covered)) if covered is not None else 0
            rarity = log(1 + (self._count - holders + 0.5) / (holders + 0.5))
            if not holders and word.stems[0][0].isdigit():
                # The amount that a sender names is seldom a figure of a document.
                rarity *= UNKNOWN_FIGURE
            total += rarity if exact or holders else UNKNOWN_IN_CONCEPTS * rarity
            if covered is not None:
                scores += rarity * covered
        return scores / total if total else scores

    def _covered(self, word: Word, *, exact: bool) -> "Floats | None":
        """Return how well each part covers a word; None when no part has it."""
        import numpy as np

        weighed = ((stem, SOUND_WEIGHT if stem[0] == SOUND else 1.0) for stem in word.stems)
        keys = list(weighed) if exact else []
        keys += [(MARK + concept, CONCEPT_WEIGHT) for concept in word.concepts]
        found = [(self._postings[key], weight) for key, weight in keys if key in self._postings]
        if not found:
            return None
        covered = np.zeros(self._count, dtype=np.float32)
        for (numbers, weights), weight in found:
            covered[numbers] = np.maximum(covered[numbers], weight * weights)
        return covered


def _counted(words: Iterable[Word]) -> dict[str, int]:
    counted: dict[str, int] = defaultdict(int)
    for word in words:
        for stem in word.stems:
            counted[stem] += 1
        for concept in word.concepts:
            counted[MARK + concept] += 1
    return counted
