"""Finds what a reply claims without a fact of this turn (docs/safety.md G9).

What was done or will be, who is verified, who was asked, when something arrives, what is free or
certain, who writes; and requests for secrets. A small grammar reads clause by clause; an approved
passage supports what it words itself. Pure, and linear in the reply.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from lola.domain.messages import JsonObject
from lola.safety.output.clauses import Clause, Sentence, Word, sentences
from lola.safety.output.evidence import Evidence, evidence_in
from lola.safety.output.grammar import Match, Moods, grammars
from lola.text.number_words import MARK, digits_for_words

_Excuse = tuple[frozenset[str], int, int]
"""Kinds that are excused between two positions of a clause."""
_LONG_NUMBER = 3
_ENOUGH = 20
"""Claims after which a reply is read no further: it is refused anyway."""
_DENIED = 3
"""Words before a name among which a denial says that it is not about that person."""
_VOCATIVE = 3
"""Words of a clause that may only address somebody: "doña Elena"."""


class _Sources(Protocol):
    """The part of `lola.safety.output.grounding.Sources` that claims are checked against."""

    @property
    def tool_results(self) -> tuple[JsonObject, ...]: ...
    @property
    def facts(self) -> tuple[JsonObject, ...]: ...
    @property
    def passages(self) -> tuple[str, ...]: ...
    @property
    def sender_words(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim as the reply words it. `kind` names what is claimed."""

    kind: str
    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A claim with what is needed to judge it."""

    claim: Claim
    match: Match
    clause: Clause
    sentence: Sentence
    topics: frozenset[str]
    nearby: frozenset[str]
    language: str

    @property
    def phrase(self) -> str:
        return _plain(self._words)

    @property
    def numbers(self) -> frozenset[str]:
        # "Twenty-four hours": the match may begin in the middle of a number in words.
        return _numbers(
            self.clause.words[max(0, self.match.start - _LONG_NUMBER) : self.match.end + 1],
            self.language,
        )

    @property
    def all_numbers(self) -> frozenset[str]:
        """The numbers of the whole clause."""
        return _numbers(self.clause.words, self.language)

    @property
    def _words(self) -> Sequence[Word]:
        return self.clause.words[self.match.start : self.match.end + 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Approved:
    """One sentence of a passage: its words, the kinds it states and its topics."""

    text: str
    kinds: frozenset[str]
    topics: frozenset[str]

    @property
    def numbers(self) -> frozenset[str]:
        return frozenset(word for word in self.text.split() if word.isdigit())


def unsupported_claims(reply: str, sources: _Sources) -> tuple[Claim, ...]:
    """Return the claims of `reply` that neither a result nor a passage supports."""
    evidence = evidence_in((*sources.tool_results, *sources.facts))
    said = tuple(sentences(reply))
    asked = _named(_clauses(sentences(sources.sender_words)), evidence)
    everywhere = _named(_clauses(said), evidence, asked)
    texts = (*sources.passages, *evidence.texts)
    approved = tuple(item for text in texts for item in _approved(text))
    found: list[Claim] = []
    for read in _claims(said, evidence):
        named = (
            _named((read.clause,), evidence, asked)
            or _named(read.sentence.clauses, evidence, asked)
            or everywhere
        )
        supported = (
            evidence.supports(read.match.rule.evidence, named, asked, everywhere)
            or (read.match.rule.topical and read.numbers & evidence.durations)
            or _is_approved(read, approved)
        )
        if not supported:
            found.append(read.claim)
        if len(found) >= _ENOUGH:
            break
    return tuple(found)


def _claims(said: Sequence[Sentence], evidence: Evidence) -> Iterator[_Read]:
    read = {
        name: [[grammar.read(clause) for clause in sentence.clauses] for sentence in said]
        for name, grammar in grammars().items()
    }
    mentioned = {
        name: [word for clauses in found for words in clauses for word in words]
        for name, found in read.items()
    }
    for index, sentence in enumerate(said):
        words = {name: found[index] for name, found in read.items()}
        for name in _languages(words):
            reader = _SentenceReader(sentence, name, words[name], evidence, mentioned[name])
            yield from reader.claims()


class _SentenceReader:
    """Reads one sentence clause by clause with what earlier clauses of it left behind."""

    def __init__(
        self,
        sentence: Sentence,
        language: str,
        words: Sequence[Sequence[int]],
        evidence: Evidence,
        mentioned: Sequence[int],
    ) -> None:
        self._sentence = sentence
        self._language = language
        grammar = self._grammar = grammars()[language]
        self._evidence = evidence
        self._mentioned = mentioned
        self._words = words
        self._topics = grammar.topics([word for words in self._words for word in words])
        self._moods = [grammar.moods(words) for words in self._words]
        begun = {name for moods in self._moods for name in moods.begins}
        self._asked_from = grammar.question_begins(words) if sentence.is_question else len(words)
        self._carried = begun & {"whole", "wish"}
        self._page = frozenset[str]()
        self._is_warning = "warning" in begun
        # What somebody else is said to have said, in quotation marks, is not said by this reply.
        everything = [word for words in self._words for word in words]
        self._is_quoting = grammar.has(everything, "defining") or (
            grammar.has(everything, "quoting") and not grammar.has(everything, "own_source")
        )

    def claims(self) -> Iterator[_Read]:
        """Yield the claims of the sentence, whether something supports them or not."""
        for index, clause in enumerate(self._sentence.clauses):
            words, moods = self._words[index], self._moods[index]
            if index >= self._asked_from:
                self._carried.add("question")
            if self._grammar.turns(words):
                self._carried -= {"unknown", "reported"}
            if self._grammar.restates(words):
                self._carried -= {"unknown"}
            if "here" in moods.begins:
                self._page = frozenset()
            excuses = self._excuses(words)
            matches = [
                match
                for match in self._grammar.matches(words)
                if not self._is_excused(match, index, excuses)
            ]
            for match in _specific(matches):
                yield self._read(match, clause, words)
            self._carry(moods, clause.mark)

    def _is_excused(self, match: Match, index: int, excuses: Sequence[_Excuse]) -> bool:
        rule, moods = match.rule, self._moods[index]
        held = (moods.hold_at(match) | self._carried) - {"warning", "page", "here"}
        if self._is_quoting and self._sentence.clauses[index].words[match.end].is_quoted:
            return True
        if rule.anywhere & (moods.begins.keys() | self._page):
            return True
        if rule.warned and self._is_warning:
            return True
        if rule.without and self._grammar.has(self._words[index], rule.without):
            return True
        if rule.context and not self._mentions(rule.context):
            return True
        following = self._words[index + 1] if index + 1 < len(self._words) else ()
        is_bare = match.end - match.start + 1 == len(self._words[index])
        if is_bare and following and self._grammar.is_denial(following):
            return True
        return bool(held - rule.despite) or any(
            start <= match.end <= end
            if rule.general
            else rule.kind in kinds and match.start <= end and start <= match.end
            for kinds, start, end in excuses
        )

    def _excuses(self, words: Sequence[int]) -> list[_Excuse]:
        nothing = frozenset[str]()
        return [
            (kinds, start, end)
            for needs, kinds, start, end in self._grammar.excuses(words)
            if not needs or self._evidence.supports(needs, nothing, nothing, nothing)
        ]

    def _mentions(self, name: str) -> bool:
        return self._grammar.has(self._mentioned, name)

    def _read(self, match: Match, clause: Clause, words: Sequence[int]) -> _Read:
        excerpt = " ".join(word.text for word in clause.words[match.start : match.end + 1])
        return _Read(
            claim=Claim(kind=match.rule.kind, excerpt=excerpt),
            match=match,
            clause=clause,
            sentence=self._sentence,
            topics=self._grammar.topics(words),
            nearby=self._topics,
            language=self._language,
        )

    def _carry(self, moods: Moods, mark: str) -> None:
        """Keep what a clause says about the ones after it."""
        if "condition" in moods.begins:
            self._carried.add("after condition")
        self._carried |= moods.begins.keys() & {"unknown", "reported"}
        # "Open the link, type your card number": what follows is typed on the page.
        self._page |= moods.begins.keys() & {"page"}
        if mark == ":":
            self._carried -= {"unknown", "reported", "after condition"}


def _specific(matches: Sequence[Match]) -> Iterator[Match]:
    """Yield the matches, general ones only where no other reads the same words."""
    for match in matches:
        if not match.rule.general or not any(
            other.start <= match.end <= other.end for other in matches if not other.rule.general
        ):
            yield match


def _languages(words: Mapping[str, Sequence[Sequence[int]]]) -> tuple[str, ...]:
    """Return the languages that a sentence may be in; all of them when its words do not tell."""
    shares = {name: sum(map(grammar.share, words[name])) for name, grammar in grammars().items()}
    most = max(shares.values())
    if most == 0:
        return tuple(shares)
    return tuple(name for name, share in shares.items() if share * 2 >= most)


def _clauses(said: Iterable[Sentence]) -> tuple[Clause, ...]:
    return tuple(clause for sentence in said for clause in sentence.clauses)


def _named(
    clauses: Iterable[Clause], evidence: Evidence, asked: frozenset[str] = frozenset()
) -> frozenset[str]:
    """Return the people and references that clauses name."""
    known = evidence.names | evidence.references | asked
    return frozenset(
        word.folded
        for clause in clauses
        for position, word in enumerate(clause.words)
        if (
            word.folded in known
            or (len(clause.words) > _VOCATIVE and word.is_capital and _is_name(word))
        )
        and not _is_denied(clause.words[max(0, position - _DENIED) : position])
    )


def _is_denied(words: Sequence[Word]) -> bool:
    """Return whether words deny what follows at once: "not María's", "no el de María"."""
    return any(
        grammar.has([grammar.class_of(word)], "negative")
        for grammar in grammars().values()
        for word in words
    )


def _is_name(word: Word) -> bool:
    return any(grammar.is_given_name(word) for grammar in grammars().values())


def _is_approved(read: _Read, approved: Iterable[_Approved]) -> bool:
    return any(
        read.topics <= item.topics
        and (
            (
                f" {read.phrase} " in f" {item.text} "
                and (" " in read.phrase or read.claim.kind in item.kinds)
            )
            or (
                read.match.rule.topical
                and (read.topics or read.nearby & item.topics or not item.topics)
                and read.claim.kind in item.kinds
                and (read.claim.kind != "time" or read.all_numbers)
                and read.all_numbers <= item.numbers
            )
        )
        for item in approved
    )


@lru_cache(maxsize=256)
def _approved(passage: str) -> tuple[_Approved, ...]:
    """Read a passage: approved texts come again and again, so this is remembered."""
    found: list[_Approved] = []
    for sentence in sentences(passage):
        kinds: set[str] = set()
        topics: set[str] = set()
        read = {
            name: [grammar.read(clause) for clause in sentence.clauses]
            for name, grammar in grammars().items()
        }
        for name in _languages(read):
            grammar = grammars()[name]
            for words in read[name]:
                kinds |= {match.rule.kind for match in grammar.matches(words)}
                topics |= grammar.topics(words)
        text = " ".join(_plain(clause.words) for clause in sentence.clauses)
        found.append(_Approved(text=text, kinds=frozenset(kinds), topics=frozenset(topics)))
    return tuple(found)


def _numbers(words: Sequence[Word], language: str) -> frozenset[str]:
    spelled = digits_for_words(_plain(words), language).replace(MARK, "")
    return frozenset(word for word in spelled.split() if word.replace(":", "").isdigit())


def _plain(words: Sequence[Word]) -> str:
    return " ".join(word.folded for word in words)
