"""Says how usual words and their order are in Spanish and English, from a table of counts.

For detectors of replies that are not plain language. `make train-language` builds the table from
the project's own texts; it holds frequent words, and pairs of words or endings, but no text.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from lola.text.folding import unaccented
from lola.text.language import is_word_of_ours

TABLE = Path(__file__).with_name("word_order.json")
START, END, NAME, NUMBER = "^", "$", "N", "#"
_SMOOTH = 0.3
"""Added to counted and to expected pairs, so that a rare pair says little."""
_ENDING = 2
_PIECE = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+(?:[.,]\d+)*|[^\w\s,'’*_~`$%€£#-]|\n")


def segments(text: str) -> Iterator[list[str]]:
    """Yield the words and numbers between marks; commas, hyphens and money signs are no marks."""
    words: list[str] = []
    for piece in _PIECE.findall(text):
        if piece[0].isalnum():
            words.append(piece)
        elif words:
            yield words
            words = []
    if words:
        yield words


def kinds_of(words: Sequence[str], frequent: frozenset[str]) -> list[str]:
    """Return what counts of each word: itself if frequent, else its ending, a name or a number."""
    return [_kind(word, at == 0, frequent) for at, word in enumerate(words)]


def _kind(word: str, is_first: bool, frequent: frozenset[str]) -> str:
    if not word[0].isalpha():
        return NUMBER
    folded = unaccented(word)
    if folded in frequent:
        return folded
    return NAME if word[0].isupper() and not is_first else f"-{folded[-_ENDING:]}"


class WordOrder:
    """The table: usual words, and how much more often than by chance one follows another."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._known = frozenset(table["known"].split())
        self._frequent = frozenset(table["frequent"].split())
        self._singles: Mapping[str, int] = table["singles"]
        self._total = max(1, sum(self._singles.values()))
        self._pairs = {
            (first, second): self._weight(first, second, count)
            for first, seconds in table["pairs"].items()
            for second, count in seconds.items()
        }

    def is_known(self, word: str) -> bool:
        """Return whether a folded word is a usual one of either language."""
        return word in self._known or is_word_of_ours(word)

    def kinds(self, words: Sequence[str]) -> list[str]:
        """Return the kinds of words in their order, for `usual`."""
        return kinds_of(words, self._frequent)

    def usual(self, kinds: Sequence[str]) -> float:
        """Return how usual an order is, on average of its pairs; 0 is what chance would give."""
        pairs = pairwise((START, *kinds, END))
        return sum(map(self._of_pair, pairs)) / (len(kinds) + 1)

    def _of_pair(self, pair: tuple[str, str]) -> float:
        weight = self._pairs.get(pair)
        return self._weight(*pair, 0) if weight is None else weight

    def _weight(self, first: str, second: str, count: int) -> float:
        expected = self._singles.get(first, 0) * self._singles.get(second, 0) / self._total
        return math.log((count + _SMOOTH) / (expected + _SMOOTH))


@cache
def word_order() -> WordOrder:
    """Return the table that is installed with the service."""
    return WordOrder(json.loads(TABLE.read_text(encoding="utf-8")))
