"""Finds known phrases in a line of words, by an index of first words and a readable notation.

quiero mand*        a star ends a word stem
tipo|tasa de cambio bars separate alternatives
cuanto .. llega     two dots match up to three words
< si >              angle brackets are the start and end of a clause
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lola.models.offline.nlu.text import Word

MAX_GAP = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A phrase that was found: its label and the words from `start` up to `end`."""

    label: str
    start: int
    end: int


class PhraseBook:
    """Labels with their phrases, indexed by first word."""

    def __init__(self, phrases: Mapping[str, Iterable[str]]) -> None:
        self._exact: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        self._stems: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        for label, lines in phrases.items():
            for line in lines:
                parts = tuple(line.split())
                first = parts[1] if parts[0] == "<" else parts[0]
                for word in first.split("|"):
                    index = self._stems if word.endswith("*") else self._exact
                    index.setdefault(word.rstrip("*"), []).append((label, parts))
        self._longest_stem = max(map(len, self._stems), default=0)

    def labels(self, words: Sequence[Word]) -> frozenset[str]:
        """Return every label with a phrase in these words."""
        return frozenset(found.label for found in self.find(words))

    def find(self, words: Sequence[Word]) -> tuple[Found, ...]:
        """Return every phrase found, leftmost and then longest first."""
        found = [
            Found(label=label, start=start, end=end)
            for start in range(len(words))
            for label, parts in self._candidates(words[start].key)
            if (end := _match(parts, words, start)) > start
        ]
        return tuple(sorted(found, key=lambda item: (item.start, item.start - item.end)))

    def longest(self, words: Sequence[Word]) -> tuple[Found, ...]:
        """Return phrases that do not overlap, the longest at each place."""
        kept: list[Found] = []
        for item in self.find(words):
            if not kept or item.start >= kept[-1].end:
                kept.append(item)
        return tuple(kept)

    def _candidates(self, key: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        yield from self._exact.get(key, ())
        for length in range(2, min(len(key), self._longest_stem) + 1):
            yield from self._stems.get(key[:length], ())


def _match(parts: tuple[str, ...], words: Sequence[Word], start: int) -> int:
    """Return where the phrase ends when it begins at `start`, else -1."""
    if parts[0] == "<":
        if start and not words[start].breaks:
            return -1
        parts = parts[1:]
    return _rest(parts, words, start)


def _rest(parts: tuple[str, ...], words: Sequence[Word], at: int) -> int:
    for position, part in enumerate(parts):
        if part == "..":
            tail = parts[position + 1 :]
            ends = (_rest(tail, words, at + skip) for skip in range(MAX_GAP + 1))
            return next((end for end in ends if end >= 0), -1)
        if part == ">":
            return at if at == len(words) or words[at].breaks else -1
        if at >= len(words) or not _is(words[at].key, part):
            return -1
        at += 1
    return at


def _is(key: str, part: str) -> bool:
    return any(
        key.startswith(word[:-1]) if word.endswith("*") else key == word for word in part.split("|")
    )
