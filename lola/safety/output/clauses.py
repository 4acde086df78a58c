"""Reads a reply as sentences, clauses and words, for the grammar of claims.

Every word keeps its spelling with accents, since "envié" and "envíe" differ, and a folded form for
the tables. English contractions are taken apart. Pure, and linear in the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from unicodedata import category

from lola.safety.output.figures import normal_form
from lola.text.folding import unaccented

_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+(?:[.,:]\d+)*|'[^\W\d_]+|[^\w\s]|\n")
_MOST_WORDS = 60
"""Words of a clause; longer ones are cut, because the time for one grows with their square."""
_MOST_CLAUSES = 30
"""Clauses of a sentence, for the same reason."""
_SENTENCE_ENDS = frozenset(".!?;…\n")
_PICTURES = "\u2190"
"""Where arrows and emoji begin; a picture ends a sentence like a full stop."""
_SENTENCE_STARTS = frozenset("¿¡")
_CLAUSE_ENDS = frozenset(",:—–()→")
_QUOTES = frozenset('"“”«»')
_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'", "`": "'", "´": "'"})
_CONTRACTED = {
    "'ve": "have", "'m": "am", "'ll": "will", "'re": "are", "'d": "would", "'s": "'s",
}  # fmt: skip
_DENIED = {"can't": "can", "won't": "will", "shan't": "shall", "ain't": "is"}
_LETS = {"let's": ("let", "us"), "gonna": ("going", "to"), "wanna": ("want", "to"),
         "cannot": ("can", "not"), "y'all": ("you",), "ma'am": ("madam",)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """One word: as written in lower case, folded, whether it had a capital letter or was quoted."""

    text: str
    folded: str
    is_capital: bool = False
    is_quoted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """Words between two marks. `mark` is the mark after them."""

    words: tuple[Word, ...]
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """The clauses of a sentence; `is_question` also for one that only begins with a mark."""

    clauses: tuple[Clause, ...]
    is_question: bool


def sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences of a text that hold a word."""
    clauses: list[Clause] = []
    words: list[Word] = []
    is_asked = is_quoted = False
    for piece in _pieces(text):
        if piece in _SENTENCE_ENDS or piece in _SENTENCE_STARTS:
            clauses = _closed(clauses, words, piece)
            words = []
            # "?!" and "..." end one sentence, not several.
            if clauses:
                yield Sentence(clauses=tuple(clauses), is_question=is_asked or piece == "?")
                is_asked = False
            clauses = []
            is_asked = piece == "¿" or (is_asked and piece not in _SENTENCE_ENDS)
        elif piece in _CLAUSE_ENDS:
            clauses = _closed(clauses, words, piece)
            words = []
        elif piece in _QUOTES:
            is_quoted = not is_quoted
            # What follows a colon and a mark is somebody's words.
            if clauses and not words and clauses[-1].mark == ":":
                clauses[-1] = Clause(words=clauses[-1].words, mark=':"')
        else:
            words += _words(piece, is_quoted)
            if len(words) >= _MOST_WORDS:
                clauses = _closed(clauses, words, "")
                words = []
        if len(clauses) >= _MOST_CLAUSES:
            yield Sentence(clauses=tuple(clauses), is_question=is_asked)
            clauses = []
    clauses = _closed(clauses, words, "")
    if clauses:
        yield Sentence(clauses=tuple(clauses), is_question=is_asked)


def _pieces(text: str) -> Iterator[str]:
    """Yield words, numbers and marks; a picture is a full stop."""
    for piece in _TOKEN.findall(normal_form(text).translate(_APOSTROPHES)):
        is_picture = len(piece) == 1 and piece >= _PICTURES and category(piece) == "So"
        yield "." if is_picture else piece


def _closed(clauses: list[Clause], words: list[Word], mark: str) -> list[Clause]:
    if words:
        clauses.append(Clause(words=tuple(words), mark=mark))
    return clauses


def _words(piece: str, is_quoted: bool) -> Iterator[Word]:
    if piece[0].isdigit():
        yield Word(piece, piece, is_quoted=is_quoted)
        return
    lower = piece.lower()
    if not (piece[0].isalpha() or (piece[0] == "'" and len(piece) > 1)):
        if piece in "%$€#":
            yield Word(piece, piece, is_quoted=is_quoted)
        return
    for part in _parts(lower):
        yield Word(part, unaccented(part), piece[0].isupper(), is_quoted)


def _parts(word: str) -> tuple[str, ...]:
    if "'" not in word and word not in _LETS:
        return (word,)
    if word in _LETS:
        return _LETS[word]
    if word in _DENIED:
        return (_DENIED[word], "not")
    if word.endswith("n't"):
        return (word[:-3], "not")
    head, mark, tail = word.rpartition("'")
    ending = mark + tail
    last = _CONTRACTED.get(ending, tail)
    return (*_parts(head), last) if head else (last,)
