"""Ranks the passages of an open index for one question; pure, and made for a thread.

A score is the share of the question that a passage covers, word score and vector score added by
weight. Below the floor a passage is no answer. The floors and weights were measured on the tuning
half of the questions of `lola knowledge eval` and reported on the other half (docs/knowledge.md).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import structlog

from knowledge.embedding import EmbeddingUnavailableError
from knowledge.index import Index, topic_of
from knowledge.stems import Word, read
from knowledge.vectors import CANDIDATES, DamagedIndexError
from lola.text.languages import LANGUAGES

FLOOR = 0.52
CROSS_FLOOR = 0.5
TOPIC_WEIGHT = 0.3
STATED_WEIGHT = 0.1
AMOUNT_ASKED = re.compile(r"\b(?:cu[aá]nt[oa]s?|how much|price|cost|fee)\b", re.IGNORECASE)
AMOUNT_STATED = re.compile(r"\d (?:USD|MXN|d[oó]lares|dollars)\b|\$ ?\d")
TIME_ASKED = re.compile(r"\b(?:cu[aá]ndo|when|how (?:long|soon|quickly|fast))\b", re.IGNORECASE)
TIME_STATED = re.compile(r"\b(?:minutos?|horas?|d[ií]as?|minutes?|hours?|days?)\b", re.IGNORECASE)
DURATION = "duration"
CLAUSE_END = re.compile(r"[,;.?!¿¡\n:]")
LEAST_WORDS = 2
MOST_CLAUSES = 4
WITHOUT_VECTORS = "knowledge.vectors_failed"

log = structlog.get_logger(__name__)

Scores = dict[int, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question as it is compared: its words read in each language, and the open topic's."""

    text: str
    words: dict[str, tuple[Word, ...]]
    topic: dict[str, tuple[Word, ...]]

    @classmethod
    def read(cls, text: str, topic: str = "") -> "Query":
        """Read a question and the words of the topic that it may belong to."""
        return cls(text=text, words=_in_each_language(text), topic=_in_each_language(topic))

    @property
    def clauses(self) -> tuple["Query", ...]:
        """The clauses of a longer message, each with the whole message as its topic."""
        parts = [part for part in CLAUSE_END.split(self.text) if part.strip()][-MOST_CLAUSES:]
        if len(parts) < 2:
            return ()
        read_parts = (Query.read(part, self.text) for part in parts)
        return tuple(one for one in read_parts if max(map(len, one.words.values())) >= LEAST_WORDS)

    @property
    def stated(self) -> re.Pattern[str] | None:
        """What an answer has to state: a time, or else an amount of money, if one is asked for."""
        words = (word for read_words in self.words.values() for word in read_words)
        if TIME_ASKED.search(self.text) or any(DURATION in word.concepts for word in words):
            return TIME_STATED
        return AMOUNT_STATED if AMOUNT_ASKED.search(self.text) else None

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to look for: a greeting, in whichever language."""
        return not all(self.words.values())


def _in_each_language(text: str) -> dict[str, tuple[Word, ...]]:
    return {language: tuple(read(text, language)) for language in LANGUAGES}


def rank(
    index: Index, query: Query, language: str, is_served: Callable[[int], bool], limit: int
) -> Sequence[tuple[int, float]]:
    """Return part numbers and scores, best first, for a question or else for its last clause.

    Messages tell a story before they ask: "I sent 150 an hour ago, how do I cancel?".
    """
    if found := _rank(index, query, language, is_served, limit):
        return found
    for clause in reversed(query.clauses):
        if found := _rank(index, clause, language, is_served, limit):
            return found
    return ()


def _rank(
    index: Index, query: Query, language: str, is_served: Callable[[int], bool], limit: int
) -> Sequence[tuple[int, float]]:
    """Return part numbers and scores, best first: in `language`, or else in another one.

    A question is read in its reader's language first, then as one in another language; documents
    that are there only in another language are found by concepts, above a higher floor.
    """
    others = [name for name in sorted(index.lexical) if name != language]
    for name in (language, *others):
        if name in index.lexical:
            scores = native_scores(index, query, name)
            served = {at: one for at, one in scores.items() if one >= FLOOR and is_served(at)}
            if served:
                return _ordered(index, query, name, served)[:limit]
    for asked, name in _crossings(index, query, language):
        held = index.lexical[asked].topics if asked in index.lexical else frozenset()

        served = {
            at: one
            for at, one in cross_scores(index, query, asked, name).items()
            if one >= CROSS_FLOOR
            and is_served(at)
            and topic_of(index.parts[at].document) not in held
        }
        if served:
            return _ordered(index, query, name, served)[:limit]
    return ()


def native_scores(index: Index, query: Query, language: str) -> Scores:
    """Return the scores of the parts of a language for a question read in that language."""
    words = query.words.get(language, ())
    if not words:
        return {}
    lexical = _dense(index, language, words, exact=True)
    weight, alone = index.embedding.weight, index.embedding.alone
    # The nearest possible vector adds `weight`; without enough words nothing can pass the floor.
    if alone >= 1 and max(lexical.values(), default=0.0) * (1 - weight) + weight < FLOOR:
        return {}
    near = _near(index, query.text, language)
    if near is None:
        return lexical
    scores = {
        number: (1 - weight) * lexical.get(number, 0.0) + weight * near.get(number, 0.0)
        for number in lexical.keys() | near.keys()
    }
    for number, similarity in near.items():
        if alone <= similarity < 1:
            scores[number] = max(scores[number], FLOOR + similarity - alone)
    return scores


def cross_scores(index: Index, query: Query, asked: str, language: str) -> Scores:
    """Return the scores of the parts of a language for a question read in another one."""
    words = query.words.get(asked, ())
    return _dense(index, language, words, exact=False) if words else {}


def _crossings(index: Index, query: Query, language: str) -> Iterator[tuple[str, str]]:
    """Yield the pairs of a question's language and the documents' to try, the reader's first.

    Documents that are there in both languages are found in the question's own.
    """
    for asked in sorted(query.words, key=lambda name: (name != language, name)):
        held = index.lexical[asked].topics if asked in index.lexical else frozenset()
        for other in sorted(index.lexical):
            if other != asked and index.lexical[other].topics - held:
                yield asked, other


def _dense(index: Index, language: str, words: Sequence[Word], *, exact: bool) -> Scores:
    import numpy as np

    held = index.lexical[language]
    scores = held.words.search(words, exact=exact)
    count = min(CANDIDATES, len(scores))
    if not count:
        return {}
    top = np.argpartition(scores, -count)[-count:]
    return {held.numbers[at]: float(scores[at]) for at in top if scores[at] > 0}


def _near(index: Index, text: str, language: str) -> Scores | None:
    try:
        return index.vectors.search(index.embedding.question(text, language), language)
    except (DamagedIndexError, EmbeddingUnavailableError) as error:
        log.warning(WITHOUT_VECTORS, reason=str(error))
        return None


def _ordered(
    index: Index, query: Query, language: str, served: Scores
) -> Sequence[tuple[int, float]]:
    """Return the passages that passed the floor, best first.

    Beside its score a passage is preferred that is on the open topic and that states what is asked
    for, an amount or a time. None of it lets a passage pass the floor.
    """
    topic = query.topic.get(language, ())
    closer = _dense(index, language, topic, exact=True) if topic else {}
    stated = query.stated

    def preferred(number: int) -> float:
        states = stated is not None and stated.search(index.parts[number].text) is not None
        return served[number] + TOPIC_WEIGHT * closer.get(number, 0.0) + STATED_WEIGHT * states

    order = sorted(served, key=lambda number: (-preferred(number), number))
    return tuple((number, served[number]) for number in order)
