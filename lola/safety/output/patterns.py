"""The pattern language of the claims grammar: classes of words, and sequences of them.

A class lists words, `stem-` and `-ending`; an entry with an accent is compared with accents, and
`!word` takes a word out. A pattern is a sequence of `word` or `@class`, joined by `|` (either), `&`
(both) and `!` (not). Fillers (adverbs, pronouns) may be between its parts; `..` allows five more
words and `...` any number in the clause; `^` and `$` are the clause's ends. Matching is linear in
the words.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import Generic, TypeVar

from lola.safety.output.clauses import Word

Owner = TypeVar("Owner")

_NEAR = 5
_ANYWHERE = 10_000
_MIN_STEM = 2


class Lexicon:
    """Gives each word the set of its classes, as bits of one number.

    `same` names forms that are read like another word: "puedes" like "puede".
    """

    def __init__(
        self,
        classes: Mapping[str, str],
        literals: Iterable[str],
        same: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._words: dict[str, int] = {}
        self._stems: dict[str, int] = {}
        self._endings: dict[str, int] = {}
        self._excluded: dict[str, int] = {}
        self._bits: dict[str, int] = {}
        self._defined = {"@number", "@capital", *(f"@{name}" for name in classes)}
        for literal in literals:
            self._add(literal, self.bit(literal))
        for name, entries in classes.items():
            for entry in _expanded(entries, classes):
                self._add(entry, self.bit(f"@{name}"))
        for base, forms in same.items():
            for form in forms.split():
                self._words[form] = self._words.get(form, 0) | self._found(base)
        self.filler = self.bit("@filler")
        self._number = self.bit("@number")
        self._capital = self.bit("@capital")

    @property
    def undefined(self) -> frozenset[str]:
        """Classes that patterns name and no table defines."""
        used = {name for name in self._bits if name.startswith("@")}
        return frozenset(used - self._defined)

    def bit(self, name: str) -> int:
        """Return the bit of a class or literal word."""
        return self._bits.setdefault(name, 1 << len(self._bits))

    def classes_of(self, word: Word) -> int:
        """Return all classes of a word."""
        found = self._number if word.text[0].isdigit() else 0
        if word.is_capital:
            found |= self._capital
        excluded = 0
        for form in (word.folded,) if word.folded == word.text else (word.folded, word.text):
            found |= self._found(form)
            excluded |= self._excluded.get(form, 0)
        return found & ~excluded

    def _found(self, form: str) -> int:
        found = self._words.get(form, 0) | self._endings.get(form[-1:], 0)
        for size in range(_MIN_STEM, len(form) + 1):
            found |= self._stems.get(form[:size], 0) | self._endings.get(form[-size:], 0)
        return found

    def _add(self, entry: str, bit: int) -> None:
        if entry.startswith("!"):
            table, key = self._excluded, entry[1:]
        elif entry.endswith("-"):
            table, key = self._stems, entry[:-1]
        elif entry.startswith("-"):
            table, key = self._endings, entry[1:]
        else:
            table, key = self._words, entry
        table[key] = table.get(key, 0) | bit


def _expanded(entries: str, classes: Mapping[str, str]) -> Iterable[str]:
    for entry in entries.split():
        if entry.startswith("@"):
            yield from _expanded(classes[entry[1:]], classes)
        else:
            yield entry


@dataclass(frozen=True, slots=True)
class _Part:
    """One step: the ways it may match (bits it has, bits it lacks), and the gap before it."""

    ways: tuple[tuple[int, int], ...]
    gap: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A compiled sequence of parts."""

    parts: tuple[_Part, ...]
    needed: int
    either: tuple[int, ...]
    at_start: bool
    at_end: bool

    def may_match(self, present: int) -> bool:
        """Return whether each part finds a class among those of a whole clause."""
        if present & self.needed != self.needed:
            return False
        for mask in self.either:  # noqa: SIM110 - a generator would double the time of the guard
            if not present & mask:
                return False
        return True

    def find_all(self, words: Sequence[int], filler: int) -> Iterator[tuple[int, int]]:
        """Yield the first and last position of every match, one for each place where one ends."""
        reach = _led_by_fillers(words, filler) if self.at_start else len(words)
        ends = {at: at for at, word in enumerate(words[:reach]) if _fits(self.parts[0], word)}
        for part in self.parts[1:]:
            if not ends:
                return
            ends = _next(part, words, filler, ends)
        tail = len(words) - _led_by_fillers(words[::-1], filler) if self.at_end else 0
        for end, start in ends.items():
            if end >= tail:
                yield start, end


class PatternIndex(Generic[Owner]):
    """Finds patterns by a class that they need, so that a clause is not compared with each.

    Each pattern belongs to an owner, such as a rule.
    """

    def __init__(self, owned: Iterable[tuple[Owner, Pattern]]) -> None:
        self._by_bit: dict[int, list[tuple[Owner, Pattern]]] = {}
        for owner, pattern in owned:
            # Literal words have the lowest bits, and are rarer than classes.
            lowest = pattern.needed & -pattern.needed
            for bit in _bits(lowest or pattern.either[0]):
                self._by_bit.setdefault(bit, []).append((owner, pattern))

    def find_all(self, words: Sequence[int], filler: int) -> Iterator[tuple[Owner, int, int]]:
        """Yield owner, first and last position of every match in a clause."""
        present = reduce(or_, words, 0)
        candidates = {
            id(pattern): (owner, pattern)
            for bit in _bits(present)
            for owner, pattern in self._by_bit.get(bit, ())
        }
        for owner, pattern in candidates.values():
            if pattern.may_match(present):
                for start, end in pattern.find_all(words, filler):
                    yield owner, start, end


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest
        mask ^= lowest


def _led_by_fillers(words: Sequence[int], filler: int) -> int:
    """Return how many words from the start are fillers, and the one after them."""
    for position, word in enumerate(words):
        if not word & filler:
            return position + 1
    return len(words)


def _next(
    part: _Part, words: Sequence[int], filler: int, ends: Mapping[int, int]
) -> dict[int, int]:
    found: dict[int, int] = {}
    # The nearest end before a position is the best one: it leaves the smallest gap.
    nearest, skipped = -1, 0
    for position, word in enumerate(words):
        if nearest >= 0 and skipped <= part.gap and _fits(part, word):
            found[position] = ends[nearest]
        if position in ends:
            nearest, skipped = position, 0
        elif not word & filler:
            skipped += 1
    return found


def _fits(part: _Part, word: int) -> bool:
    return any(word & has == has and not word & lacks for has, lacks in part.ways)


def compile_pattern(text: str, lexicon: Lexicon) -> Pattern:
    """Compile a pattern; its literal words must be known to the lexicon."""
    parts: list[_Part] = []
    gap = 0
    items = text.split()
    at_start, at_end = items[0] == "^", items[-1] == "$"
    for item in items[at_start : len(items) - at_end]:
        if item in {"..", "..."}:
            gap = _NEAR if item == ".." else _ANYWHERE
            continue
        parts.append(_Part(ways=tuple(_way(way, lexicon) for way in item.split("|")), gap=gap))
        gap = 0
    # What parts with one way need is tested at once: most patterns end here.
    needed = reduce(or_, (part.ways[0][0] for part in parts if len(part.ways) == 1), 0)
    either = (reduce(or_, (has for has, _ in part.ways)) for part in parts if len(part.ways) > 1)
    return Pattern(
        parts=tuple(parts), needed=needed, either=tuple(either), at_start=at_start, at_end=at_end
    )


def literals_of(text: str) -> Iterable[str]:
    """Yield the literal words of a pattern."""
    for item in text.split():
        if item in {"..", "...", "^", "$"}:
            continue
        for name in item.replace("|", "&").split("&"):
            if not name.lstrip("!").startswith("@"):
                yield name.lstrip("!")


def _way(text: str, lexicon: Lexicon) -> tuple[int, int]:
    has = lacks = 0
    for name in text.split("&"):
        if name.startswith("!"):
            lacks |= lexicon.bit(name[1:])
        else:
            has |= lexicon.bit(name)
    return has, lacks
