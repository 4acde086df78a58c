"""Counts words and their order; the same texts give the same table."""

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from lola.text.folding import unaccented
from lola.text.word_order import END, START, kinds_of, segments

FREQUENT = 800
"""Words that count as themselves; the others count by their endings."""
LEAST_SEEN = 2
"""A word that was seen once may be a misspelling."""


def count(texts: Iterable[str]) -> dict[str, Any]:
    """Return the table of `lola.text.word_order`."""
    found = [segment for text in texts for segment in segments(text)]
    seen = Counter(unaccented(word) for words in found for word in words if word[0].isalpha())
    ranked = sorted(seen, key=lambda word: (-seen[word], word))
    frequent = frozenset(ranked[:FREQUENT])
    singles, pairs = Counter[str](), Counter[tuple[str, str]]()
    for words in found:
        kinds = [START, *kinds_of(words, frequent), END]
        singles.update(kinds)
        pairs.update(pairwise(kinds))
    nested: dict[str, dict[str, int]] = {}
    for (first, second), number in sorted(pairs.items()):
        nested.setdefault(first, {})[second] = number
    return {
        "known": " ".join(sorted(word for word in seen if seen[word] >= LEAST_SEEN)),
        "frequent": " ".join(sorted(frequent)),
        "singles": dict(sorted(singles.items())),
        "pairs": nested,
    }
