"""Joins the classifier with the phrases: the label decides, phrases within it tell more.

`lexicon/learned.toml` has what each label means to the dialogue and how sure it must be. Without a
label that is sure enough the phrases decide. An assent, a refusal and the values of a transfer are
never guessed.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from lola.models.offline.lexicon import table
from lola.models.offline.nlu.classifier import Guess, guess
from lola.models.offline.nlu.phrases import PhraseBook
from lola.models.offline.nlu.text import split
from lola.models.offline.nlu.understanding import UNKNOWN, Intent

_TABLE = table("learned")
MEANINGS: dict[str, list[str]] = _TABLE["meanings"]
BESIDE = frozenset(_TABLE["phrases"]["beside"])
CLOSED = [frozenset(line.split()) for line in _TABLE["phrases"]["closed"]]
BLOCKING: dict[str, list[str]] = _TABLE["blocking"]
GREETINGS = PhraseBook({"greeting": table("intents")["greeting"]})
SMALL_TALK = frozenset(_TABLE["phrases"]["small_talk"])
ASKING = frozenset(_TABLE["phrases"]["asking"])
GIVING = frozenset(_TABLE["phrases"]["giving"])
NOT_ASKED = frozenset(_TABLE["phrases"]["not_asked"])
SURE: dict[str, float] = _TABLE["sure"]
WISHES = frozenset(name for names in MEANINGS.values() for name in names) - BESIDE
_END = re.compile(r"[.!?…]\s|\n")


def labelled(text: str) -> tuple[Intent, ...]:
    """Return the label of each sentence, `unknown` where none is likely enough."""
    found: list[Intent] = []
    for start, end in _spans(text):
        likely = _likely(text[start:end].strip())
        found.append(
            Intent(
                label=UNKNOWN if likely is None else likely.label,
                confidence=0.0 if likely is None else likely.confidence,
                start=start,
                end=end,
            )
        )
    return tuple(found)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each sentence with a letter or a number begins and ends."""
    ends = [*(match.end() for match in _END.finditer(text)), len(text)]
    for start, end in pairwise((0, *ends)):
        if any(char.isalnum() for char in text[start:end]):
            yield start, end


def _likely(sentence: str) -> Guess | None:
    """Return the guess for a sentence, or for what follows its greeting where that is clearer."""
    whole = guess(sentence)
    if whole is not None and whole.label != "greeting":
        return whole
    words = split(sentence)
    greeted = [found for found in GREETINGS.longest(words) if found.start == 0]
    rest = guess(sentence[words[greeted[0].end - 1].end :]) if greeted else None
    if rest is None or rest.label in SMALL_TALK or (whole and rest.confidence < whole.confidence):
        return whole
    return rest


def joined(
    phrases: frozenset[str],
    sentences: Sequence[Intent],
    *,
    question: bool,
    is_any_word: bool,
) -> frozenset[str]:
    """Return what the dialogue goes by. `is_any_word`: a name or an account was asked for."""
    sure = heard(phrases, sentences, question=question, is_any_word=is_any_word)
    if not sure:
        return phrases
    asks = question or bool(phrases & ASKING)
    if asks and all(item.label in GIVING for item in sure) and phrases & WISHES:
        return phrases
    wanted: set[str] = set()
    for item in sure:
        agreeing = MEANINGS.get(item.label, [])
        told = phrases & frozenset(agreeing)
        wanted |= told or set(agreeing[:1])
    if len(sure) < len(sentences):
        return phrases | wanted
    return (phrases - WISHES) | wanted


def heard(
    phrases: frozenset[str],
    sentences: Sequence[Intent],
    *,
    question: bool,
    is_any_word: bool = False,
) -> list[Intent]:
    """Return the labels that count beside these phrases; none where the phrases alone decide."""
    if any(closed <= phrases for closed in CLOSED):
        return []
    unheard = NOT_ASKED if question else _blocked(phrases)
    least = SURE["against"] if phrases & WISHES else 0.0
    return [
        item
        for item in sentences
        if item.label not in unheard
        and item.confidence >= least
        and is_sure(item, is_any_word=is_any_word)
    ]


def _blocked(phrases: frozenset[str]) -> frozenset[str]:
    return frozenset(label for name in phrases & BLOCKING.keys() for label in BLOCKING[name])


def is_sure(item: Intent, *, is_any_word: bool = False) -> bool:
    """Return whether a label is sure enough to be heard."""
    least = SURE["any_word"] if is_any_word else SURE.get(item.label, SURE["other"])
    return item.label != UNKNOWN and item.confidence >= least
