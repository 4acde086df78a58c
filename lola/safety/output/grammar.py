"""The grammar of claims of one language: moods, rules and excuses, read from its table.

A mood is what keeps a clause from claiming: a denial, a condition, a wish, ignorance, the sender's
own words. A rule names one kind of claim and the fact that supports it. An excuse names what this
service itself does in a chat. The tables are in `lola/safety/output/claim_words/`.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lola.safety.output.clauses import Clause, Word
from lola.safety.output.patterns import (
    Lexicon,
    Owner,
    PatternIndex,
    compile_pattern,
    literals_of,
)

_TABLES = Path(__file__).parent / "claim_words"
_DEEDS = ("act", "paid", "contact", "case", "document", "a person", "data changed")
"""What an excuse excuses when it does not say."""
_SHORT = 3
_DENIAL_REACHES = 7
"""Words after a denial that it still denies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One kind of claim. `evidence` is the fact that supports it; `despite` are the moods in which
    it is a claim all the same. A `general` rule counts where no other rule reads the same words.
    """

    kind: str
    evidence: str = ""
    despite: frozenset[str] = frozenset()
    topical: bool = False
    anywhere: frozenset[str] = frozenset()
    warned: bool = False
    context: str = ""
    without: str = ""
    general: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A rule's match in a clause: positions of its first and last word."""

    rule: Rule
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moods:
    """The moods of a clause by name: positions where each begins."""

    begins: Mapping[str, tuple[int, ...]]
    ends_denial: tuple[int, ...] = ()

    def hold_at(self, match: Match) -> frozenset[str]:
        """Return the moods that a match is in."""
        return frozenset(
            name
            for name, positions in self.begins.items()
            if any(self._reaches(name, position, match) for position in positions)
        )

    def _reaches(self, name: str, position: int, match: Match) -> bool:
        if position > match.end:
            return False
        if name != "deny":
            return True
        cut = any(position < end <= match.start for end in self.ends_denial)
        return not cut and match.start - position <= _DENIAL_REACHES


class Grammar:
    """The rules of one language. Built once; keeps nothing of a reply."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        texts = [
            *(text for patterns in table["moods"].values() for text in patterns),
            *(text for rule in (*table["rule"], *table["excuse"]) for text in rule["patterns"]),
        ]
        literals = {name for text in texts for name in literals_of(text)}
        self._lexicon = Lexicon(table["classes"], literals, table.get("same", {}))
        self._moods = self._indexed(table["moods"].items())
        self._rules = self._indexed((_rule(row), row["patterns"]) for row in table["rule"])
        self._excuses = self._indexed(
            ((row.get("needs", ""), frozenset(row.get("kinds", _DEEDS))), row["patterns"])
            for row in table["excuse"]
        )
        self.undefined = self._lexicon.undefined
        self._conjunction = self._lexicon.bit("@conj")
        self._turning = self._lexicon.bit("@turning")
        self._given = self._lexicon.bit("@given")
        self._common = self._lexicon.bit("@common")
        self._topics = {
            name: self._lexicon.bit(f"@{name}")
            for name in table["classes"]
            if name.startswith("topic_")
        }

    def read(self, clause: Clause) -> tuple[int, ...]:
        """Return the classes of each word."""
        return tuple(self._lexicon.classes_of(word) for word in clause.words)

    def class_of(self, word: Word) -> int:
        """Return the classes of one word."""
        return self._lexicon.classes_of(word)

    def share(self, words: Sequence[int]) -> int:
        """Return how many words are common ones of this language."""
        return sum(bool(word & self._common) for word in words)

    def restates(self, words: Sequence[int]) -> bool:
        """Return whether a clause begins with "already": it states something of its own."""
        return self.has(words[:1], "restating")

    def turns(self, words: Sequence[int]) -> bool:
        """Return whether a clause begins with "but": what was not known may be said now."""
        return bool(words and words[0] & self._turning)

    def question_begins(self, clauses: Sequence[Sequence[int]]) -> int:
        """Return the clause where a question begins: "it is paid, what else can I do?"."""
        asking = (at for at, words in enumerate(clauses) if self.has(words[:1], "asking"))
        return next(asking, 0)

    def topics(self, words: Sequence[int]) -> frozenset[str]:
        """Return what a clause is about."""
        return frozenset(
            name for name, bit in self._topics.items() if any(word & bit for word in words)
        )

    def has(self, words: Sequence[int], name: str) -> bool:
        """Return whether a word of this class is among them."""
        bit = self._lexicon.bit(f"@{name}")
        return any(word & bit for word in words)

    def is_denial(self, words: Sequence[int]) -> bool:
        """Return whether a clause only denies: "todavía no"."""
        return self.has(words, "negative") and len(words) <= _SHORT

    def is_given_name(self, word: Word) -> bool:
        """Return whether a word is a usual first name."""
        return bool(self._lexicon.classes_of(word) & self._given)

    def moods(self, words: Sequence[int]) -> Moods:
        """Return the moods that begin in a clause."""
        begins: dict[str, tuple[int, ...]] = {}
        for name, start, end in self._moods.find_all(words, self._lexicon.filler):
            begins[name] = (*begins.get(name, ()), end if name == "deny" else start)
        cuts = tuple(position for position, word in enumerate(words) if word & self._conjunction)
        return Moods(begins=begins, ends_denial=cuts)

    def matches(self, words: Sequence[int]) -> Iterator[Match]:
        """Yield every match of every rule."""
        for rule, start, end in self._rules.find_all(words, self._lexicon.filler):
            yield Match(rule=rule, start=start, end=end)

    def excuses(self, words: Sequence[int]) -> Iterator[tuple[str, frozenset[str], int, int]]:
        """Yield what the service itself does: the fact it needs, kinds, first and last word."""
        for (needs, kinds), start, end in self._excuses.find_all(words, self._lexicon.filler):
            yield needs, kinds, start, end

    def _indexed(self, texts: Iterable[tuple[Owner, Sequence[str]]]) -> PatternIndex[Owner]:
        return PatternIndex(
            (owner, compile_pattern(text, self._lexicon))
            for owner, patterns in texts
            for text in patterns
        )


def _rule(row: Mapping[str, Any]) -> Rule:
    return Rule(
        kind=row["kind"],
        evidence=row.get("evidence", ""),
        despite=_despite(row),
        topical=row.get("topical", False),
        anywhere=frozenset(row.get("anywhere", ())),
        warned=row.get("warned", False),
        context=row.get("with", ""),
        without=row.get("without", ""),
        general=row.get("general", False),
    )


def _despite(rule: Mapping[str, Any]) -> frozenset[str]:
    moods = frozenset(rule.get("despite", ()))
    if rule.get("promises") or "condition" in moods:
        # What a condition leads to is promised all the same.
        moods |= {"after condition"}
    # "I don't see when it will be paid" only asks; it says no deed of a kind of its own.
    if not rule.get("general"):
        moods |= {"asked"}
    # "If you like, I ask a person" is an offer; of a time or a refund it is a promise.
    return moods if rule.get("offered") else moods | {"wish"}


@cache
def grammars() -> Mapping[str, Grammar]:
    """Return the grammar of each language."""
    return {
        path.stem: Grammar(tomllib.loads(path.read_text(encoding="utf-8")))
        for path in sorted(_TABLES.glob("*.toml"))
    }
