"""Reading from a message whether its sender wants us to stop, to start again, or needs help.

It is read by code, before any agent, in Spanish and English at once: a wish for no more messages
must be recorded whatever answers and whatever is down (reference/channels.md 2.8). A wish is `sure`
only when it is the whole message; with other text around it the sender is asked.
"""

import re
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from lola.consent import words
from lola.text.folding import fold

Kind = Literal["stop", "cancel", "start", "help", "wrong_number"]
How = Literal["keyword", "phrase", "typo"]

_READ = 600
"""Characters that are read; a wish to stop comes earlier than that."""

_LONG_WORD = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a text asks for. `cancel` may be about a transfer as well as about our messages.

    `language` is the one it was said in, or "" when both say it so.
    """

    kind: Kind
    how: How
    sure: bool
    language: str = ""


def read(text: str) -> Wish | None:
    """Return the wish of one message, or None when it is about something else."""
    folded = fold(text[:_READ])
    bare = _without_courtesy(folded)
    if wish := _keyword(folded) or _keyword(bare) or _misspelt(bare) or _phrase(bare):
        return wish
    if _is_wrong_number(text[:_READ]):
        return Wish(kind="wrong_number", how="phrase", sure=True)
    # "Wait. STOP. I do not want this" may mean either.
    sentences = map(fold, _SENTENCE_END.split(text[:_READ]))
    inside = next((sentence for sentence in sentences if sentence in words.STOP), None)
    if inside is None:
        return _complaint(folded)
    return Wish(kind="stop", how="keyword", sure=False, language=_language(inside))


def _is_wrong_number(text: str) -> bool:
    """Return whether a sentence says that we write to the wrong person.

    With digits in it, a text is about the number of an account or of a recipient.
    """
    if any(char.isdigit() for char in text):
        return False
    clauses = (_without_courtesy(fold(part)) for part in _CLAUSE_END.split(text))
    return any(pattern.fullmatch(clause) for clause in clauses for pattern in _WRONG_NUMBER)


def _complaint(folded: str) -> Wish | None:
    for pattern, language in _COMPLAINTS:
        if pattern.search(folded):
            return Wish(kind="stop", how="phrase", sure=False, language=language)
    return None


def _without_courtesy(folded: str) -> str:
    """Take courtesy from both ends, never from the middle; nothing but courtesy stays whole."""
    rest = folded.split()
    while longest := _courtesy(rest):
        rest = rest[longest:]
    while longest := _courtesy(rest[::-1], backwards=True):
        rest = rest[:-longest]
    return " ".join(rest) or folded


def _courtesy(tokens: list[str], *, backwards: bool = False) -> int:
    """Return how many of the first tokens are one courtesy; 0 for none."""
    for length in range(min(_LONGEST_COURTESY, len(tokens)), 0, -1):
        part = tokens[:length]
        if " ".join(part[::-1] if backwards else part) in words.COURTESY:
            return length
    return 0


def _keyword(folded: str) -> Wish | None:
    known: tuple[tuple[frozenset[str], Kind, bool], ...] = (
        (words.STOP, "stop", True),
        (words.ENOUGH, "stop", False),
        (words.CANCEL, "cancel", False),
        (words.START, "start", True),
        (words.HELP, "help", True),
    )
    for vocabulary, kind, sure in known:
        if folded in vocabulary:
            return Wish(kind=kind, how="keyword", sure=sure, language=_language(folded))
    return None


def _language(folded: str) -> str:
    if folded.startswith("stop") and folded not in words.ENGLISH:
        return ""
    return "en" if folded in words.ENGLISH else "es"


def _misspelt(folded: str) -> Wish | None:
    """Read STOOOP, S.T.O.P, stpo and unsuscribe; "alta" and "caja" are other words."""
    joined = folded.replace(" ", "") if re.fullmatch(r"\w( \w)+", folded) else folded
    if " " in joined or len(joined) < 4:
        return None
    for word in _SINGLE_STOPS:
        if _collapsed(joined) == _collapsed(word):
            return Wish(kind="stop", how="typo", sure=True, language=_language(word))
        if _is_transposed(joined, word):
            return Wish(kind="stop", how="typo", sure=False, language=_language(word))
        if len(word) >= _LONG_WORD and _is_one_edit_away(joined, word):
            return Wish(kind="stop", how="typo", sure=True, language=_language(word))
    return None


def _phrase(bare: str) -> Wish | None:
    for pattern, kind, language in _PHRASES:
        if pattern.fullmatch(bare):
            return Wish(kind=kind, how="phrase", sure=True, language=language)
    for pattern, kind, language in _PHRASES:
        if kind == "stop" and pattern.search(bare):
            return Wish(kind=kind, how="phrase", sure=False, language=language)
    return None


def _collapsed(word: str) -> str:
    return "".join(letter for letter, _ in groupby(word))


def _is_transposed(word: str, other: str) -> bool:
    if len(word) != len(other):
        return False
    wrong = [place for place in range(len(word)) if word[place] != other[place]]
    return len(wrong) == 2 and wrong[1] - wrong[0] == 1 and sorted(word) == sorted(other)


def _is_one_edit_away(word: str, other: str) -> bool:
    short, long = sorted((word, other), key=len)
    if len(long) - len(short) > 1:
        return False
    start = next(
        (n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short)
    )
    skipped = 1 if len(long) == len(short) else 0
    return short[start + skipped :] == long[start + 1 :]


_SENTENCE_END = re.compile(r"[.!?;\n]+")
_CLAUSE_END = re.compile(r"[.!?;,\n]+")
_WRONG_NUMBER = tuple(map(re.compile, words.WRONG_NUMBER))
_COMPLAINTS = tuple(
    (re.compile(rf"\b{pattern}\b"), language)
    for patterns, language in ((words.COMPLAINTS_ES, "es"), (words.COMPLAINTS_EN, "en"))
    for pattern in patterns
)
_LONGEST_COURTESY = max(len(words_.split()) for words_ in words.COURTESY)
_SINGLE_STOPS = tuple(sorted(word for word in words.STOP if " " not in word))
_SOURCES: tuple[tuple[tuple[str, ...], Kind, str], ...] = (
    (words.STOP_ES, "stop", "es"),
    (words.STOP_EN, "stop", "en"),
    (words.START_ES, "start", "es"),
    (words.START_EN, "start", "en"),
)
_PHRASES = tuple(
    (re.compile(rf"\b{pattern}\b"), kind, language)
    for patterns, kind, language in _SOURCES
    for pattern in patterns
)
